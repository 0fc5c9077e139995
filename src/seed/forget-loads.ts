/**
 * Undoing loads, for sources whose table has what their files have now.
 */
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
