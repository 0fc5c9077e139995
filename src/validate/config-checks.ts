/**
 * What a config says of columns: they have to be there, and to be fit for it.
 */
import type { IncrementalAction, TableAction, ViewAction } from '../graph/types.js'
import { parsePostgresOptions } from '../plan/options.js'
import type { IndexOption } from '../plan/options.js'
import { parsePartitionBy } from '../plan/partition.js'
import { createIndex, tableIndexes, wantedIndexes } from '../plan/sql/indexes.js'
import type { IndexPlan } from '../plan/sql/indexes.js'
import { columnName } from '../sql/identifiers.js'
import type { CheckedStatement } from './checked-statement.js'
import { configSpot, descriptionSpot } from './config-place.js'
import type { Column } from './existing.js'
import { scratchOf } from './scratch.js'
import type { Desk } from './world.js'

const PARTITION_TYPES = ['date', 'timestamp without time zone', 'timestamp with time zone']

/** Notes described columns that are not there: no run fails of it, but the comment goes nowhere. */
export function checkDescriptions(desk: Desk, columns: readonly Column[]): void {
  const names = new Set(columns.map(({ name }) => name))
  for (const { path, description } of desk.subject.columns) {
    const [name] = path
    if (path.length !== 1 || name === undefined || description === '' || names.has(name)) continue
    desk.remarks.push({
      kind: 'config',
      about: desk.key,
      message: `the column "${name}" is described, but the query does not give it`,
      at: descriptionSpot(desk, name),
    })
  }
}

const SYSTEM_COLUMNS = new Set(['ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid'])

/** Notes columns that no table can have; a view can, and what was sent is a view. */
export function hasSystemNames(desk: Desk, columns: readonly Column[]): boolean {
  const found = columns.filter(({ name }) => SYSTEM_COLUMNS.has(name))
  for (const { name } of found)
    desk.problems.push({
      kind: 'config',
      about: desk.key,
      message: `the column name "${name}" is one of the system's own`,
      at: { file: desk.subject.fileName },
    })
  return found.length > 0
}

/** Checks partitioning, clustering, keys and indexes of a relation whose scratch relation is there. */
export async function checkStorage(
  desk: Desk,
  given: TableAction | IncrementalAction | ViewAction,
  columns: readonly Column[],
): Promise<void> {
  const byName = new Map(columns.map((column) => [column.name, column]))
  const { options } = parsePostgresOptions(given.extraProperties)
  if (given.type === 'view') {
    const indexes = given.materialized
      ? wantedIndexes(given.target, [], [], options.indexes, null)
      : []
    await checkIndexes(desk, indexes, byName, () => 'indexes')
    return
  }
  const action = withColumnNames(given)
  const { partitionBy } = action.storage
  const partition = partitionBy === null ? null : parsePartitionBy(partitionBy)
  if (partition !== null) checkPartition(desk, partition.column, byName.get(partition.column))
  const key = action.type === 'incremental' ? action.uniqueKey : []
  const indexes = tableIndexes({ action, options, partition })
  await checkIndexes(desk, indexes, byName, (definition) =>
    options.indexes.includes(definition)
      ? 'indexes'
      : namesOf(definition.columns).every((name, i) => name === key[i])
        ? 'uniqueKey'
        : 'clusterBy',
  )
}

// Keys and cluster columns are names as a query would write them.
function withColumnNames<T extends TableAction | IncrementalAction>(action: T): T {
  const storage = { ...action.storage, clusterBy: action.storage.clusterBy.map(columnName) }
  return action.type === 'incremental'
    ? { ...action, storage, uniqueKey: action.uniqueKey.map(columnName) }
    : { ...action, storage }
}

function checkPartition(desk: Desk, name: string, column: Column | undefined): void {
  const message =
    column === undefined
      ? `partitionBy names "${name}", which the query does not give`
      : PARTITION_TYPES.includes(column.baseType)
        ? null
        : `partitionBy: "${name}" is ${column.type}, and has to be a date or a timestamp`
  if (message === null) return
  desk.problems.push({
    kind: 'config',
    about: desk.key,
    message,
    at: configSpot(desk, 'partitionBy'),
  })
}

// Columns may have more to say than their name or expression.
const namesOf = (columns: readonly (string | { readonly text: string })[]): readonly string[] =>
  columns.map((column) => (typeof column === 'string' ? column : column.text))

async function checkIndexes(
  desk: Desk,
  indexes: readonly IndexPlan[],
  columns: ReadonlyMap<string, Column>,
  optionOf: (definition: IndexOption) => string,
): Promise<void> {
  const statements = new Map<CheckedStatement, IndexPlan>()
  for (const index of indexes) {
    const { definition } = index
    const option = optionOf(definition)
    const missing = [...namesOf(definition.columns), ...definition.include].filter(
      (name) => !name.includes('(') && !columns.has(name),
    )
    for (const name of missing)
      desk.problems.push({
        kind: 'config',
        about: desk.key,
        message: `${option} names "${name}", which the query does not give`,
        at: configSpot(desk, option, name),
      })
    if (missing.length > 0) continue
    // The scratch table is partitioned, and has no room for unique ones; on no rows they do not differ.
    const plain = { ...definition, unique: false }
    const sql = createIndex(scratchOf(desk.key), index.name, plain).replace(/;$/, '')
    statements.set({ sql }, index)
  }
  if (statements.size === 0) return
  await desk.attempt({ statements: [...statements.keys()] }, (failure) => {
    const definition = statements.get(failure.statement)?.definition
    if (definition === undefined) return 'give up'
    const { message, sqlstate, hint } = failure.error
    desk.problems.push({
      kind: 'config',
      about: desk.key,
      message: `the index on ${namesOf(definition.columns).join(', ')} can't be made: ${message}`,
      at: configSpot(desk, optionOf(definition), namesOf(definition.columns)[0]),
      ...(sqlstate === undefined ? {} : { sqlstate }),
      ...(hint === undefined ? {} : { hint }),
    })
    return 'go on'
  })
}
