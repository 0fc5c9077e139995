/**
 * Core's graph into our own types, once. Everything after this file trusts what it gets.
 */
import { keyListOf } from './dialect.js'
import { targetKey } from '../graph/target.js'
import type {
  Action,
  ActionBase,
  ActionType,
  Graph,
  IncrementalAction,
  IncrementalStrategy,
  Json,
  JsonObject,
  OnSchemaChange,
  StorageOptions,
  Target,
  UnitTest,
} from '../graph/types.js'
import type {
  CoreActionBase,
  CoreAssertion,
  CoreBigQueryOptions,
  CoreGraph,
  CoreOperation,
  CoreStruct,
  CoreTable,
  CoreTarget,
  CoreTest,
  CoreValue,
} from './core-graph.js'

/** Our form of a target: without the database, which PostgreSQL has no use for. */
export function narrowTarget(target: CoreTarget | undefined): Target {
  return { schema: target?.schema ?? '', name: target?.name ?? '' }
}

function narrowValue(value: CoreValue): Json {
  if (value.structValue !== undefined) return narrowStruct(value.structValue)
  if (value.listValue !== undefined) return (value.listValue.values ?? []).map(narrowValue)
  return value.stringValue ?? value.numberValue ?? value.boolValue ?? null
}

/** A protobuf `Struct` as plain JSON. */
export function narrowStruct(struct: CoreStruct | undefined): JsonObject {
  return Object.fromEntries(
    Object.entries(struct?.fields ?? {}).map(([key, value]) => [key, narrowValue(value)]),
  )
}

function base<Type extends ActionType>(
  type: Type,
  action: CoreActionBase,
  known: ReadonlySet<string>,
): ActionBase & { readonly type: Type } {
  return {
    type,
    target: narrowTarget(action.target),
    dependencies: (action.dependencyTargets ?? [])
      .map(narrowTarget)
      .filter((dependency) => known.has(targetKey(dependency))),
    tags: action.tags ?? [],
    fileName: action.fileName ?? '',
    disabled: action.disabled ?? false,
    description: action.actionDescriptor?.description ?? '',
    columns: (action.actionDescriptor?.columns ?? []).map((column) => ({
      path: column.path ?? [],
      description: column.description ?? '',
    })),
    extraProperties: narrowStruct(action.actionDescriptor?.metadata?.extraProperties),
  }
}

function storage(options: CoreBigQueryOptions | undefined): StorageOptions {
  return {
    partitionBy: options?.partitionBy ?? null,
    clusterBy: options?.clusterBy ?? [],
    partitionExpirationDays: options?.partitionExpirationDays ?? null,
    requirePartitionFilter: options?.requirePartitionFilter ?? false,
  }
}

const ON_SCHEMA_CHANGE: Readonly<Record<NonNullable<CoreTable['onSchemaChange']>, OnSchemaChange>> =
  { IGNORE: 'ignore', FAIL: 'fail', EXTEND: 'extend', SYNCHRONIZE: 'synchronize' }

function strategyOf(table: CoreTable): IncrementalStrategy {
  if (table.incrementalStrategy === 'INSERT_OVERWRITE') return 'insert_overwrite'
  if (table.incrementalStrategy === 'MERGE') return 'merge'
  return (table.uniqueKey ?? []).length > 0 ? 'merge' : 'append'
}

/** Stock Dataform filters the delta by the deprecated `incremental_where` block when it executes. */
function incrementalQuery(table: CoreTable): string {
  const query = table.incrementalQuery ?? table.query ?? ''
  const where = table.where ?? ''
  return where === '' ? query : `select * from (\n${query}\n) as subquery\nwhere ${where}`
}

function incremental(table: CoreTable, known: ReadonlySet<string>): IncrementalAction {
  return {
    ...base('incremental', table, known),
    query: table.query ?? '',
    preOps: table.preOps ?? [],
    postOps: table.postOps ?? [],
    incrementalQuery: incrementalQuery(table),
    incrementalPreOps: table.incrementalPreOps ?? [],
    incrementalPostOps: table.incrementalPostOps ?? [],
    uniqueKey: table.uniqueKey ?? [],
    isProtected: table.protected ?? false,
    strategy: strategyOf(table),
    onSchemaChange: ON_SCHEMA_CHANGE[table.onSchemaChange ?? 'IGNORE'],
    updatePartitionFilter: table.bigquery?.updatePartitionFilter ?? null,
    incrementalPredicates: table.bigquery?.incrementalPredicates ?? [],
    storage: storage(table.bigquery),
  }
}

function fromTable(table: CoreTable, known: ReadonlySet<string>): Action {
  if (table.enumType === 'INCREMENTAL') return incremental(table, known)
  const parts = {
    query: table.query ?? '',
    preOps: table.preOps ?? [],
    postOps: table.postOps ?? [],
  }
  return table.enumType === 'VIEW'
    ? { ...base('view', table, known), ...parts, materialized: table.materialized ?? false }
    : { ...base('table', table, known), ...parts, storage: storage(table.bigquery) }
}

function fromOperation(operation: CoreOperation, known: ReadonlySet<string>): Action {
  return {
    ...base('operations', operation, known),
    statements: operation.queries ?? [],
    hasOutput: operation.hasOutput ?? false,
  }
}

function fromAssertion(assertion: CoreAssertion, known: ReadonlySet<string>): Action {
  const parent = assertion.parentAction
  const query = assertion.query ?? ''
  return {
    ...base('assertion', assertion, known),
    query,
    parent: parent === undefined ? null : narrowTarget(parent),
    keyList: parent === undefined ? null : keyListOf(query),
  }
}

function fromTest(test: CoreTest): UnitTest {
  return {
    name: test.name ?? '',
    testQuery: test.testQuery ?? '',
    expectedOutputQuery: test.expectedOutputQuery ?? '',
    tags: test.tags ?? [],
    fileName: test.fileName ?? '',
    disabled: test.disabled ?? false,
  }
}

/** Every action of core's graph that can be narrowed, in core's order. */
export function coreActions(graph: CoreGraph): readonly CoreActionBase[] {
  return [
    ...(graph.declarations ?? []),
    ...(graph.tables ?? []),
    ...(graph.operations ?? []),
    ...(graph.assertions ?? []),
  ]
}

/**
 * Narrows a graph in which no problem was found.
 * @param graph core's graph as JSON
 */
export function narrowGraph(graph: CoreGraph): Graph {
  const known = new Set(coreActions(graph).map((action) => targetKey(narrowTarget(action.target))))
  return {
    actions: [
      ...(graph.declarations ?? []).map((each) => base('declaration', each, known)),
      ...(graph.tables ?? []).map((each) => fromTable(each, known)),
      ...(graph.operations ?? []).map((each) => fromOperation(each, known)),
      ...(graph.assertions ?? []).map((each) => fromAssertion(each, known)),
    ],
    tests: (graph.tests ?? []).map(fromTest),
    vars: graph.projectConfig?.vars ?? {},
  }
}
