/**
 * The plan of a table or an incremental table.
 */
import type { IncrementalAction, TableAction } from '../graph/types.js'
import { columnName } from '../sql/identifiers.js'
import { buildSteps } from './build.js'
import type { Relation } from './catalog.js'
import { incrementalSteps } from './incremental.js'
import type { PostgresOptions } from './options.js'
import { parsePartitionBy } from './partition.js'
import type { PartitionSpec } from './partition.js'
import { one, previewFacts, refuse } from './action-plan.js'
import type { PlanContext } from './action-plan.js'
import { reconcile } from './reconcile.js'
import { uniqueKeyOf } from './sql/indexes.js'
import { mergesByKey, targetPredicates } from './sql/merge.js'
import type { ActionPlan } from './types.js'

// Keys and cluster columns are names as a query would write them.
function withColumnNames<T extends TableAction | IncrementalAction>(action: T): T {
  const storage = { ...action.storage, clusterBy: action.storage.clusterBy.map(columnName) }
  return action.type === 'incremental'
    ? { ...action, storage, uniqueKey: action.uniqueKey.map(columnName) }
    : { ...action, storage }
}

/** Plans a table; what its config asks for and can't be had refuses the action, or is warned of. */
export function planTable(
  given: TableAction | IncrementalAction,
  existing: Relation | undefined,
  options: PostgresOptions,
  context: PlanContext,
): ActionPlan {
  const action = withColumnNames(given)
  const { storage } = action
  const partition = storage.partitionBy === null ? null : parsePartitionBy(storage.partitionBy)
  if (storage.partitionBy !== null && partition === null)
    return refuse(
      action,
      `partitionBy: "${storage.partitionBy}" is not understood`,
      `Use a column ("event_date": by month) or "date_trunc('day', event_date)" with day, week, month, quarter or year.`,
    )
  if (action.type === 'incremental' && action.strategy === 'insert_overwrite' && partition === null)
    return refuse(
      action,
      'incrementalStrategy: "INSERT_OVERWRITE" replaces partitions, and there are none',
      'Set partitionBy, or use a uniqueKey.',
    )
  const shared = {
    options,
    partition,
    audits: context.audits,
    sampleRows: context.options.sampleRows,
    viewGate: context.viewGate,
  }
  const warnings = storageWarnings(action, partition, options)
  const grows =
    action.type === 'incremental' &&
    existing !== undefined &&
    (existing.kind === 'table' || existing.kind === 'partitioned table') &&
    (!context.options.fullRefresh || action.isProtected)
  if (!grows) {
    const steps = buildSteps({
      ...shared,
      action,
      existing,
      rebuiltLater: existing === undefined ? new Map() : context.rebuiltLater(),
      previewFacts: previewFacts(action, context),
    })
    return { ...one(action, steps, existing === undefined ? 'created' : 'rebuilt'), warnings }
  }
  if (!isPartitionedBy(existing, partition))
    return refuse(
      action,
      `partitionBy has changed: the table is ${existing.partitionKey === null ? 'not partitioned' : `partitioned by ${existing.partitionKey}`}`,
      action.isProtected
        ? 'The table is protected, so --full-refresh leaves it alone: drop it, or take `protected` out for one run with --full-refresh.'
        : 'Run it once with --full-refresh.',
    )
  const plan = one(
    action,
    incrementalSteps({ ...shared, action, existing, rebuiltLater: context.rebuiltLater() }),
    outcomeOf(action),
  )
  const after = reconcile({ action, existing, options, partition })
  return {
    ...plan,
    groups: [...plan.groups, ...after.groups],
    warnings: [
      ...warnings,
      ...after.warnings,
      ...(context.options.fullRefresh ? ['protected: --full-refresh does not rebuild it'] : []),
    ],
  }
}

function outcomeOf(action: IncrementalAction): string {
  if (action.strategy === 'insert_overwrite') return 'overwritten'
  return mergesByKey(action) ? 'merged' : 'appended'
}

function isPartitionedBy(existing: Relation, partition: PartitionSpec | null): boolean {
  const wanted = partition === null ? null : `RANGE (${partition.column})`
  return wanted === (existing.partitionKey?.replaceAll('"', '') ?? null)
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
    ...(action.type === 'incremental' && !usesPredicates(action)
      ? ['updatePartitionFilter and incrementalPredicates have no effect on rows that are appended']
      : []),
  ]
}

function usesPredicates(action: IncrementalAction): boolean {
  const appends = action.strategy !== 'insert_overwrite' && action.uniqueKey.length === 0
  return !appends || targetPredicates(action).length === 0
}
