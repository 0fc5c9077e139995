/**
 * Columns that an incremental table loses, and the views that read them. Views that the run makes anew afterwards are
 * taken apart and put together again around it; any other is the reason to leave the table as it is.
 */
import { targetKey } from '../../graph/target.js'
import type { Target } from '../../graph/types.js'
import type { AuditStep } from '../types.js'
import { auditRemade } from './audit-views.js'
import { columnsRead, readersOf, withReaders } from './changes.js'
import type { Facts, RelationFacts } from './facts.js'
import { somebodyElses } from './somebody-elses.js'
import { lostOf, readsGone, takeApart } from './take-apart.js'
import type { Refusal, Replacement } from './types.js'

/** What stands around `ALTER TABLE ... DROP COLUMN`. */
export interface Dropping {
  /** Statements that take the exclusive locks, the outermost view first. */
  readonly locks: readonly string[]
  readonly alsoLocked: readonly Target[]
  readonly before: readonly string[]
  readonly after: readonly string[]
  /** What has to hold of the views that were made anew. */
  readonly audits: readonly AuditStep[]
}

/** Plans it, or says which view reads what. */
export function dropColumns(
  target: Target,
  drops: readonly string[],
  facts: Facts,
  input: Pick<Replacement, 'rebuiltLater' | 'viewGate'>,
): Dropping | { readonly refusal: Refusal } {
  const gone = (view: RelationFacts): readonly string[] =>
    columnsRead(view, target).filter((column) => drops.includes(column))
  const roots = readersOf(facts.relations, target).filter((view) => gone(view).length > 0)
  const stranger = roots.find((view) => !input.rebuiltLater.has(targetKey(view)))
  if (stranger !== undefined)
    return {
      refusal: readsGone(stranger, gone(stranger), target, ' (onSchemaChange is SYNCHRONIZE)'),
    }
  const remade = withReaders(facts.relations, roots)
  const lost = remade.flatMap((view) =>
    lostOf(view, true).map((what) => `${what} (of ${targetKey(view)})`),
  )
  if (lost.length > 0)
    return {
      refusal: {
        message: `dropping ${drops.join(', ')} of ${targetKey(target)} would lose ${lost.join(', ')}`,
        hint: 'Drop it first, or set onSchemaChange to something else.',
      },
    }
  const refusal = somebodyElses(remade, [], facts)
  if (refusal !== null) return { refusal }
  const {
    locks,
    drops: before,
    remakes: after,
  } = takeApart(remade, {
    target,
    facts,
    rebuiltLater: input.rebuiltLater,
  })
  return {
    locks,
    alsoLocked: remade.map(({ schema, name }) => ({ schema, name })),
    before,
    audits: auditRemade(remade, input),
    after,
  }
}
