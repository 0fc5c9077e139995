/**
 * `onSchemaChange` as it is seen before a run: why the next run would fail, and the columns that it would leave. Pure.
 */
import type { OnSchemaChange } from '../graph/types.js'
import { columnChanges } from '../plan/schema-change.js'
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
  /** Why the run fails, in words; null if it does not. */
  readonly problem: string | null
  /** What one may not expect, in words. */
  readonly remarks: readonly string[]
  /** The columns of the table after the run; those from before if it fails. */
  readonly after: readonly Column[]
  /** Columns of both that have another type in the query. */
  readonly retyped: readonly { readonly table: Column; readonly query: Column }[]
}

/** Applies the policy as the run would. */
export function foreseeChange(input: SchemaChangeInput): SchemaChange {
  const table = input.table.map((column) => ({ ...column, isWritable: !column.isGenerated }))
  const { refusal, adds, drops, ignored, retyped } = columnChanges<Column>({ ...input, table })
  const dropped = new Set(drops.map((column) => column.name))
  return {
    problem: refusal?.message ?? null,
    remarks: ignored,
    after:
      refusal === null
        ? [...input.table.filter((column) => !dropped.has(column.name)), ...adds]
        : input.table,
    retyped,
  }
}
