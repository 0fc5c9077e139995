/** Small actions for tests of pure code; every field that a test does not name has a plain default. */
import type {
  AssertionAction,
  IncrementalAction,
  LoadAction,
  OperationAction,
  StorageOptions,
  TableAction,
  Target,
  ViewAction,
} from '../../src/graph/types.js'

const [SCHEMA, NAME] = [0, 1]

/** `schema.name` as a target. */
export function target(key: string): Target {
  const parts = key.split('.')
  return { schema: parts[SCHEMA] ?? '', name: parts[NAME] ?? '' }
}

const PLAIN_STORAGE: StorageOptions = {
  partitionBy: null,
  clusterBy: [],
  partitionExpirationDays: null,
  requirePartitionFilter: false,
}

const base = (key: string) => ({
  target: target(key),
  dependencies: [],
  tags: [],
  fileName: `definitions/${target(key).name}.sqlx`,
  disabled: false,
  description: '',
  columns: [],
  extraProperties: {},
})

export function table(key: string, rest: Partial<TableAction> = {}): TableAction {
  return {
    ...base(key),
    type: 'table',
    query: 'select 1 as id',
    preOps: [],
    postOps: [],
    storage: PLAIN_STORAGE,
    ...rest,
  }
}

export function view(key: string, rest: Partial<ViewAction> = {}): ViewAction {
  return {
    ...base(key),
    type: 'view',
    materialized: false,
    query: 'select 1 as id',
    preOps: [],
    postOps: [],
    ...rest,
  }
}

export function incremental(key: string, rest: Partial<IncrementalAction> = {}): IncrementalAction {
  return {
    ...base(key),
    type: 'incremental',
    query: 'select 1 as id',
    preOps: [],
    postOps: [],
    incrementalQuery: 'select 2 as id',
    incrementalPreOps: [],
    incrementalPostOps: [],
    uniqueKey: [],
    isProtected: false,
    strategy: 'append',
    onSchemaChange: 'ignore',
    updatePartitionFilter: null,
    incrementalPredicates: [],
    storage: PLAIN_STORAGE,
    ...rest,
  }
}

export function operations(key: string, rest: Partial<OperationAction> = {}): OperationAction {
  return { ...base(key), type: 'operations', statements: ['select 1'], hasOutput: false, ...rest }
}

export function assertion(key: string, rest: Partial<AssertionAction> = {}): AssertionAction {
  return {
    ...base(key),
    type: 'assertion',
    query: 'select 1 where false',
    parent: null,
    keyList: null,
    ...rest,
  }
}

export function load(key: string, rest: Partial<LoadAction> = {}): LoadAction {
  return { ...base(key), type: 'load', source: target(key).name, ...rest }
}

/** Partitioned or clustered storage. */
export function storage(rest: Partial<StorageOptions>): StorageOptions {
  return { ...PLAIN_STORAGE, ...rest }
}
