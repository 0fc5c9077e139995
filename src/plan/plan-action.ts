/**
 * From one action, what exists, and the options to the steps that will be executed. Pure.
 */
import type { ActionFailure } from '../failure/types.js'
import { impossible } from '../impossible.js'
import type { Action, IncrementalAction, TableAction, ViewAction } from '../graph/types.js'
import { columnName } from '../sql/identifiers.js'
import { assertStep } from './assertion.js'
import { buildSteps } from './build.js'
import { findRelation } from './catalog.js'
import type { Catalog, Relation } from './catalog.js'
import { incrementalSteps, unsupportedIncremental } from './incremental.js'
import { operationGroups } from './operations.js'
import { parsePostgresOptions, parseSeverity } from './options.js'
import type { PostgresOptions } from './options.js'
import { parsePartitionBy } from './partition.js'
import type { PartitionSpec } from './partition.js'
import type { RebuiltView } from './sql/dependents.js'
import { uniqueKeyOf } from './sql/indexes.js'
import type { ActionPlan, PlanOptions, Step, StepGroup } from './types.js'
import { viewSteps } from './view.js'

/** What planning one action depends on besides itself. */
export interface PlanContext {
  readonly catalog: Catalog
  readonly options: PlanOptions
  /** The views that this run makes anew after the action. */
  readonly rebuiltLater: () => readonly RebuiltView[]
}

/** Plans one action; never throws for what a config says. */
export function planAction(action: Action, context: PlanContext): ActionPlan {
  const { options, problems } = parsePostgresOptions(action.extraProperties)
  if (problems.length > 0) return refuse(action, problems.join('; '))
  const existing = findRelation(context.catalog, action.target)
  switch (action.type) {
    case 'table':
    case 'incremental':
      return planTable(action, existing, options, context)
    case 'view':
      if (!isReplaceable(existing)) return refuseRelation(action, existing)
      return {
        ...one(
          action,
          viewSteps(action, existing, options, context.rebuiltLater()),
          existing === undefined ? 'created' : 'replaced',
        ),
        warnings: viewWarnings(action, options),
      }
    case 'operations':
      return { ...one(action, [], 'executed'), groups: operationGroups(action) }
    case 'assertion':
      return planAssertion(action, context.options)
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

function planAssertion(action: Action & { type: 'assertion' }, options: PlanOptions): ActionPlan {
  const severity = parseSeverity(action.extraProperties)
  if (severity === null) return refuse(action, 'quality.severity must be "error" or "warn"')
  return { ...one(action, [assertStep(action, options.sampleRows)], 'passed', 'none'), severity }
}

// Keys and cluster columns are names as a query would write them.
function withColumnNames<T extends TableAction | IncrementalAction>(action: T): T {
  const storage = { ...action.storage, clusterBy: action.storage.clusterBy.map(columnName) }
  return action.type === 'incremental'
    ? { ...action, storage, uniqueKey: action.uniqueKey.map(columnName) }
    : { ...action, storage }
}

function planTable(
  given: TableAction | IncrementalAction,
  existing: Relation | undefined,
  options: PostgresOptions,
  context: PlanContext,
): ActionPlan {
  const action = withColumnNames(given)
  if (!isReplaceable(existing)) return refuseRelation(action, existing)
  const { storage } = action
  const partition = storage.partitionBy === null ? null : parsePartitionBy(storage.partitionBy)
  if (storage.partitionBy !== null && partition === null)
    return refuse(
      action,
      `partitionBy: "${storage.partitionBy}" is not understood`,
      `Use a column ("event_date": by month) or "date_trunc('day', event_date)" with day, week, month, quarter or year.`,
    )
  const unsupported = action.type === 'incremental' ? unsupportedIncremental(action) : null
  if (unsupported !== null) return refuse(action, unsupported)
  const warnings = storageWarnings(action, partition, options)
  const isFirst =
    action.type === 'table' ||
    existing === undefined ||
    !(existing.kind === 'table' || existing.kind === 'partitioned table') ||
    (context.options.fullRefresh && !action.isProtected)
  if (isFirst) {
    const steps = buildSteps({
      action,
      existing,
      options,
      partition,
      rebuiltLater: existing === undefined ? [] : context.rebuiltLater(),
    })
    return { ...one(action, steps, existing === undefined ? 'created' : 'rebuilt'), warnings }
  }
  const wanted = partition === null ? null : `RANGE (${partition.column})`
  if (
    wanted !== existing.partitionKey?.replaceAll('"', '') &&
    !(wanted === null && existing.partitionKey === null)
  )
    return refuse(
      action,
      `partitionBy has changed: the table is ${existing.partitionKey === null ? 'not partitioned' : `partitioned by ${existing.partitionKey}`}`,
      'Run it once with --full-refresh.',
    )
  const outcome = action.strategy === 'merge' && action.uniqueKey.length > 0 ? 'merged' : 'appended'
  return {
    ...one(action, incrementalSteps({ action, existing, options, partition }), outcome),
    warnings,
  }
}

function viewWarnings(action: ViewAction, options: PostgresOptions): readonly string[] {
  const given = [
    ...(options.indexes.length > 0 && !action.materialized ? ['indexes'] : []),
    ...(options.unlogged ? ['unlogged'] : []),
    ...(options.fillfactor === null ? [] : ['fillfactor']),
  ]
  const kind = action.materialized ? 'materialized view' : 'view'
  return given.length === 0 ? [] : [`${given.join(', ')} have no effect on a ${kind}`]
}

function storageWarnings(
  action: TableAction | IncrementalAction,
  partition: PartitionSpec | null,
  options: PostgresOptions,
): readonly string[] {
  const { storage } = action
  const uniqueKey = uniqueKeyOf(action)
  return [
    ...(partition !== null && (options.unlogged || options.fillfactor !== null)
      ? ['unlogged and fillfactor have no effect on a partitioned table']
      : []),
    ...(storage.requirePartitionFilter
      ? ['requirePartitionFilter has no effect: PostgreSQL cannot require a filter']
      : []),
    ...(storage.partitionExpirationDays !== null && partition === null
      ? ['partitionExpirationDays has no effect without partitionBy']
      : []),
    ...(partition !== null && uniqueKey.length > 0 && !uniqueKey.includes(partition.column)
      ? [
          `the index on uniqueKey is not unique: on a partitioned table it would have to contain ${partition.column}`,
        ]
      : []),
  ]
}

function one(
  action: Action,
  steps: readonly Step[],
  outcome: string,
  transaction: StepGroup['transaction'] = 'one',
): ActionPlan {
  return {
    action,
    groups: steps.length === 0 ? [] : [{ transaction, steps }],
    outcome,
    severity: 'error',
    warnings: [],
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

function refuse(action: Action, message: string, hint?: string): ActionPlan {
  const failure: ActionFailure = {
    kind: 'unsupported',
    message,
    at: { file: action.fileName },
    ...(hint === undefined ? {} : { hint }),
  }
  return { action, groups: [], outcome: 'refused', severity: 'error', warnings: [], failure }
}
