/**
 * Reads what hangs off relations that exist, for the dry run.
 */
import { targetKey } from '../graph/target.js'
import type { Relation } from '../plan/catalog.js'
import { asFacts } from '../plan/replace/facts.js'
import type { Facts } from '../plan/replace/facts.js'
import { readFacts } from '../plan/replace/facts-sql.js'
import type { Session } from './session.js'

/** The facts of every relation that a model can take the place of, by key. */
export async function readAllFacts(
  session: Session,
  relations: readonly Relation[],
): Promise<ReadonlyMap<string, Facts>> {
  const facts = new Map<string, Facts>()
  for (const { target, kind } of relations) {
    if (kind === 'other' || kind === 'foreign table') continue
    const results = await session.queryAll(`begin; ${readFacts(target, [])} rollback;`)
    const row = results.flatMap((result) => result.rows).find((candidate) => 'facts' in candidate)
    if (row !== undefined) facts.set(targetKey(target), asFacts(row.facts))
  }
  return facts
}
