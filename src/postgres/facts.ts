/**
 * Reads what hangs off relations that exist, for the dry run.
 */
import { targetKey } from '../graph/target.js'
import type { Target } from '../graph/types.js'
import type { Relation } from '../plan/catalog.js'
import { areTorn, asFacts } from '../plan/replace/facts.js'
import type { Facts } from '../plan/replace/facts.js'
import { readFacts } from '../plan/replace/facts-sql.js'
import { readDatabaseError } from './errors.js'
import type { Session } from './session.js'

/** The facts of every relation that a model can take the place of, by key. */
export async function readAllFacts(
  session: Session,
  relations: readonly Relation[],
): Promise<ReadonlyMap<string, Facts>> {
  const facts = new Map<string, Facts>()
  for (const { target, kind } of relations) {
    if (kind === 'other' || kind === 'foreign table') continue
    facts.set(targetKey(target), await look(session, target))
  }
  return facts
}

const MOST_LOOKS = 20

// Beside somebody's swap a look can fail or give half of the truth: see `run/transaction.ts`.
async function look(session: Session, target: Target): Promise<Facts> {
  for (let attempt = 1; ; attempt++) {
    try {
      const results = await session.queryAll(`begin; ${readFacts(target, [])} rollback;`)
      const row = results.flatMap((result) => result.rows).find((found) => 'facts' in found)
      const facts = asFacts(row?.facts)
      if (!areTorn(facts) || attempt === MOST_LOOKS) return facts
    } catch (error) {
      if (session.isInTransaction) await session.query('rollback')
      if (attempt === MOST_LOOKS || readDatabaseError(error)?.kind !== 'sql') throw error
    }
  }
}
