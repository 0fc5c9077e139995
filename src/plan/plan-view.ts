/**
 * The plan of a view.
 */
import type { ViewAction } from '../graph/types.js'
import type { Relation } from './catalog.js'
import type { PostgresOptions } from './options.js'
import { one, previewFacts } from './action-plan.js'
import type { PlanContext } from './action-plan.js'
import type { ActionPlan } from './types.js'
import { materializedSteps } from './materialized-view.js'
import { postOperations } from './post-operations.js'
import { userSteps } from './user-sql.js'
import { plainSteps } from './view.js'
import type { ViewInput } from './view-input.js'

/** Plans a view or a materialized view. */
export function planView(
  action: ViewAction,
  existing: Relation | undefined,
  options: PostgresOptions,
  context: PlanContext,
): ActionPlan {
  const input: ViewInput = {
    action,
    existing,
    options,
    audits: context.audits,
    sampleRows: context.options.sampleRows,
    rebuiltLater: existing === undefined ? new Map() : context.rebuiltLater(),
    viewGate: context.viewGate,
    previewFacts: previewFacts(action, context),
  }
  const steps = [
    ...userSteps('pre-operations', action.preOps),
    ...(action.materialized ? materializedSteps(input) : plainSteps(input)),
    ...postOperations({ ...input, target: action.target, texts: action.postOps }),
  ]
  return {
    ...one(action, steps, existing === undefined ? 'created' : 'replaced'),
    warnings: viewWarnings(action, options),
  }
}

function viewWarnings(action: ViewAction, options: PostgresOptions): readonly string[] {
  const given = [
    ...(options.indexes.length > 0 && !action.materialized ? ['indexes'] : []),
    ...(options.foreignKeys.length > 0 ? ['foreignKeys'] : []),
    ...(options.unlogged ? ['unlogged'] : []),
    ...(options.fillfactor === null ? [] : ['fillfactor']),
  ]
  const kind = action.materialized ? 'materialized view' : 'view'
  return given.length === 0 ? [] : [`${given.join(', ')} have no effect on a ${kind}`]
}
