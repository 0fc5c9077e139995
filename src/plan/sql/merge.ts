/**
 * Writing a delta into a table that exists: by key, or by appending. Columns match by name.
 */
import type { IncrementalAction, Target } from '../../graph/types.js'
import { quoteIdent, quoteQualified } from '../../sql/identifiers.js'
import { DELTA } from '../names.js'

// The stock command's aliases: incrementalPredicates may name them.
const DEST = 'dataform_dest'
const SOURCE = 'dataform_source'

/** A column that is written to. */
export interface WrittenColumn {
  readonly name: string
  /** As `format_type` writes it, usable in a cast. */
  readonly type: string
}

/** True for an action that finds the rows of its table by a key, on which the table has an index then. */
export function mergesByKey({ strategy, uniqueKey }: IncrementalAction): boolean {
  return strategy === 'merge' && uniqueKey.length > 0
}

/** What a MERGE needs to know. */
export interface MergeOptions {
  readonly target: Target
  readonly columns: readonly WrittenColumn[]
  readonly uniqueKey: readonly string[]
  /** The column that the target is partitioned by, to read only the partitions that the delta touches. */
  readonly partitionColumn: string | null
  /** Further conditions on the target's side (`updatePartitionFilter`, `incrementalPredicates`). */
  readonly predicates: readonly string[]
}

// The images of the rows are compared, so every type can be, and values that are equal but not the same
// (1.0 and 1.00) count as changed, as they would in a rebuild.
function differs(columns: readonly WrittenColumn[]): string {
  const before = columns.map((column) => `${DEST}.${quoteIdent(column.name)}`)
  const after = columns.map((column) => `${SOURCE}.${quoteIdent(column.name)}::${column.type}`)
  return `row(${before.join(', ')})::record *<> row(${after.join(', ')})::record`
}

/**
 * `MERGE` by the unique key. A row that is equal to the one in the table is left alone: no new version
 * of it is written, so nothing bloats and a second run changes nothing.
 */
export function mergeDelta(options: MergeOptions): string {
  const { columns, partitionColumn } = options
  const keys = new Set(options.uniqueKey)
  const values = columns.filter((column) => !keys.has(column.name))
  const names = columns.map((column) => quoteIdent(column.name))
  const on = [
    ...options.uniqueKey.map((key) => `${DEST}.${quoteIdent(key)} = ${SOURCE}.${quoteIdent(key)}`),
    // Outside the key a row's partition may have changed, and it has to be found where it was.
    ...(partitionColumn === null || !keys.has(partitionColumn)
      ? []
      : datesOfDelta(partitionColumn, columns)),
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
  values (${names.map((name) => `${SOURCE}.${name}`).join(', ')});`
}

/**
 * Conditions that leave most of the target alone. The bounds are known when the statement starts, so partitions outside
 * them are never opened. One row of long ago would let everything since in: an index on the date finds its days alone.
 */
function datesOfDelta(name: string, columns: readonly WrittenColumn[]): readonly string[] {
  const column = quoteIdent(name)
  const range = `${DEST}.${column} between (select min(${column}) from ${DELTA}) and (select max(${column}) from ${DELTA})`
  return columns.find((each) => each.name === name)?.type === 'date'
    ? [range, `${DEST}.${column} = any (array(select distinct ${column} from ${DELTA}))`]
    : [range]
}

/** `INSERT ... SELECT` by column name. */
export function appendDelta(
  into: string,
  columns: readonly WrittenColumn[],
  where: string | null = null,
): string {
  const names = columns.map((column) => quoteIdent(column.name)).join(', ')
  const condition = where === null ? '' : `\nwhere ${where}`
  return `insert into ${into} (${names})\nselect ${names} from ${DELTA}${condition};`
}

/** `DELETE` of the target's rows that a condition names; the target has the stock command's alias. */
export function deleteFrom(target: Target, conditions: readonly string[]): string {
  return `delete from ${quoteQualified(target)} as ${DEST}\nwhere ${conditions.map((condition) => `(\n${condition}\n)`).join(' and ')};`
}

/**
 * The conditions of a config that narrow the target's side. The stock command writes the target's alias in front of
 * `updatePartitionFilter`: it begins with a column.
 */
export function targetPredicates(action: {
  readonly updatePartitionFilter: string | null
  readonly incrementalPredicates: readonly string[]
}): readonly string[] {
  const filter = action.updatePartitionFilter?.trim() ?? ''
  return [
    ...(filter === '' ? [] : [`${DEST}.${filter}`]),
    ...action.incrementalPredicates.filter((predicate) => predicate.trim() !== ''),
  ]
}

/**
 * An expression: up to five keys of the delta that more than one row has, or that have a NULL in them, each with `rows`,
 * as `json`.
 */
export function badKeys(uniqueKey: readonly string[]): string {
  const keys = uniqueKey.map(quoteIdent).join(', ')
  return `(
    select coalesce(json_agg(bad), '[]') from (
      select ${keys}, count(*) as rows from ${DELTA} group by ${keys}
      having count(*) > 1 or not (row(${keys}) is not null) limit 5
    ) bad
  )`
}
