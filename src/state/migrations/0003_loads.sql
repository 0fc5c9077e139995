-- A file that goes back to what it was before is a new extract, or replaces what came between.
alter table dataform_state.loads
  drop constraint if exists loads_source_path_size_sha256_key,
  add column header text;

create index loads_source_path_idx on dataform_state.loads (source, path);

comment on column dataform_state.loads.header is 'The header of a CSV file, by which rejected lines of it are read again; else null.';
