/**
 * Columns that an incremental table loses, and the views that read them. Views that the run makes anew afterwards are
 * taken apart and put together again around it; any other is the reason to leave the table as it is.
 */
import type { Target } from '../../graph/types.js'
import { quoteIdent, quoteQualified } from '../../sql/identifiers.js'
import type { AuditStep } from '../types.js'
import { auditRemade } from './audit-views.js'
import { columnsRead, readersOf, withReaders } from './changes.js'
import type { Facts, RelationFacts } from './facts.js'
import type { Refusal } from './plan-replacement.js'
import { somebodyElses } from './somebody-elses.js'
import { remake } from './take-apart.js'
import { kindWord } from './types.js'
import type { Replacement } from './types.js'

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
  const later = new Map(input.rebuiltLater.map((view) => [view.key, view]))
  const gone = (view: RelationFacts): readonly string[] =>
    columnsRead(view, target).filter((column) => drops.includes(column))
  const roots = readersOf(facts.relations, target).filter((view) => gone(view).length > 0)
  const stranger = roots.find((view) => !later.has(keyOf(view)))
  if (stranger !== undefined)
    return {
      refusal: {
        message: `the ${stranger.kind} ${keyOf(stranger)} reads the column${gone(stranger).length === 1 ? '' : 's'} ${gone(stranger).join(', ')} of ${keyOf(target)}, which the query no longer gives (onSchemaChange is SYNCHRONIZE)`,
        hint: 'Change the view first, drop it, or make it a model of this project that is run too.',
      },
    }
  const remade = withReaders(facts.relations, roots)
  const lost = remade.flatMap((view) =>
    [...view.unkeepable, ...view.bound.map((item) => item.what)].map(
      (what) => `${what} (of ${keyOf(view)})`,
    ),
  )
  if (lost.length > 0)
    return {
      refusal: {
        message: `dropping ${drops.join(', ')} of ${keyOf(target)} would lose ${lost.join(', ')}`,
        hint: 'Drop it first, or set onSchemaChange to something else.',
      },
    }
  const refusal = somebodyElses(remade, [], facts)
  if (refusal !== null) return { refusal }
  return {
    locks: remade
      .toReversed()
      .map(
        (view) =>
          `alter ${kindWord(view.kind)} ${quoteQualified(view)} owner to ${quoteIdent(view.owner)}`,
      ),
    alsoLocked: remade.map(({ schema, name }) => ({ schema, name })),
    before: remade
      .toReversed()
      .map((view) => `drop ${kindWord(view.kind)} ${quoteQualified(view)};`),
    audits: auditRemade(remade, input),
    after: remade.flatMap((view) => remake(view, { target, facts, later: later.get(keyOf(view)) })),
  }
}

const keyOf = ({ schema, name }: Target): string => `${schema}.${name}`
