/**
 * What a run must not leave behind, once another one has passed.
 */
import { expect } from 'vitest'
import type { Rows } from './administrator.js'

/** Sessions of runs: a connection has the name `dataform` between its transactions. */
export const RUN_SESSIONS = `select pid, state, query from pg_catalog.pg_stat_activity
where datname = current_database() and application_name like 'dataform%' and pid <> pg_backend_pid()`

const LEFTOVERS = `
select 'relation ' || c.oid::regclass as what from pg_catalog.pg_class c where c.relname ~ '^dataform_(shadow|old|new|delta)'
union all
select 'temporary relation ' || c.oid::regclass from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname like 'pg\\_temp%' or n.nspname like 'pg\\_toast\\_temp%'
union all
select 'invalid index ' || i.indexrelid::regclass from pg_catalog.pg_index i where not i.indisvalid or not i.indisready or not i.indislive
union all
select 'constraint ' || k.conname || ' of ' || k.conrelid::regclass from pg_catalog.pg_constraint k
where k.conname like 'dataform%' or not k.convalidated
union all
select 'statistics ' || s.stxname from pg_catalog.pg_statistic_ext s where s.stxname like 'dataform%'
union all
select 'schema ' || n.nspname from pg_catalog.pg_namespace n where n.nspname like 'dataform%' and n.nspname <> 'dataform_state'
union all
select 'function ' || f.proname from pg_catalog.pg_proc f where f.proname like 'dataform%'
union all
select l.locktype || ' lock of ' || coalesce(a.application_name, 'nobody') from pg_catalog.pg_locks l left join pg_catalog.pg_stat_activity a on a.pid = l.pid
where l.database = (select oid from pg_catalog.pg_database where datname = current_database()) and l.pid is distinct from pg_backend_pid()
  and (l.locktype = 'advisory' or a.application_name like 'dataform%')
union all
select 'prepared transaction ' || gid from pg_catalog.pg_prepared_xacts
order by 1`

/** Everything that was left behind, in words. */
export async function leftovers(rows: Rows): Promise<readonly string[]> {
  return (await rows(LEFTOVERS)).map((row) => String(row.what))
}

/** Waits until the server has noticed that the run's connections are gone. */
export async function untilNobodyRuns(rows: Rows): Promise<void> {
  await expect.poll(() => rows(RUN_SESSIONS), { timeout: 20_000, interval: 5 }).toEqual([])
}
