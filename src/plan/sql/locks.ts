/**
 * Locks: one writer a target, and exclusive locks that never keep readers waiting for long.
 */
import type { Target } from '../../graph/types.js'
import { quoteLiteral, quoteQualified } from '../../sql/identifiers.js'
import { doBlock } from './do-block.js'

/** SQLSTATE of a target that another run is working on. */
export const TARGET_TAKEN = 'DF003'

const hash = (key: string): string => `hashtextextended(${quoteLiteral(`dataform:${key}`)}, 0)`

/** How many statements `openTransaction` holds. */
export const OPENING_STATEMENTS = 3

/**
 * Opens a transaction that works on a target, under an advisory lock that lasts as long as the transaction; if somebody
 * else has it, fails at once with `TARGET_TAKEN`. The last statement gives the transaction's id, in the column `xid`.
 * @param name what others see of the connection while it works
 */
export function openTransaction(key: string, name: string): string {
  return `begin;
${doBlock(`begin
  perform set_config('application_name', ${quoteLiteral(name)}, true);
  if not pg_try_advisory_xact_lock(${hash(key)}) then
    raise exception 'the target is taken' using errcode = '${TARGET_TAKEN}';
  end if;
end`)}
select pg_current_xact_id()::text as xid;`
}

/** Waits until nobody works on a target. */
export function awaitTarget(key: string): string {
  return `begin; select pg_advisory_xact_lock(${hash(key)}); commit`
}

/** Takes the lock of a target for a session, for what can't run in a transaction; `yes` tells whether it was free. */
export function lockForSession(key: string): string {
  return `select pg_try_advisory_lock(${hash(key)}) as yes`
}

/** Gives it back. */
export function unlockForSession(key: string): string {
  return `select pg_advisory_unlock(${hash(key)})`
}

/** Who works on a target: `pid`, `name`, `login` and `since`. Others' names may be hidden from the role. */
export function holderOf(key: string): string {
  return `select a.pid, a.application_name as name, a.usename as login, to_char(a.xact_start, 'YYYY-MM-DD HH24:MI:SS') as since
from pg_catalog.pg_locks l join pg_catalog.pg_stat_activity a on a.pid = l.pid
where l.locktype = 'advisory' and l.granted and l.objsubid = 1
  and l.database = (select oid from pg_catalog.pg_database where datname = current_database())
  and (l.classid::int8 << 32) | l.objid::int8 = ${hash(key)}
limit 1`
}

/**
 * Ends what the server still does for a connection of ours that was lost, and waits for that: it may not have noticed yet,
 * and goes on.
 * @param ago milliseconds since the loss; a process that was not there then has only got the number of ours
 */
export function endLost(processId: number, ago: number): string {
  return `select pg_terminate_backend(pid, 10000) from pg_catalog.pg_stat_activity
where pid = ${processId} and pid <> pg_backend_pid() and usename = current_user and application_name like 'dataform%'
  and backend_start < clock_timestamp() - ${Math.floor(ago)} * interval '1 ms'`
}

/** Who holds locks on one of the relations: `pid`, `name`, `login`, `state`, `seconds` and `query`, the oldest first. */
export function blockersOf(relations: readonly Target[]): string {
  const oids = relations.map(
    (target) => `to_regclass(${quoteLiteral(quoteQualified(target))})::oid`,
  )
  return `select distinct a.pid, a.application_name as name, a.usename as login, a.state,
  extract(epoch from clock_timestamp() - a.xact_start)::int as seconds, left(a.query, 80) as query
from pg_catalog.pg_locks l join pg_catalog.pg_stat_activity a on a.pid = l.pid
where l.locktype = 'relation' and l.granted and l.relation in (
    select t.oid from unnest(array[${oids.join(', ')}]) t(oid)
    union select p.relid from unnest(array[${oids.join(', ')}]) t(oid), pg_partition_tree(t.oid) p)
  and l.pid <> pg_backend_pid()
order by seconds desc nulls last limit 3`
}

/** Lets a table, and its partitions, be read and not be written to. */
export function keepWritersOff(table: Target): string {
  return `lock table ${quoteQualified(table)} in share row exclusive mode`
}

/** How many statements `takeLocks` holds. */
export const LOCK_STATEMENTS = 1

/**
 * Takes locks, all of them within a time; readers that come later wait for no longer than that. It stays below the
 * server's `deadlock_timeout`: so it is always the swap that gives way, and never a reader that is chosen as the victim.
 * @param milliseconds fails with 55P03 when they are over
 */
export function takeLocks(statements: readonly string[], milliseconds: number): string {
  return doBlock(`declare
  deadline constant timestamptz := clock_timestamp() + least(${milliseconds} * interval '1 ms',
    current_setting('deadlock_timeout')::interval * 0.8);
  statement text;
begin
  perform set_config('dataform.lock_timeout', current_setting('lock_timeout'), true);
  foreach statement in array array[${statements.map(quoteLiteral).join(', ')}]::text[] loop
    perform set_config('lock_timeout',
      greatest(1, ceil(extract(epoch from deadline - clock_timestamp()) * 1000))::int::text, true);
    execute statement;
  end loop;
end`)
}

/** Sets the lock timeout back to what it was before `takeLocks`. */
export const RESTORE_LOCK_TIMEOUT = `select set_config('lock_timeout', current_setting('dataform.lock_timeout'), true);`
