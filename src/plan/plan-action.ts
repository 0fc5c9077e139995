/**
 * From one action, what exists, and the options to the steps that will be executed. Pure.
 */
import type { ActionFailure } from '../failure/types.js'
import { targetKey } from '../graph/target.js'
import type { Action, AssertionAction } from '../graph/types.js'
import { impossible } from '../impossible.js'
import { assertStep } from './assertion.js'
import { findRelation } from './catalog.js'
import type { Catalog, Relation } from './catalog.js'
import { operationGroups } from './operations.js'
import { parsePostgresOptions, parseSeverity } from './options.js'
import { planTable } from './plan-table.js'
import { planView } from './plan-view.js'
import type { Facts } from './replace/facts.js'
import type { RebuiltView } from './replace/types.js'
import type { ActionPlan, PlanOptions, Step, StepGroup } from './types.js'

/** What planning one action depends on besides itself. */
export interface PlanContext {
  readonly catalog: Catalog
  readonly options: PlanOptions
  /** The inline assertions of the action that gate it: all that are enabled, whether they were selected or not. */
  readonly audits: readonly AssertionAction[]
  /** The views that this run makes anew after the action. */
  readonly rebuiltLater: () => readonly RebuiltView[]
  /** True for an inline assertion whose model this run executes with the gate. */
  readonly isGate: boolean
  /** What hangs off existing relations now, by key; only the dry run needs it. */
  readonly facts: ReadonlyMap<string, Facts>
}

/** Plans one action; never throws for what a config says. */
export function planAction(action: Action, context: PlanContext): ActionPlan {
  const { options, problems } = parsePostgresOptions(action.extraProperties)
  if (problems.length > 0) return refuse(action, problems.join('; '))
  const existing = findRelation(context.catalog, action.target)
  switch (action.type) {
    case 'table':
    case 'incremental':
      return isReplaceable(existing)
        ? planTable(action, existing, options, context)
        : refuseRelation(action, existing)
    case 'view':
      return isReplaceable(existing)
        ? planView(action, existing, options, context)
        : refuseRelation(action, existing)
    case 'operations':
      return { ...one(action, [], 'executed'), groups: operationGroups(action) }
    case 'assertion':
      return planAssertion(action, context)
    case 'load':
      return one(
        action,
        [{ kind: 'load', label: 'load new files', source: action.source }],
        'loaded',
        'none',
      )
    case 'declaration':
      return one(action, [], 'declared', 'none')
    default:
      return impossible(action)
  }
}

function planAssertion(action: AssertionAction, context: PlanContext): ActionPlan {
  const severity = parseSeverity(action.extraProperties)
  if (severity === null) return refuse(action, 'quality.severity must be "error" or "warn"')
  if (context.isGate) return { ...one(action, [], 'passed'), severity, isGate: true }
  return {
    ...one(action, [assertStep(action, context.options.sampleRows)], 'passed', 'none'),
    severity,
  }
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

function isReplaceable(existing: Relation | undefined): boolean {
  return existing === undefined || (existing.kind !== 'other' && existing.kind !== 'foreign table')
}

function refuseRelation(action: Action, existing: Relation | undefined): ActionPlan {
  return refuse(
    action,
    `the name is taken by ${existing?.kind === 'foreign table' ? 'a foreign table' : 'a relation that is neither table nor view'}`,
    'Drop it or give the model another name; it is never replaced.',
  )
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
