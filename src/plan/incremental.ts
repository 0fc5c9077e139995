/**
 * A later run of an incremental table: the delta, checked, is merged or appended.
 */
import type { IncrementalAction } from '../graph/types.js'
import { partitionKeyCheck } from './build.js'
import type { Relation } from './catalog.js'
import { DELTA } from './names.js'
import type { PostgresOptions } from './options.js'
import type { PartitionSpec } from './partition.js'
import { commentsThatDiffer } from './sql/comments.js'
import { createIndex, tableIndexes } from './sql/indexes.js'
import { appendDelta, duplicateKeys, mergeDelta, rowsWithoutKey } from './sql/merge.js'
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

/** What a later run of an incremental table depends on. */
export interface IncrementalInput {
  readonly action: IncrementalAction
  readonly existing: Relation
  readonly options: PostgresOptions
  readonly partition: PartitionSpec | null
}

/** The steps that bring an existing incremental table up to date. */
export function incrementalSteps(input: IncrementalInput): readonly Step[] {
  const { action, existing, partition } = input
  const merges = action.strategy === 'merge' && action.uniqueKey.length > 0
  // The stock command writes the target's alias in front of updatePartitionFilter: it begins with a column.
  const filter = action.updatePartitionFilter?.trim() ?? ''
  const predicates = [
    ...(filter === '' ? [] : [`dataform_dest.${filter}`]),
    ...action.incrementalPredicates,
  ].filter((predicate) => predicate.trim() !== '')
  const comments = commentsThatDiffer(action, 'table', existing)
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
    ...(merges ? keyChecks(action.uniqueKey) : []),
    ...missingIndexes(input),
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
            predicates,
          })
        : appendDelta(action.target, existing.columns),
      countsRows: true,
    },
    ...(comments === '' ? [] : [{ kind: 'sql', label: 'comments', sql: comments } as const]),
    ...userSteps('post-operations', action.incrementalPostOps),
  ]
}

function keyChecks(uniqueKey: readonly string[]): readonly Step[] {
  const key = uniqueKey.join(', ')
  return [
    {
      kind: 'check',
      label: 'check unique key',
      sql: rowsWithoutKey(uniqueKey),
      message: `the incremental query gives rows with NULL in the key (${key})`,
      hint: 'Filter them out, or give them a value: NULL is equal to nothing, so they would come in again at every run.',
    },
    {
      kind: 'check',
      label: 'check unique key',
      sql: duplicateKeys(uniqueKey),
      message: `the incremental query gives more than one row for a key (${key})`,
      hint: 'Deduplicate in the query, or add the columns that tell the rows apart to uniqueKey.',
    },
  ]
}

// An index that the config has gained since the table was made.
function missingIndexes(input: IncrementalInput): readonly Step[] {
  const { action, existing } = input
  const missing = tableIndexes(input).filter((index) => !existing.indexes.includes(index.name))
  if (missing.length === 0) return []
  const sql = missing
    .map((index) => createIndex(action.target, index.name, index.definition))
    .join('\n')
  return [{ kind: 'sql', label: 'create missing indexes', sql }]
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
