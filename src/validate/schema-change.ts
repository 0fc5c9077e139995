/**
 * `onSchemaChange`: what becomes of an incremental table's columns when its query gives others. Pure.
 */
import type { OnSchemaChange } from '../graph/types.js'
import type { Column } from './existing.js'

/** What a later run finds. */
export interface SchemaChangeInput {
  readonly policy: OnSchemaChange
  /** The columns of the table. */
  readonly table: readonly Column[]
  /** The columns that the incremental query gives. */
  readonly query: readonly Column[]
  readonly uniqueKey: readonly string[]
}

/** What comes of it. */
export interface SchemaChange {
  /** Why the run fails, in words; none if it does not. */
  readonly problems: readonly string[]
  /** What one may not expect, in words. */
  readonly remarks: readonly string[]
  /** The columns of the table after the run; those from before if it fails. */
  readonly after: readonly Column[]
  /** Columns of both that have another type in the query. */
  readonly retyped: readonly { readonly table: Column; readonly query: Column }[]
}

/** Follows the stock command: columns match by name, types stay those of the table. */
export function schemaChange({ policy, table, query, uniqueKey }: SchemaChangeInput): SchemaChange {
  const inQuery = new Map(query.map((column) => [column.name, column]))
  const inTable = new Set(table.map((column) => column.name))
  const added = query.filter((column) => !inTable.has(column.name))
  const removed = table.filter((column) => !inQuery.has(column.name) && !column.isGenerated)
  const retyped = table.flatMap((column) => {
    const other = inQuery.get(column.name)
    return other === undefined || other.type === column.type
      ? []
      : [{ table: column, query: other }]
  })
  const name = policy.toUpperCase()
  const problems: string[] = []
  const remarks: string[] = []
  if (removed.length > 0 && policy !== 'synchronize')
    problems.push(
      `the incremental query does not give ${columnList(removed)} of the table, and onSchemaChange is ${name}`,
    )
  if (added.length > 0 && policy === 'fail')
    problems.push(
      `the incremental query gives ${columnList(added)}, which the table does not have, and onSchemaChange is FAIL`,
    )
  if (added.length > 0 && policy === 'ignore')
    remarks.push(
      `the table does not have ${columnList(added)} of the incremental query, and onSchemaChange is IGNORE: it is left out`,
    )
  const keys = removed.filter((column) => uniqueKey.includes(column.name))
  if (keys.length > 0 && policy === 'synchronize')
    problems.push(
      `the incremental query does not give ${columnList(keys)} of the uniqueKey, which can't be dropped`,
    )
  const gains = policy === 'extend' || policy === 'synchronize' ? added : []
  const loses = policy === 'synchronize' ? removed : []
  const after =
    problems.length > 0 ? table : [...table.filter((column) => !loses.includes(column)), ...gains]
  return { problems, remarks, after, retyped }
}

/** `the column "a"`, `the columns "a" and "b"`. */
export function columnList(columns: readonly { readonly name: string }[]): string {
  const names = columns.map(({ name }) => `"${name}"`)
  const last = names.pop() ?? ''
  return names.length === 0 ? `the column ${last}` : `the columns ${names.join(', ')} and ${last}`
}
