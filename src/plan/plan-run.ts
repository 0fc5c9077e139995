/**
 * The plan of a whole run. Pure: the same graph, catalog and options give the same plan.
 */
import { dependentsByKey, reachable } from '../graph/neighbours.js'
import { targetKey } from '../graph/target.js'
import type { Action, AssertionAction, Target, ViewAction } from '../graph/types.js'
import type { Catalog } from './catalog.js'
import { expiryStep } from './expiry.js'
import { parsePartitionBy } from './partition.js'
import { planAction } from './plan-action.js'
import type { Facts } from './replace/facts.js'
import type { RebuiltView } from './replace/types.js'
import type { ActionPlan, ExpiryPlan, PlanOptions, RunPlan } from './types.js'
import { asSubquery } from './user-sql.js'

/** Actions that make a relation, and so need its schema. */
const MAKES_RELATION: ReadonlySet<Action['type']> = new Set([
  'table',
  'incremental',
  'view',
  'operations',
])

/** What a run executes, and what else of the project it depends on. */
export interface PlanInput {
  /** The actions that this run executes. */
  readonly actions: readonly Action[]
  /** The inline assertions of the whole project: they gate their models, selected or not. */
  readonly inlineAssertions: readonly AssertionAction[]
  readonly options: PlanOptions
  /** How many groups of an action the run that is resumed has committed, by key. */
  readonly done?: ReadonlyMap<string, number>
  /** What hangs off existing relations now, by key; only the dry run needs it. */
  readonly facts?: ReadonlyMap<string, Facts>
}

/**
 * Gives the plan of an action, from a catalog that may be newer than the one of the run.
 * @param done how many of its groups are committed; by default those that the resumed run has committed
 */
export type Planner = (action: Action, catalog: Catalog, done?: number) => ActionPlan

/** A function that plans the actions of a run one by one. */
export function plannerFor(input: PlanInput): Planner {
  const enabled = input.actions.filter((action) => !action.disabled)
  const dependents = dependentsByKey(enabled)
  // Only these have audits in their plans; nothing else has inline assertions.
  const gating = new Set(
    enabled
      .filter(({ type }) => type === 'table' || type === 'incremental' || type === 'view')
      .map((action) => targetKey(action.target))
      // What was published by the run that is resumed has been through the gate.
      .filter((key) => (input.done?.get(key) ?? 0) === 0),
  )
  const views = new Map(
    enabled.flatMap((action) =>
      action.type === 'view' ? [[targetKey(action.target), rebuiltView(action)]] : [],
    ),
  )
  const audits = new Map<string, AssertionAction[]>()
  for (const assertion of input.options.gate ? input.inlineAssertions : []) {
    if (assertion.disabled || assertion.parent === null) continue
    const key = targetKey(assertion.parent)
    audits.set(key, [...(audits.get(key) ?? []), assertion])
  }
  const isGated = (parent: Target | null): boolean =>
    parent !== null && input.options.gate && gating.has(targetKey(parent))
  return (action, catalog, done) => {
    const key = targetKey(action.target)
    const planned = planAction(action, {
      catalog,
      options: input.options,
      audits: audits.get(key) ?? [],
      isGate: action.type === 'assertion' && isGated(action.parent),
      rebuiltLater: () => {
        const later = reachable([key], (next) => dependents.get(next) ?? [])
        return new Map([...views].filter(([view]) => later.has(view)))
      },
      viewGate: { audits, sampleRows: input.options.sampleRows },
      facts: input.facts ?? new Map(),
    })
    return withoutGroups(planned, done ?? input.done?.get(key) ?? 0)
  }
}

// Of a model the first group is the publication; what comes after it is planned for what is there now.
function withoutGroups(plan: ActionPlan, done: number): ActionPlan {
  const first = plan.action.type === 'operations' ? done : Math.min(done, 1)
  return done === 0 ? plan : { ...plan, groups: plan.groups.slice(first), groupsBefore: done }
}

/**
 * Plans the chosen actions.
 * @param plan plans one of them
 */
export function planRun(
  input: PlanInput,
  catalog: Catalog,
  plan: Planner = plannerFor(input),
): RunPlan {
  const enabled = input.actions.filter((action) => !action.disabled)
  return {
    schemas: [
      ...new Set(
        enabled
          .filter((action) => MAKES_RELATION.has(action.type))
          .map((action) => action.target.schema),
      ),
    ].filter((schema) => !catalog.schemas.has(schema)),
    actions: input.actions.map((action) => plan(action, catalog)),
    expiries: enabled.flatMap((action) => expiryOf(action, input.options)),
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
      step: expiryStep(action.target, partitionExpirationDays, options.asOf),
    },
  ]
}

function rebuiltView(view: ViewAction): RebuiltView {
  const kind = view.materialized ? 'materialized view' : 'view'
  return { kind, query: asSubquery(view.query) }
}
