/**
 * Indexes from `uniqueKey`, `clusterBy` and `options.postgres({ indexes })`.
 */
import type { IncrementalAction, TableAction, Target } from '../../graph/types.js'
import { quoteIdent, quoteLiteral, quoteQualified } from '../../sql/identifiers.js'
import { fitIdentifier, indexName } from '../names.js'
import type { IndexColumn, IndexOption, PostgresOptions } from '../options.js'
import type { PartitionSpec } from '../partition.js'
import { managedComment } from './managed.js'

/** What to do when an index can't be built, by SQLSTATE. */
export const INDEX_HINTS = {
  '23505':
    'Rows of the table have the same key: run it once with --full-refresh, or declare other columns.',
}

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

const plainColumn = (name: string): IndexColumn => ({
  text: name,
  opclass: null,
  order: null,
  nulls: null,
  collation: null,
})

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
  const plain = {
    name: null,
    method: 'btree',
    where: null,
    include: [],
    nullsNotDistinct: false,
    with: {},
  } as const
  const keyIsUnique = partitionColumn === null || uniqueKey.includes(partitionColumn)
  const wanted: IndexOption[] = [
    ...(uniqueKey.length > 0
      ? [{ ...plain, columns: uniqueKey.map(plainColumn), unique: keyIsUnique }]
      : []),
    ...(clusterBy.length > 0
      ? [{ ...plain, columns: clusterBy.map(plainColumn), unique: false }]
      : []),
    ...declared,
  ]
  const byName = new Map<string, IndexPlan>()
  const seen = new Set<string>()
  for (const definition of wanted) {
    const identity = JSON.stringify(definition)
    if (seen.has(identity)) continue
    seen.add(identity)
    const parts = definition.columns.map((column) => column.text)
    const base = definition.name ?? indexName(target.name, parts, definition.unique)
    let name = base
    for (let n = 2; byName.has(name); n++) name = fitIdentifier(`${base}${n}`)
    byName.set(name, { name, definition })
  }
  return [...byName.values()]
}

// An expression has parentheses: a function call, or a pair of its own.
const isExpression = (column: string): boolean => column.includes('(')

function columnText({ text, collation, opclass, order, nulls }: IndexColumn): string {
  return [
    isExpression(text) ? `(${text})` : quoteIdent(text),
    ...(collation === null ? [] : [`collate ${quoteIdent(collation)}`]),
    ...(opclass === null ? [] : [opclass]),
    ...(order === null ? [] : [order]),
    ...(nulls === null ? [] : [`nulls ${nulls}`]),
  ].join(' ')
}

/** How an index is built: with the table locked against writing, or beside writers and outside of a transaction. */
export type BuildMode = 'plain' | 'concurrently' | 'only'

/** `CREATE INDEX` on a table, under a name of the caller's choice. */
export function createIndex(
  table: Target,
  name: string,
  definition: IndexOption,
  mode: BuildMode = 'plain',
): string {
  const { unique, method, columns, include, nullsNotDistinct, where } = definition
  const parameters = Object.entries(definition.with).map(([key, value]) => `${key} = ${value}`)
  return [
    `create ${unique ? 'unique ' : ''}index ${mode === 'concurrently' ? 'concurrently ' : ''}${quoteIdent(name)}`,
    ` on ${mode === 'only' ? 'only ' : ''}${quoteQualified(table)} using ${method} (${columns.map(columnText).join(', ')})`,
    include.length > 0 ? ` include (${include.map(quoteIdent).join(', ')})` : '',
    nullsNotDistinct ? ' nulls not distinct' : '',
    parameters.length > 0 ? ` with (${parameters.join(', ')})` : '',
    where === null ? '' : ` where ${where}`,
    ';',
  ].join('')
}

/** The comment that marks an index as the engine's. */
export function markIndex(schema: string, name: string, definition: IndexOption): string {
  return `comment on index ${quoteIdent(schema)}.${quoteIdent(name)} is ${quoteLiteral(managedComment(definition))};`
}

/** Builds a table's indexes, each marked as the engine's. */
export function createIndexes(
  table: Target,
  indexes: readonly IndexPlan[],
  nameOf: (index: IndexPlan, position: number) => string,
): readonly string[] {
  return indexes.flatMap((index, position) => {
    const name = nameOf(index, position)
    return [
      createIndex(table, name, index.definition),
      markIndex(table.schema, name, index.definition),
    ]
  })
}

/** The name that an index has while its table is the shadow. */
export function shadowIndexName(shadow: Target, position: number): string {
  return `${shadow.name}_${position}`
}

/** Gives the indexes of a shadow their names, when it has taken its place. */
export function renameIndexes(shadow: Target, indexes: readonly IndexPlan[]): readonly string[] {
  return indexes.map(
    (index, position) =>
      `alter index ${quoteIdent(shadow.schema)}.${quoteIdent(shadowIndexName(shadow, position))} rename to ${quoteIdent(index.name)};`,
  )
}
