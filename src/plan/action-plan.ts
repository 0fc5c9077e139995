/**
 * What planning an action depends on, and the forms that a plan can have.
 */
import type { ActionFailure } from '../failure/types.js'
import { targetKey } from '../graph/target.js'
import type { Action, AssertionAction } from '../graph/types.js'
import type { Catalog } from './catalog.js'
import type { Facts } from './replace/facts.js'
import type { RebuiltViews, ViewGate } from './replace/types.js'
import type { ActionPlan, PlanOptions, Step, StepGroup } from './types.js'

/** What planning one action depends on besides itself. */
export interface PlanContext {
  readonly catalog: Catalog
  readonly options: PlanOptions
  /** The inline assertions of the action that gate it: all that are enabled, whether they were selected or not. */
  readonly audits: readonly AssertionAction[]
  /** The views that this run makes anew after the action. */
  readonly rebuiltLater: () => RebuiltViews
  /** The inline assertions of all models, for the views that the action gives other rows. */
  readonly viewGate: ViewGate
  /** True for an inline assertion whose model this run executes with the gate. */
  readonly isGate: boolean
  /** What hangs off existing relations now, by key; only the dry run needs it. */
  readonly facts: ReadonlyMap<string, Facts>
}

/** A plan of one group. */
export function one(
  action: Action,
  steps: readonly Step[],
  outcome: string,
  transaction: StepGroup['transaction'] = 'one',
): ActionPlan {
  return {
    action,
    groups: steps.length === 0 ? [] : [{ transaction, steps }],
    groupsBefore: 0,
    outcome,
    severity: 'error',
    warnings: [],
    isGate: false,
  }
}

/** The facts for the preview of the dry run, if they were read. */
export function previewFacts(action: Action, context: PlanContext): Facts | undefined {
  return context.facts.get(targetKey(action.target))
}

/** A plan that says why nothing can be done. */
export function refuse(action: Action, message: string, hint?: string): ActionPlan {
  const failure: ActionFailure = {
    kind: 'unsupported',
    message,
    at: { file: action.fileName },
    ...(hint === undefined ? {} : { hint }),
  }
  return { ...one(action, [], 'refused'), failure }
}
