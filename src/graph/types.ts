/**
 * Our own types for a compiled project. `compile/narrow.ts` makes them, once, from core's graph;
 * everything after that trusts them. Nothing here knows SQL or PostgreSQL's driver.
 */

/** A relation in the warehouse, or the name of an action that makes none (an assertion, a test). */
export interface Target {
  readonly schema: string
  readonly name: string
}

/** A value of `metadata.extraProperties`, already out of protobuf's `Struct` form. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** A JSON object. */
export type JsonObject = Readonly<Record<string, Json>>

/** A column's description, for comments. `path` has one element, or more for a nested field. */
export interface ColumnDescription {
  readonly path: readonly string[]
  readonly description: string
}

/** What every action has. */
export interface ActionBase {
  readonly target: Target
  /** Targets that have to be done first. Always names of the same graph (narrow reports the others). */
  readonly dependencies: readonly Target[]
  readonly tags: readonly string[]
  /** Path of the defining file, from the project's root; for a load, `seeds/seeds.yaml`. */
  readonly fileName: string
  /** A disabled action is not executed; its dependents run as if it were done. */
  readonly disabled: boolean
  readonly description: string
  readonly columns: readonly ColumnDescription[]
  /** `metadata.extraProperties` of the config. */
  readonly extraProperties: JsonObject
}

/** Partitioning, clustering and expiry as the config gives them; `plan/` reads the expression. */
export interface StorageOptions {
  /** `partitionBy` as written: a column, or `date_trunc('month', column)`; null if not partitioned. */
  readonly partitionBy: string | null
  /** `clusterBy`: columns of a b-tree index. */
  readonly clusterBy: readonly string[]
  readonly partitionExpirationDays: number | null
  readonly requirePartitionFilter: boolean
}

/** A table that is built anew at every run. */
export interface TableAction extends ActionBase {
  readonly type: 'table'
  readonly query: string
  readonly preOps: readonly string[]
  readonly postOps: readonly string[]
  readonly storage: StorageOptions
}

/** A view, or with `materialized` a materialized view. */
export interface ViewAction extends ActionBase {
  readonly type: 'view'
  readonly materialized: boolean
  readonly query: string
  readonly preOps: readonly string[]
  readonly postOps: readonly string[]
}

/** What happens to rows of the delta: MERGE by key, plain insertion, or replacing whole partitions. */
export type IncrementalStrategy = 'merge' | 'append' | 'insert_overwrite'

/** `onSchemaChange`, as Dataform documents it. */
export type OnSchemaChange = 'ignore' | 'fail' | 'extend' | 'synchronize'

/** A table that grows: `query` builds it whole, `incrementalQuery` gives the delta of a later run. */
export interface IncrementalAction extends ActionBase {
  readonly type: 'incremental'
  readonly query: string
  readonly preOps: readonly string[]
  readonly postOps: readonly string[]
  readonly incrementalQuery: string
  readonly incrementalPreOps: readonly string[]
  readonly incrementalPostOps: readonly string[]
  readonly uniqueKey: readonly string[]
  /** `protected: true`: never rebuilt by `--full-refresh`. */
  readonly isProtected: boolean
  readonly strategy: IncrementalStrategy
  readonly onSchemaChange: OnSchemaChange
  readonly updatePartitionFilter: string | null
  readonly incrementalPredicates: readonly string[]
  readonly storage: StorageOptions
}

/** SQL statements that are run in order. */
export interface OperationAction extends ActionBase {
  readonly type: 'operations'
  readonly statements: readonly string[]
  readonly hasOutput: boolean
}

/** A query that must give no row. `parent` is set for the inline assertions of a table's config. */
export interface AssertionAction extends ActionBase {
  readonly type: 'assertion'
  readonly query: string
  readonly parent: Target | null
  /** Of the inline assertions for keys: the columns, separated by commas, as the config has them; else null. */
  readonly keyList: string | null
}

/** A relation that somebody else makes; nothing is executed. */
export interface DeclarationAction extends ActionBase {
  readonly type: 'declaration'
}

/** Loads a source's new files into its raw table; made from `seeds/seeds.yaml`, in place of a declaration. */
export interface LoadAction extends ActionBase {
  readonly type: 'load'
  /** The source's name in `seeds/seeds.yaml`. */
  readonly source: string
}

/** Any action of the graph. */
export type Action =
  | TableAction
  | ViewAction
  | IncrementalAction
  | OperationAction
  | AssertionAction
  | DeclarationAction
  | LoadAction

/** The kinds of action. */
export type ActionType = Action['type']

/** A unit test (`type: "test"`): the tested query with its inputs replaced, and the rows it must give. */
export interface UnitTest {
  readonly name: string
  readonly testQuery: string
  readonly expectedOutputQuery: string
  readonly tags: readonly string[]
  readonly fileName: string
  readonly disabled: boolean
}

/** A compiled project. Actions are in the order in which core gives them; keys are unique. */
export interface Graph {
  readonly actions: readonly Action[]
  readonly tests: readonly UnitTest[]
  /** `dataform.json`'s `vars`, with overrides. */
  readonly vars: Readonly<Record<string, string>>
}
