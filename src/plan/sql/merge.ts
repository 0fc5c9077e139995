/**
 * Writing a delta into a table that exists: by key, or by appending. Columns match by name.
 */
import type { Target } from '../../graph/types.js'
import { quoteIdent, quoteQualified } from '../../sql/identifiers.js'
import type { RelationColumn } from '../catalog.js'
import { DELTA } from '../names.js'

// The stock command's aliases: incrementalPredicates may name them.
const DEST = 'dataform_dest'
const SOURCE = 'dataform_source'

/** What a MERGE needs to know. */
export interface MergeOptions {
  readonly target: Target
  readonly columns: readonly RelationColumn[]
  readonly uniqueKey: readonly string[]
  /** The column that the target is partitioned by, to read only the partitions that the delta touches. */
  readonly partitionColumn: string | null
  /** Further conditions on the target's side (`updatePartitionFilter`, `incrementalPredicates`). */
  readonly predicates: readonly string[]
}

const writable = (columns: readonly RelationColumn[]): readonly RelationColumn[] =>
  columns.filter((column) => !column.isGenerated)

// The images of the rows are compared, so every type can be, and values that are equal but not the same
// (1.0 and 1.00) count as changed, as they would in a rebuild.
function differs(columns: readonly RelationColumn[]): string {
  const before = columns.map((column) => `${DEST}.${quoteIdent(column.name)}`)
  const after = columns.map((column) => `${SOURCE}.${quoteIdent(column.name)}::${column.type}`)
  return `row(${before.join(', ')})::record *<> row(${after.join(', ')})::record`
}

/**
 * `MERGE` by the unique key. A row that is equal to the one in the table is left alone: no new version
 * of it is written, so nothing bloats and a second run changes nothing.
 */
export function mergeDelta(options: MergeOptions): string {
  const columns = writable(options.columns)
  const keys = new Set(options.uniqueKey)
  const values = columns.filter((column) => !keys.has(column.name))
  const names = columns.map((column) => quoteIdent(column.name))
  const on = [
    ...options.uniqueKey.map((key) => `${DEST}.${quoteIdent(key)} = ${SOURCE}.${quoteIdent(key)}`),
    // Outside the key a row's partition may have changed, and it has to be found where it was.
    ...(options.partitionColumn === null || !keys.has(options.partitionColumn)
      ? []
      : [partitionRange(options.partitionColumn)]),
    ...options.predicates.map((predicate) => `(\n${predicate}\n)`),
  ]
  const update =
    values.length === 0
      ? 'when matched then do nothing'
      : `when matched and ${differs(values)} then update set
  ${values.map((column) => `${quoteIdent(column.name)} = ${SOURCE}.${quoteIdent(column.name)}`).join(',\n  ')}`
  return `merge into ${quoteQualified(options.target)} as ${DEST}
using ${DELTA} as ${SOURCE}
on ${on.join('\n  and ')}
${update}
when not matched then insert (${names.join(', ')})
  values (${names.map((name) => `${SOURCE}.${name}`).join(', ')})`
}

// The bounds are known when the statement starts, so partitions outside them are never opened.
function partitionRange(column: string): string {
  const name = quoteIdent(column)
  return `${DEST}.${name} between (select min(${name}) from ${DELTA}) and (select max(${name}) from ${DELTA})`
}

/** `INSERT ... SELECT` by column name. */
export function appendDelta(target: Target, columns: readonly RelationColumn[]): string {
  const names = writable(columns)
    .map((column) => quoteIdent(column.name))
    .join(', ')
  return `insert into ${quoteQualified(target)} (${names})
select ${names} from ${DELTA}`
}

/** Rows of the delta with a NULL in the key, which would be inserted again at every run; no row if all is well. */
export function rowsWithoutKey(uniqueKey: readonly string[]): string {
  const missing = uniqueKey.map((key) => `${quoteIdent(key)} is null`).join(' or ')
  return `select count(*) as rows from ${DELTA} where ${missing} having count(*) > 0`
}

/** Keys that stand more than once in the delta, with how often; no row if all is well. */
export function duplicateKeys(uniqueKey: readonly string[]): string {
  const keys = uniqueKey.map(quoteIdent).join(', ')
  return `select ${keys}, count(*) as rows from ${DELTA} group by ${keys} having count(*) > 1 limit 5`
}
