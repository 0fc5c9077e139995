/**
 * Building a table beside its target and putting it in its place: what tables do at every run, and
 * incremental tables at their first.
 */
import type { IncrementalAction, TableAction, Target } from '../graph/types.js'
import { quoteIdent, quoteQualified } from '../sql/identifiers.js'
import type { Relation } from './catalog.js'
import { DELTA, shadowOf } from './names.js'
import type { PostgresOptions } from './options.js'
import type { PartitionSpec } from './partition.js'
import { kindWord, rememberAndDrop, restoreDependents } from './sql/dependents.js'
import type { RebuiltView, ReplaceableKind } from './sql/dependents.js'
import { createIndex, shadowIndexName, tableIndexes } from './sql/indexes.js'
import { columnComments, commentOn } from './sql/comments.js'
import { ensurePartitions, renamePartitions, rowsWithoutPartition } from './sql/partitions.js'
import type { SqlStep, Step } from './types.js'
import { around, asSubquery, userSteps } from './user-sql.js'

/** SQLSTATE of a `DROP` that something depends on. */
const DEPENDENT_OBJECTS_STILL_EXIST = '2BP01'

/** Everything that building a table depends on. */
export interface BuildInput {
  readonly action: TableAction | IncrementalAction
  readonly existing: Relation | undefined
  readonly options: PostgresOptions
  readonly partition: PartitionSpec | null
  /** The views that this run makes anew after this action. */
  readonly rebuiltLater: readonly RebuiltView[]
}

/**
 * The steps of a whole build: pre-operations; the shadow, loaded; indexes; statistics; comments; swap;
 * post-operations. A reader sees the old table until the transaction commits.
 */
export function buildSteps(input: BuildInput): readonly Step[] {
  const { action } = input
  const shadow = shadowOf(action.target)
  return [
    ...userSteps('pre-operations', action.preOps),
    ...(input.partition === null
      ? loadPlain(input, shadow)
      : loadPartitioned(input, shadow, input.partition)),
    finish(input, shadow),
    swap(input, shadow),
    ...userSteps('post-operations', action.postOps),
  ]
}

function storageClause(options: PostgresOptions): string {
  return options.fillfactor === null ? '' : ` with (fillfactor = ${options.fillfactor})`
}

function loadPlain(input: BuildInput, shadow: Target): readonly Step[] {
  const unlogged = input.options.unlogged ? 'unlogged ' : ''
  // A shadow can be left by a statement of the user's that ended the transaction.
  const head = `drop table if exists ${quoteQualified(shadow)};
create ${unlogged}table ${quoteQualified(shadow)}${storageClause(input.options)} as (`
  return [
    {
      kind: 'sql',
      label: 'create table',
      ...around(head, asSubquery(input.action.query), ')'),
      countsRows: true,
    },
  ]
}

// The partitions that the rows need are known only when the rows are: they wait in a temporary table.
function loadPartitioned(input: BuildInput, shadow: Target, spec: PartitionSpec): readonly Step[] {
  const name = quoteQualified(shadow)
  return [
    {
      kind: 'sql',
      label: 'query',
      ...around(
        `create temporary table ${DELTA} on commit drop as (`,
        asSubquery(input.action.query),
        ')',
      ),
    },
    partitionKeyCheck(spec),
    {
      kind: 'sql',
      label: 'create partitions',
      sql: `drop table if exists ${name};
create table ${name} (like ${DELTA}) partition by range (${quoteIdent(spec.column)});
${ensurePartitions(shadow, shadow.name, spec)}`,
    },
    {
      kind: 'sql',
      label: 'fill partitions',
      sql: `insert into ${name} select * from ${DELTA}`,
      countsRows: true,
    },
    { kind: 'sql', label: 'drop temporary table', sql: `drop table ${DELTA}` },
  ]
}

/** Fails when a row has no partition key; there is no default partition that would swallow it. */
export function partitionKeyCheck(spec: PartitionSpec): Step {
  return {
    kind: 'check',
    label: 'check partition key',
    sql: rowsWithoutPartition(spec),
    message: `rows without a value in the partition column ${spec.column}`,
    hint: 'Filter them out, or give them a date: a partitioned table has no place for them.',
  }
}

function finish(input: BuildInput, shadow: Target): SqlStep {
  const { action } = input
  const indexes = tableIndexes(input).map((index, position) =>
    createIndex(shadow, shadowIndexName(shadow, position), index.definition),
  )
  const comments = commentOn(shadow, 'table', action.description, columnComments(action))
  return {
    kind: 'sql',
    label: 'indexes, statistics, comments',
    sql: [...indexes, `analyze ${quoteQualified(shadow)};`, comments]
      .filter((sql) => sql !== '')
      .join('\n'),
  }
}

function swap(input: BuildInput, shadow: Target): SqlStep {
  const { existing } = input
  if (existing === undefined) return swapStep(putInPlace(input, shadow))
  const { target } = input.action
  const kind = existing.kind as ReplaceableKind
  const indexNames = tableIndexes(input).map((index) => index.name)
  const full = swapStep([
    rememberAndDrop(target, kind, indexNames),
    ...putInPlace(input, shadow),
    restoreDependents(target, 'table', input.rebuiltLater),
  ])
  const isBare =
    !existing.hasAttachments && existing.indexes.every((index) => indexNames.includes(index))
  if (!isBare) return full
  // Nothing hangs off it: a plain drop does, unless somebody has made a view on it in the meantime.
  return {
    ...swapStep([
      `drop ${kindWord(kind)} ${quoteQualified(target)};`,
      ...putInPlace(input, shadow),
    ]),
    instead: { sqlstate: DEPENDENT_OBJECTS_STILL_EXIST, steps: [full] },
  }
}

const swapStep = (statements: readonly string[]): SqlStep => ({
  kind: 'sql',
  label: 'swap',
  sql: statements.join('\n'),
})

function putInPlace(input: BuildInput, shadow: Target): readonly string[] {
  const { target } = input.action
  const schema = quoteIdent(shadow.schema)
  return [
    `alter table ${quoteQualified(shadow)} rename to ${quoteIdent(target.name)};`,
    ...tableIndexes(input).map(
      (index, position) =>
        `alter index ${schema}.${quoteIdent(shadowIndexName(shadow, position))} rename to ${quoteIdent(index.name)};`,
    ),
    ...(input.partition === null ? [] : [renamePartitions(target, shadow)]),
  ]
}

/** Drops a relation of another kind so that the target can take its name, keeping what hangs off it. */
export function replaceRelation(
  target: Target,
  oldKind: ReplaceableKind,
  newKind: ReplaceableKind,
  create: SqlStep,
  rebuiltLater: readonly RebuiltView[],
  declaredIndexes: readonly string[] = [],
): readonly SqlStep[] {
  return [
    {
      kind: 'sql',
      label: `drop ${kindWord(oldKind)}`,
      sql: rememberAndDrop(target, oldKind, declaredIndexes),
    },
    create,
    {
      kind: 'sql',
      label: 'restore dependents',
      sql: restoreDependents(target, newKind, rebuiltLater),
    },
  ]
}
