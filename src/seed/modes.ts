/**
 * Which loads count for a source's mode, and undoing those that don't.
 */
import { targetKey } from '../graph/target.js'
import { inTransaction } from '../postgres/in-transaction.js'
import type { Session } from '../postgres/session.js'
import { quoteQualified } from '../sql/identifiers.js'
import type { SeedSource } from './declaration.js'
import type { RecordedLoad } from './state.js'

/** Deletes the rows, the rejects and the records of loads; in the caller's transaction. */
export async function forgetLoads(
  session: Session,
  source: SeedSource,
  loads: readonly RecordedLoad[],
): Promise<void> {
  if (loads.length === 0) return
  const ids = [loads.map((load) => load.loadId)]
  const table = quoteQualified(source.target)
  await session.query(`delete from ${table} where "_load_id" = any ($1::bigint[])`, ids)
  await session.query(`delete from "raw"."rejects" where "_load_id" = any ($1::bigint[])`, ids)
  await session.query(`delete from dataform_state.loads where load_id = any ($1::bigint[])`, ids)
}

/**
 * Takes the rows of files that are gone out of a table that has what the files have now. Where no file is there at all
 * something else is wrong, a disk that is not mounted, say: then nothing is taken out.
 * @returns the paths of the files that are gone
 */
export async function forgetGone(
  session: Session,
  source: SeedSource,
  found: readonly { readonly path: string }[],
  recorded: readonly RecordedLoad[],
): Promise<readonly string[]> {
  const there = new Set(found.map((file) => file.path))
  const gone = recorded.filter((load) => !there.has(load.path))
  if (source.mode !== 'replace' || gone.length === 0 || found.length === 0) return []
  await inTransaction(session, async () => {
    await lockLoads(session, source)
    await forgetLoads(session, source, gone)
  })
  return [...new Set(gone.map((load) => load.path))]
}

/**
 * Holds other loads of the table off until the transaction ends, so that loads become visible in the order of their ids.
 */
export async function lockLoads(session: Session, source: SeedSource): Promise<void> {
  await session.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `dataform:load:${targetKey(source.target)}`,
  ])
}

/**
 * The loads with which a file is compared. What was appended once is there for ever; of extracts the last one counts, so
 * that a file that goes back to what it was before is another extract.
 */
export function comparable(
  source: SeedSource,
  loads: readonly RecordedLoad[],
): readonly RecordedLoad[] {
  if (source.mode === 'append') return loads
  return [...new Map(loads.map((load) => [load.path, load])).values()]
}
