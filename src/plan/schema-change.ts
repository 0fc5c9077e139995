/**
 * `onSchemaChange`: what becomes of columns that only the query or only the table has. The rules are those of the stock
 * command (`@dataform/cli` 3, its execution SQL for incremental tables): columns match by name, and a column that both
 * have keeps the table's type. Pure.
 */
import type { IncrementalAction, OnSchemaChange } from '../graph/types.js'
import { quoteIdent, quoteQualified } from '../sql/identifiers.js'
import type { DeltaColumn, DeltaFacts } from './delta.js'

/** A column with its type. */
interface TypedColumn {
  readonly name: string
  /** As `format_type` writes it. */
  readonly type: string
}

/** What the policy is applied to. */
export interface ColumnSets<C extends TypedColumn> {
  readonly policy: OnSchemaChange
  /** The columns of the table; those that the server fills need not be given. */
  readonly table: readonly (C & { readonly isWritable: boolean })[]
  /** The columns that the query gives. */
  readonly query: readonly C[]
  readonly uniqueKey: readonly string[]
}

/** What the policy says. */
export interface ColumnChanges<C extends TypedColumn> {
  /** Why the rows can't be written; null if they can. */
  readonly refusal: { readonly message: string; readonly hint: string } | null
  /** Columns that the table gains. */
  readonly adds: readonly C[]
  /** Columns that the table loses. */
  readonly drops: readonly C[]
  /** What is left out of the table, in words; empty if nothing is. */
  readonly ignored: readonly string[]
  /** Columns of both that have another type in the query. */
  readonly retyped: readonly { readonly table: C; readonly query: C }[]
}

/** What to do about the columns, or why nothing can be done. */
export type SchemaChange =
  | {
      /** `ALTER TABLE` before the rows are written; empty if there is nothing to add. */
      readonly before: readonly string[]
      /** `ALTER TABLE` after the rows are written; empty if there is nothing to drop. */
      readonly after: readonly string[]
      /** The columns that `after` drops. */
      readonly drops: readonly string[]
      /** The columns that the rows have in the table, in the table's order. */
      readonly written: readonly DeltaColumn[]
      readonly warnings: readonly string[]
      /** Clauses of `ALTER TABLE` that give the delta the table's types; empty if it has them. */
      readonly casts: readonly string[]
      readonly castWarnings: readonly string[]
    }
  | { readonly refusal: { readonly message: string; readonly hint: string } }

const list = (columns: readonly TypedColumn[]): string =>
  `the column${columns.length === 1 ? '' : 's'} ${columns.map((column) => column.name).join(', ')}`

/** Applies a policy to the columns. */
export function columnChanges<C extends TypedColumn>({
  policy,
  table,
  query,
  uniqueKey,
}: ColumnSets<C>): ColumnChanges<C> {
  const inTable = new Set(table.map((column) => column.name))
  const inQuery = new Map(query.map((column) => [column.name, column]))
  const added = query.filter((column) => !inTable.has(column.name))
  const removed = table.filter((column) => column.isWritable && !inQuery.has(column.name))
  const adds = policy === 'extend' || policy === 'synchronize' ? added : []
  const left = policy === 'ignore' ? added : []
  return {
    refusal: refusal(policy, added, removed, uniqueKey),
    adds,
    drops: removed,
    ignored:
      left.length === 0
        ? []
        : [
            `${list(left)} of the query ${left.length === 1 ? 'is' : 'are'} ignored (onSchemaChange is IGNORE); --full-refresh or EXTEND takes ${left.length === 1 ? 'it' : 'them'} in`,
          ],
    retyped: table.flatMap((column) => {
      const other = inQuery.get(column.name)
      return other === undefined || other.type === column.type
        ? []
        : [{ table: column, query: other }]
    }),
  }
}

function refusal(
  policy: OnSchemaChange,
  added: readonly TypedColumn[],
  removed: readonly TypedColumn[],
  uniqueKey: readonly string[],
): ColumnChanges<TypedColumn>['refusal'] {
  const refuse = (what: string, hint: string): ColumnChanges<TypedColumn>['refusal'] => ({
    message: `${what} (onSchemaChange is ${policy.toUpperCase()})`,
    hint,
  })
  const lacks = `the query does not give ${list(removed)} of the table`
  if (policy === 'fail' && added.length > 0)
    return refuse(
      `the query gives ${list(added)}, which the table does not have${removed.length === 0 ? '' : `; ${lacks}`}`,
      'Run it once with --full-refresh, or set onSchemaChange to EXTEND or SYNCHRONIZE.',
    )
  if (removed.length > 0 && policy !== 'synchronize')
    return refuse(
      lacks,
      'Give them again (NULL will do), set onSchemaChange to SYNCHRONIZE to drop them, or run it once with --full-refresh.',
    )
  const keys = removed.filter((column) => uniqueKey.includes(column.name))
  return keys.length === 0
    ? null
    : refuse(
        `${list(keys)} can't be dropped: the uniqueKey has ${keys.length === 1 ? 'it' : 'them'}`,
        'Change uniqueKey, or run it once with --full-refresh.',
      )
}

/** The statements that the policy of the config needs. */
export function schemaChange(
  action: Pick<IncrementalAction, 'target' | 'onSchemaChange' | 'uniqueKey'>,
  facts: Pick<DeltaFacts, 'delta' | 'table'>,
): SchemaChange {
  const { refusal, adds, drops, ignored, retyped } = columnChanges({
    policy: action.onSchemaChange,
    table: facts.table,
    query: facts.delta,
    uniqueKey: action.uniqueKey,
  })
  if (refusal !== null) return { refusal }
  const inDelta = new Set(facts.delta.map((column) => column.name))
  const cast = retyped.filter(({ table }) => table.isWritable)
  return {
    before: alter(
      action,
      adds.map((column) => `add column ${quoteIdent(column.name)} ${column.type}`),
    ),
    after: alter(
      action,
      drops.map((column) => `drop column ${quoteIdent(column.name)}`),
    ),
    drops: drops.map((column) => column.name),
    written: [
      ...facts.table.filter((column) => column.isWritable && inDelta.has(column.name)),
      ...adds.map((column) => ({ ...column, isWritable: true })),
    ],
    warnings: [
      ...ignored,
      ...(adds.length === 0 ? [] : [`added ${list(adds)}`]),
      ...(drops.length === 0 ? [] : [`dropped ${list(drops)}`]),
    ],
    casts: cast.map(({ table }) => `alter column ${quoteIdent(table.name)} type ${table.type}`),
    castWarnings: cast.map(
      ({ table, query }) =>
        `the query gives ${table.name} as ${query.type}, the table has ${table.type}: values are cast; --full-refresh changes the type`,
    ),
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
