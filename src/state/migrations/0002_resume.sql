-- A run is recorded when it starts, and what it has done as it does it: so a run that was killed can be resumed.
alter table dataform_state.runs
  alter column duration_ms drop not null,
  add column project text not null default '',
  add column engine_version text not null default '',
  add column is_full_refresh boolean not null default false,
  add column selected text[] not null default '{}';

alter table dataform_state.action_results
  add column fingerprint text,
  add column groups_done integer not null default 0,
  add column finished_at timestamptz;

create index runs_project_idx on dataform_state.runs (project, run_id desc);

comment on schema dataform_state is 'What dataform remembers of its runs and of the files that it has loaded. Made and migrated by dataform.';
comment on table dataform_state.runs is 'One row a run of dataform, written when it starts.';
comment on column dataform_state.runs.duration_ms is 'Null for a run that has not ended, or that was killed.';
comment on column dataform_state.runs.project is 'The name in package.json, or that of the folder.';
comment on column dataform_state.runs.is_full_refresh is 'Whether it was run with --full-refresh.';
comment on column dataform_state.runs.selected is 'The actions that it was to execute, as schema.name.';
comment on table dataform_state.action_results is 'One row an action of a run. That of an action that succeeded is written in the transaction that published it.';
comment on column dataform_state.action_results.status is 'succeeded, warned, failed, skipped or disabled; unfinished while something is left to do after a commit.';
comment on column dataform_state.action_results.groups_done is 'How many of its transactions, and of the statements that can not run in one, are done: a retry or a resumed run goes on from there.';
comment on column dataform_state.action_results.row_count is 'Rows written, or for an assertion rows that fail it.';
comment on column dataform_state.action_results.fingerprint is 'MD5 of the action''s compiled SQL.';
