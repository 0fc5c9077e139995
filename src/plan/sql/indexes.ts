/**
 * Indexes of a model: from `uniqueKey`, `clusterBy` and `options.postgres({ indexes })`.
 */
import type { IncrementalAction, TableAction, Target } from '../../graph/types.js'
import { quoteIdent, quoteQualified } from '../../sql/identifiers.js'
import { fitIdentifier, indexName } from '../names.js'
import type { IndexOption, PostgresOptions } from '../options.js'
import type { PartitionSpec } from '../partition.js'

/** An index to build: its final name and the rest of its definition. */
export interface IndexPlan {
  readonly name: string
  readonly definition: IndexOption
}

/** `uniqueKey` of an incremental table; other tables have none. */
export function uniqueKeyOf(action: TableAction | IncrementalAction): readonly string[] {
  return action.type === 'incremental' ? action.uniqueKey : []
}

/** The indexes of a table or an incremental table. */
export function tableIndexes(input: {
  readonly action: TableAction | IncrementalAction
  readonly options: PostgresOptions
  readonly partition: PartitionSpec | null
}): readonly IndexPlan[] {
  const { action, options, partition } = input
  return wantedIndexes(
    action.target,
    uniqueKeyOf(action),
    action.storage.clusterBy,
    options.indexes,
    partition?.column ?? null,
  )
}

/**
 * The indexes that a config asks for, without repetition.
 * @param partitionColumn a unique index on a partitioned table has to contain it; where the key does not,
 *   an ordinary index serves the lookups
 */
export function wantedIndexes(
  target: Target,
  uniqueKey: readonly string[],
  clusterBy: readonly string[],
  declared: readonly IndexOption[],
  partitionColumn: string | null,
): readonly IndexPlan[] {
  const plain = { method: 'btree', where: null, include: [] } as const
  const keyIsUnique = partitionColumn === null || uniqueKey.includes(partitionColumn)
  const wanted: IndexOption[] = [
    ...(uniqueKey.length > 0 ? [{ ...plain, columns: uniqueKey, unique: keyIsUnique }] : []),
    ...(clusterBy.length > 0 ? [{ ...plain, columns: clusterBy, unique: false }] : []),
    ...declared,
  ]
  const byName = new Map<string, IndexPlan>()
  const seen = new Set<string>()
  for (const definition of wanted) {
    const identity = JSON.stringify(definition)
    if (seen.has(identity)) continue
    seen.add(identity)
    let name = indexName(target.name, definition.columns, definition.unique)
    for (let n = 2; byName.has(name); n++)
      name = fitIdentifier(`${indexName(target.name, definition.columns, definition.unique)}${n}`)
    byName.set(name, { name, definition })
  }
  return [...byName.values()]
}

// An expression has parentheses: a function call, or a pair of its own.
const isExpression = (column: string): boolean => column.includes('(')

/** `CREATE INDEX` on a table, under a name of the caller's choice. */
export function createIndex(table: Target, name: string, definition: IndexOption): string {
  const columns = definition.columns.map((column) =>
    isExpression(column) ? `(${column})` : quoteIdent(column),
  )
  return [
    `create ${definition.unique ? 'unique ' : ''}index ${quoteIdent(name)} on ${quoteQualified(table)}`,
    ` using ${definition.method} (${columns.join(', ')})`,
    definition.include.length > 0
      ? ` include (${definition.include.map(quoteIdent).join(', ')})`
      : '',
    definition.where === null ? '' : ` where ${definition.where}`,
    ';',
  ].join('')
}

/** The name that an index has while its table is the shadow. */
export function shadowIndexName(shadow: Target, position: number): string {
  return `${shadow.name}_${position}`
}
