/**
 * Core's compiled graph as JSON: the parts that are narrowed or printed. The names are those of
 * `core.proto`; whatever core left at its default is missing.
 */

/** A name in core's graph. */
export interface CoreTarget {
  readonly database?: string
  readonly schema?: string
  readonly name?: string
}

/** A value of protobuf's `Struct`. */
export interface CoreValue {
  readonly nullValue?: unknown
  readonly numberValue?: number
  readonly stringValue?: string
  readonly boolValue?: boolean
  readonly structValue?: CoreStruct
  readonly listValue?: { readonly values?: readonly CoreValue[] }
}

/** Protobuf's `Struct`. */
export interface CoreStruct {
  readonly fields?: Readonly<Record<string, CoreValue>>
}

/** Descriptions and such. */
export interface CoreActionDescriptor {
  readonly description?: string
  readonly columns?: readonly {
    readonly description?: string
    readonly path?: readonly string[]
    readonly bigqueryPolicyTags?: readonly string[]
  }[]
  readonly bigqueryLabels?: Readonly<Record<string, string>>
  readonly metadata?: { readonly overview?: string; readonly extraProperties?: CoreStruct }
  readonly reservation?: string
}

/** What most actions have. */
export interface CoreActionBase {
  readonly target?: CoreTarget
  readonly canonicalTarget?: CoreTarget
  readonly dependencyTargets?: readonly CoreTarget[]
  readonly disabled?: boolean
  readonly tags?: readonly string[]
  readonly actionDescriptor?: CoreActionDescriptor
  readonly fileName?: string
  readonly jitCode?: string
}

/** The options that core keeps under BigQuery's name; several of them mean something on PostgreSQL too. */
export interface CoreBigQueryOptions {
  readonly partitionBy?: string
  readonly clusterBy?: readonly string[]
  readonly updatePartitionFilter?: string
  readonly partitionExpirationDays?: number
  readonly requirePartitionFilter?: boolean
  readonly additionalOptions?: Readonly<Record<string, string>>
  readonly incrementalPredicates?: readonly string[]
  readonly storageUri?: string
  readonly connection?: string
}

/** A table, view or incremental table. */
export interface CoreTable extends CoreActionBase {
  readonly enumType?: 'TABLE' | 'VIEW' | 'INCREMENTAL' | 'UNKNOWN_TYPE'
  readonly query?: string
  readonly where?: string
  readonly protected?: boolean
  readonly materialized?: boolean
  readonly incrementalQuery?: string
  readonly uniqueKey?: readonly string[]
  readonly onSchemaChange?: 'IGNORE' | 'FAIL' | 'EXTEND' | 'SYNCHRONIZE'
  readonly incrementalStrategy?: 'INCREMENTAL_STRATEGY_UNSPECIFIED' | 'MERGE' | 'INSERT_OVERWRITE'
  readonly preOps?: readonly string[]
  readonly postOps?: readonly string[]
  readonly incrementalPreOps?: readonly string[]
  readonly incrementalPostOps?: readonly string[]
  readonly bigquery?: CoreBigQueryOptions
}

/** SQL statements. */
export interface CoreOperation extends CoreActionBase {
  readonly queries?: readonly string[]
  readonly hasOutput?: boolean
}

/** A query that must give no row. */
export interface CoreAssertion extends CoreActionBase {
  readonly query?: string
  readonly parentAction?: CoreTarget
}

/** A unit test. */
export interface CoreTest {
  readonly name?: string
  readonly testQuery?: string
  readonly expectedOutputQuery?: string
  readonly fileName?: string
  readonly disabled?: boolean
  readonly tags?: readonly string[]
  readonly target?: CoreTarget
}

/** The whole graph. */
export interface CoreGraph {
  readonly projectConfig?: {
    readonly warehouse?: string
    readonly defaultSchema?: string
    readonly defaultDatabase?: string
    readonly assertionSchema?: string
    readonly defaultReservation?: string
    readonly vars?: Readonly<Record<string, string>>
  }
  readonly tables?: readonly CoreTable[]
  readonly operations?: readonly CoreOperation[]
  readonly assertions?: readonly CoreAssertion[]
  readonly declarations?: readonly CoreActionBase[]
  readonly tests?: readonly CoreTest[]
  readonly notebooks?: readonly CoreActionBase[]
  readonly dataPreparations?: readonly CoreActionBase[]
  readonly propertyGraphs?: readonly CoreActionBase[]
  readonly targets?: readonly CoreTarget[]
  readonly dataformCoreVersion?: string
}
