/**
 * A later run of an incremental table: the delta, checked, is merged or appended.
 */
import type { IncrementalAction } from '../graph/types.js'
import { columnComments, partitionKeyCheck } from './build.js'
import type { Relation } from './catalog.js'
import { DELTA } from './names.js'
import type { PartitionSpec } from './partition.js'
import { appendDelta, commentOn, duplicateKeys, mergeDelta } from './sql/merge.js'
import { ensurePartitions, partitionPrefix } from './sql/partitions.js'
import type { Step } from './types.js'
import { around, asSubquery, userSteps } from './user-sql.js'

/** What an incremental table can't do yet, in words; null if its config can be honoured. */
export function unsupportedIncremental(action: IncrementalAction): string | null {
  if (action.onSchemaChange !== 'ignore')
    return `onSchemaChange: "${action.onSchemaChange.toUpperCase()}" is not supported yet; only IGNORE is`
  if (action.strategy === 'insert_overwrite')
    return 'incrementalStrategy: "INSERT_OVERWRITE" is not supported yet; use a uniqueKey'
  return null
}

/** The steps that bring an existing incremental table up to date. */
export function incrementalSteps(
  action: IncrementalAction,
  existing: Relation,
  partition: PartitionSpec | null,
): readonly Step[] {
  const merges = action.strategy === 'merge' && action.uniqueKey.length > 0
  const predicates = [action.updatePartitionFilter, ...action.incrementalPredicates].filter(
    (predicate) => predicate !== null && predicate.trim() !== '',
  )
  const comments = changedComments(action, existing)
  return [
    ...userSteps('pre-operations', action.incrementalPreOps),
    {
      kind: 'sql',
      label: 'query the delta',
      ...around(
        `create temporary table ${DELTA} on commit drop as (`,
        asSubquery(action.incrementalQuery),
        `);\nanalyze ${DELTA};`,
      ),
    },
    ...(merges ? [keyCheck(action.uniqueKey)] : []),
    ...(partition === null ? [] : partitionSteps(action, partition)),
    {
      kind: 'sql',
      label: merges ? 'merge' : 'append',
      sql: merges
        ? mergeDelta({
            target: action.target,
            columns: existing.columns,
            uniqueKey: action.uniqueKey,
            partitionColumn: partition?.column ?? null,
            predicates: predicates.filter((predicate) => predicate !== null),
          })
        : appendDelta(action.target, existing.columns),
      countsRows: true,
    },
    ...(comments === '' ? [] : [{ kind: 'sql', label: 'comments', sql: comments } as const]),
    ...userSteps('post-operations', action.incrementalPostOps),
  ]
}

function keyCheck(uniqueKey: readonly string[]): Step {
  return {
    kind: 'check',
    label: 'check unique key',
    sql: duplicateKeys(uniqueKey),
    message: `the incremental query gives more than one row for a key (${uniqueKey.join(', ')})`,
    hint: 'Deduplicate in the query, or add the columns that tell the rows apart to uniqueKey.',
  }
}

function partitionSteps(action: IncrementalAction, partition: PartitionSpec): readonly Step[] {
  return [
    partitionKeyCheck(partition),
    {
      kind: 'sql',
      label: 'create partitions',
      sql: ensurePartitions(action.target, partitionPrefix(action.target), partition),
    },
  ]
}

function changedComments(action: IncrementalAction, existing: Relation): string {
  const now = new Map(existing.columns.map((column) => [column.name, column.comment]))
  const columns = new Map(
    [...columnComments(action)].filter(([name, text]) => now.get(name) !== text),
  )
  const description = existing.comment === action.description ? '' : action.description
  return commentOn(action.target, 'table', description, columns)
}
