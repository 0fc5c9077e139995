/**
 * The plan of a whole run. Pure: the same graph, catalog and options give the same plan.
 */
import { dependentsByKey, reachable } from '../graph/neighbours.js'
import { targetKey } from '../graph/target.js'
import type { Action, ViewAction } from '../graph/types.js'
import type { Catalog } from './catalog.js'
import { parsePartitionBy } from './partition.js'
import { planAction } from './plan-action.js'
import type { RebuiltView } from './sql/dependents.js'
import { dropExpired } from './sql/partitions.js'
import type { ExpiryPlan, PlanOptions, RunPlan } from './types.js'
import { asSubquery } from './user-sql.js'

/** Actions that make a relation, and so need its schema. */
const MAKES_RELATION: ReadonlySet<Action['type']> = new Set([
  'table',
  'incremental',
  'view',
  'operations',
])

/**
 * Plans the chosen actions.
 * @param actions those that this run executes
 */
export function planRun(
  actions: readonly Action[],
  catalog: Catalog,
  options: PlanOptions,
): RunPlan {
  const enabled = actions.filter((action) => !action.disabled)
  const dependents = dependentsByKey(enabled)
  const views = new Map(
    enabled.flatMap((action) =>
      action.type === 'view' ? [[targetKey(action.target), action]] : [],
    ),
  )
  return {
    schemas: [
      ...new Set(
        enabled
          .filter((action) => MAKES_RELATION.has(action.type))
          .map((action) => action.target.schema),
      ),
    ].filter((schema) => !catalog.schemas.has(schema)),
    actions: actions.map((action) =>
      planAction(action, {
        catalog,
        options,
        rebuiltLater: () =>
          [...reachable([targetKey(action.target)], (key) => dependents.get(key) ?? [])].flatMap(
            (key) => rebuiltView(views.get(key)),
          ),
      }),
    ),
    expiries: enabled.flatMap((action) => expiryOf(action, options)),
  }
}

function expiryOf(action: Action, options: PlanOptions): readonly ExpiryPlan[] {
  if (action.type !== 'table' && action.type !== 'incremental') return []
  const { partitionBy, partitionExpirationDays } = action.storage
  if (
    partitionBy === null ||
    partitionExpirationDays === null ||
    parsePartitionBy(partitionBy) === null
  )
    return []
  return [
    {
      target: action.target,
      sql: dropExpired(action.target, partitionExpirationDays, options.asOf),
    },
  ]
}

function rebuiltView(view: ViewAction | undefined): readonly RebuiltView[] {
  if (view === undefined) return []
  const kind = view.materialized ? 'materialized view' : 'view'
  return [{ key: targetKey(view.target), kind, query: asSubquery(view.query) }]
}
