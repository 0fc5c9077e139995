/**
 * From one action, what exists, and the options to the steps that will be executed. Pure.
 */
import { targetKey } from '../graph/target.js'
import type { Action, AssertionAction } from '../graph/types.js'
import { impossible } from '../impossible.js'
import { one, refuse } from './action-plan.js'
import type { PlanContext } from './action-plan.js'
import { assertStep } from './assertion.js'
import { findRelation } from './catalog.js'
import type { Relation } from './catalog.js'
import { operationGroups } from './operations.js'
import { parsePostgresOptions, parseSeverity } from './options.js'
import type { PostgresOptions } from './options.js'
import { planTable } from './plan-table.js'
import { planView } from './plan-view.js'
import type { ActionPlan } from './types.js'

/** Plans one action; never throws for what a config says. */
export function planAction(action: Action, context: PlanContext): ActionPlan {
  const { options, problems } = parsePostgresOptions(action.extraProperties)
  if (problems.length > 0) return refuse(action, problems.join('; '))
  const taken = takenName(action, options, context)
  if (taken !== null) return taken
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

// PostgreSQL would say so only when the rows are there.
function takenName(
  action: Action,
  { indexes }: PostgresOptions,
  { catalog }: PlanContext,
): ActionPlan | null {
  const { schema } = action.target
  for (const { name } of indexes) {
    if (name === null) continue
    const holder = catalog.indexNames.get(`${schema}.${name}`)
    if (holder === undefined || holder === targetKey(action.target)) continue
    const what = holder === `${schema}.${name}` ? 'a relation' : `an index of ${holder}`
    return refuse(
      action,
      `the index ${name} can't be made: ${what} has that name`,
      'Give one of them another name: names are unique in a schema.',
    )
  }
  return null
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
