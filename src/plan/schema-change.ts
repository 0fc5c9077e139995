/**
 * `onSchemaChange`: what becomes of columns that only the query or only the table has. The rules are those of the stock
 * command (`@dataform/cli` 3, its execution SQL for incremental tables).
 */
import type { IncrementalAction } from '../graph/types.js'
import { quoteIdent, quoteQualified } from '../sql/identifiers.js'
import type { DeltaColumn, DeltaFacts } from './delta.js'

/** What to do about the columns, or why nothing can be done. */
export type SchemaChange =
  | {
      /** `ALTER TABLE` before the rows are written; empty if there is nothing to add. */
      readonly before: readonly string[]
      /** `ALTER TABLE` after the rows are written; empty if there is nothing to drop. */
      readonly after: readonly string[]
      /** The columns that the rows have in the table, in the table's order. */
      readonly written: readonly DeltaColumn[]
      readonly warnings: readonly string[]
    }
  | { readonly refusal: { readonly message: string; readonly hint: string } }

const list = (columns: readonly DeltaColumn[]): string =>
  columns.map((column) => column.name).join(', ')
const plural = (columns: readonly DeltaColumn[]): string => (columns.length === 1 ? '' : 's')

/** Applies the policy of the config. */
export function schemaChange(
  action: Pick<IncrementalAction, 'target' | 'onSchemaChange' | 'uniqueKey'>,
  facts: Pick<DeltaFacts, 'delta' | 'table'>,
): SchemaChange {
  const inTable = new Map(facts.table.map((column) => [column.name, column]))
  const inDelta = new Map(facts.delta.map((column) => [column.name, column]))
  const added = facts.delta.filter((column) => !inTable.has(column.name))
  const removed = facts.table.filter((column) => column.isWritable && !inDelta.has(column.name))
  const policy = action.onSchemaChange
  const refuse = (what: string, hint: string): SchemaChange => ({
    refusal: { message: `${what} (onSchemaChange is ${policy.toUpperCase()})`, hint },
  })

  if (policy === 'fail' && added.length + removed.length > 0)
    return refuse(
      [
        ...(added.length === 0
          ? []
          : [`the query gives the column${plural(added)} ${list(added)}, which the table lacks`]),
        ...(removed.length === 0
          ? []
          : [
              `the query no longer gives the column${plural(removed)} ${list(removed)} of the table`,
            ]),
      ].join('; '),
      'Run it once with --full-refresh, or set onSchemaChange to EXTEND or SYNCHRONIZE.',
    )
  if (removed.length > 0 && policy !== 'synchronize')
    return refuse(
      `the query no longer gives the column${plural(removed)} ${list(removed)} of the table`,
      'Give them again (NULL will do), set onSchemaChange to SYNCHRONIZE to drop them, or run it once with --full-refresh.',
    )
  const keys = removed.filter((column) => action.uniqueKey.includes(column.name))
  if (keys.length > 0)
    return refuse(
      `the column${plural(keys)} ${list(keys)} can't be dropped: the uniqueKey has them`,
      'Change uniqueKey, or run it once with --full-refresh.',
    )
  const adds = policy === 'extend' || policy === 'synchronize' ? added : []
  const ignored = policy === 'ignore' ? added : []
  return {
    before: alter(
      action,
      adds.map((column) => `add column ${quoteIdent(column.name)} ${column.type}`),
    ),
    after: alter(
      action,
      removed.map((column) => `drop column ${quoteIdent(column.name)}`),
    ),
    written: [
      ...facts.table.filter((column) => column.isWritable && inDelta.has(column.name)),
      ...adds.map((column) => ({ ...column, isWritable: true })),
    ],
    warnings: [
      ...(ignored.length === 0
        ? []
        : [
            `the column${plural(ignored)} ${list(ignored)} of the query ${ignored.length === 1 ? 'is' : 'are'} ignored (onSchemaChange is IGNORE); --full-refresh or EXTEND takes ${ignored.length === 1 ? 'it' : 'them'} in`,
          ]),
      ...(adds.length === 0 ? [] : [`added the column${plural(adds)} ${list(adds)}`]),
      ...(removed.length === 0 ? [] : [`dropped the column${plural(removed)} ${list(removed)}`]),
      ...facts.table.flatMap((column) => {
        const type = inDelta.get(column.name)?.type
        return type === undefined || type === column.type
          ? []
          : [
              `the query gives ${column.name} as ${type}, the table has ${column.type}: values are cast; --full-refresh changes the type`,
            ]
      }),
    ],
  }
}

function alter(
  action: Pick<IncrementalAction, 'target'>,
  what: readonly string[],
): readonly string[] {
  return what.length === 0
    ? []
    : [`alter table ${quoteQualified(action.target)} ${what.join(', ')};`]
}
