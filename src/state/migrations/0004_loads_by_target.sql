-- A file is known by the table that it was loaded into, whatever its source is called.
drop index if exists dataform_state.loads_source_path_idx;
create index loads_target_path_idx on dataform_state.loads (target, path);
