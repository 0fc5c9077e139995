/**
 * What the engine remembers of its runs, in the schema `dataform_state` of the warehouse.
 */
import { targetKey } from '../graph/target.js'
import { quoteLiteral } from '../sql/identifiers.js'
import type { Session } from '../postgres/session.js'
import type { RunReport } from './events.js'

// Concurrent "create if not exists" of one name can collide, so installing is under a lock.
const INSTALL = `
select pg_advisory_xact_lock(hashtextextended('dataform:state', 0));
create schema if not exists dataform_state;
create table if not exists dataform_state.runs (
  run_id bigint generated always as identity primary key,
  started_at timestamptz not null,
  duration_ms integer not null,
  is_cancelled boolean not null
);
create table if not exists dataform_state.action_results (
  run_id bigint not null references dataform_state.runs,
  target text not null,
  type text not null,
  status text not null,
  outcome text not null,
  duration_ms integer not null,
  row_count bigint,
  failure jsonb,
  primary key (run_id, target)
);
create index if not exists action_results_target_idx on dataform_state.action_results (target, run_id desc);
comment on table dataform_state.runs is 'One row a run of dataform.';
comment on table dataform_state.action_results is 'One row an action of a run: how it ended and how long it took.';`

/** Milliseconds that each action took when it last succeeded, by `schema.name`. */
export type Durations = ReadonlyMap<string, number>

/** Durations of earlier runs; empty where there was none. */
export async function readDurations(session: Session): Promise<Durations> {
  const readable = await session.query(
    `select case when to_regclass('dataform_state.action_results') is not null
       then has_schema_privilege('dataform_state', 'usage')
         and has_table_privilege('dataform_state.action_results', 'select') end as yes`,
  )
  if (readable.rows[0]?.yes !== true) return new Map()
  const result = await session.query(
    `select distinct on (target) target, duration_ms
     from dataform_state.action_results where status = 'succeeded'
     order by target, run_id desc`,
  )
  return new Map(result.rows.map((row) => [String(row.target), Number(row.duration_ms)]))
}

// jsonb has no place for the character U+0000.
const withoutNul = (_key: string, value: unknown): unknown =>
  typeof value === 'string' ? value.replaceAll('\u0000', '') : value

/** Records a run that has ended, with all its results, in one transaction. */
export async function recordRun(session: Session, report: RunReport): Promise<void> {
  const results = report.results.map((result) => ({
    target: targetKey(result.target),
    type: result.type,
    status: result.status,
    outcome: result.outcome,
    duration_ms: Math.round(result.durationMs),
    row_count: result.rows,
    failure: result.failure ?? null,
  }))
  const installed = await session.query(
    `select to_regclass('dataform_state.action_results') is not null as yes`,
  )
  await session.query(`begin;
${installed.rows[0]?.yes === true ? '' : INSTALL}
with run as (
  insert into dataform_state.runs (started_at, duration_ms, is_cancelled)
  values (${quoteLiteral(report.startedAt.toISOString())}, ${Math.round(report.durationMs)}, ${report.cancelled})
  returning run_id
)
insert into dataform_state.action_results (run_id, target, type, status, outcome, duration_ms, row_count, failure)
select run.run_id, r.*
from run, jsonb_to_recordset(${quoteLiteral(JSON.stringify(results, withoutNul))}::jsonb)
  as r(target text, type text, status text, outcome text, duration_ms integer, row_count bigint, failure jsonb);
commit;`)
}
