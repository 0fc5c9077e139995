/**
 * What planning a view depends on.
 */
import type { AssertionAction, Target, ViewAction } from '../graph/types.js'
import type { Relation } from './catalog.js'
import type { PostgresOptions } from './options.js'
import { factsOf } from './replace/facts.js'
import type { Facts, ViewShape } from './replace/facts.js'
import type { RebuiltViews, ViewGate } from './replace/types.js'
import type { Decision } from './types.js'

/** What a view depends on. */
export interface ViewInput {
  readonly action: ViewAction
  readonly existing: Relation | undefined
  readonly options: PostgresOptions
  /** The inline assertions that have to hold before it is published. */
  readonly audits: readonly AssertionAction[]
  readonly sampleRows: number
  /** The views that this run makes anew after this action. */
  readonly rebuiltLater: RebuiltViews
  readonly viewGate: ViewGate
  /** What hangs off it now, for the dry run. */
  readonly previewFacts: Facts | undefined
}

/** The preview of a decision about a view, if it is known what there is. */
export function preview(
  facts: Facts | undefined,
  target: Target,
  decide: (old: ViewShape) => Decision,
): { readonly preview?: Decision } {
  const old = facts === undefined ? undefined : factsOf(facts, target)
  return old === undefined ? {} : { preview: decide(old) }
}
