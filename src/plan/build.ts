/**
 * Building a table: what tables do at every run, and incremental tables at their first. A table that is not there yet is
 * made under its own name, which nobody sees before the commit; another one is built beside the old one.
 */
import type { AssertionAction, IncrementalAction, TableAction, Target } from '../graph/types.js'
import { quoteIdent, quoteLiteral, quoteQualified } from '../sql/identifiers.js'
import { auditStep } from './assertion.js'
import type { Relation } from './catalog.js'
import { DELTA, shadowOf } from './names.js'
import { addForeignKey, foreignKeyName } from './option-foreign-key.js'
import type { PostgresOptions } from './options.js'
import { partitionKeyCheck } from './partition-check.js'
import type { PartitionSpec } from './partition.js'
import { postOperations } from './post-operations.js'
import { swapSteps } from './replace/swap-steps.js'
import type { DeclaredKeys, RebuiltViews, ViewGate } from './replace/types.js'
import type { Facts } from './replace/facts.js'
import { columnComments, commentOn } from './sql/comments.js'
import { createIndexes, renameIndexes, shadowIndexName, tableIndexes } from './sql/indexes.js'
import { keepWritersOff } from './sql/locks.js'
import { managedComment } from './sql/managed.js'
import { createPartitions, partitionPrefix, renamePartitions } from './sql/partitions.js'
import { sqlStep } from './steps.js'
import type { Step } from './types.js'
import { around, asSubquery, userSteps } from './user-sql.js'

/** Everything that building a table depends on. */
export interface BuildInput {
  readonly action: TableAction | IncrementalAction
  readonly existing: Relation | undefined
  readonly options: PostgresOptions
  readonly partition: PartitionSpec | null
  /** The inline assertions that have to hold before it is published. */
  readonly audits: readonly AssertionAction[]
  readonly sampleRows: number
  /** The views that this run makes anew after this action. */
  readonly rebuiltLater: RebuiltViews
  readonly viewGate: ViewGate
  /** What hangs off it now, for the dry run. */
  readonly previewFacts: Facts | undefined
}

/**
 * The steps of a whole build: pre-operations; the rows; indexes; statistics; comments; audits; swap; post-operations. A
 * reader sees the old table until the transaction commits.
 */
export function buildSteps(input: BuildInput): readonly Step[] {
  const { action, existing } = input
  const onto = existing === undefined ? action.target : shadowOf(action.target)
  return [
    ...userSteps('pre-operations', action.preOps),
    ...(input.partition === null
      ? loadPlain(input, onto)
      : loadPartitioned(input, onto, input.partition)),
    finish(input, onto),
    ...input.audits.map((assertion) => auditStep(assertion, onto, input.sampleRows)),
    ...(existing === undefined
      ? addKeys(declaredKeys(input, onto), onto)
      : swap(input, existing, onto)),
    ...postOperations({ ...input, target: action.target, texts: action.postOps }),
  ]
}

function loadPlain(input: BuildInput, onto: Target): readonly Step[] {
  const { options, existing } = input
  const unlogged = options.unlogged ? 'unlogged ' : ''
  const storage = options.fillfactor === null ? '' : ` with (fillfactor = ${options.fillfactor})`
  const tablespace =
    existing?.tablespace == null ? '' : ` tablespace ${quoteIdent(existing.tablespace)}`
  const head = `create ${unlogged}table ${quoteQualified(onto)}${storage}${tablespace} as (`
  return [
    {
      kind: 'sql',
      label: 'create table',
      ...around(head, asSubquery(input.action.query), ');'),
      statements: 1,
      countsRows: true,
    },
  ]
}

// The partitions that the rows need are known only when the rows are: they wait in a temporary table.
function loadPartitioned(input: BuildInput, onto: Target, spec: PartitionSpec): readonly Step[] {
  const name = quoteQualified(onto)
  const tablespace =
    input.existing?.tablespace == null ? '' : ` tablespace ${quoteIdent(input.existing.tablespace)}`
  const prefix = input.existing === undefined ? partitionPrefix(onto) : onto.name
  return [
    {
      kind: 'sql',
      label: 'query',
      ...around(
        `create temporary table ${DELTA} on commit drop as (`,
        asSubquery(input.action.query),
        ');',
      ),
      statements: 1,
    },
    partitionKeyCheck(spec),
    sqlStep('create partitions', [
      `create table ${name} (like ${DELTA}) partition by range (${quoteIdent(spec.column)})${tablespace};`,
      createPartitions(onto, prefix, spec),
    ]),
    sqlStep('fill partitions', [`insert into ${name} select * from ${DELTA};`], {
      countsRows: true,
    }),
    sqlStep('drop temporary table', [`drop table ${DELTA};`]),
  ]
}

function finish(input: BuildInput, onto: Target): Step {
  const { action } = input
  const isShadow = input.existing !== undefined
  return sqlStep('indexes, statistics, comments', [
    ...createIndexes(onto, tableIndexes(input), (index, position) =>
      isShadow ? shadowIndexName(onto, position) : index.name,
    ),
    `analyze ${quoteQualified(onto)};`,
    ...commentOn(onto, 'table', action.description, columnComments(action)),
  ])
}

function declaredKeys({ action, options }: BuildInput, onto: Target): DeclaredKeys {
  return {
    statements: options.foreignKeys.flatMap((key) => [
      `${addForeignKey(onto, action.target, key)};`,
      `comment on constraint ${quoteIdent(foreignKeyName(action.target, key))} on ${quoteQualified(onto)} is ${quoteLiteral(managedComment(key))};`,
    ]),
    tables: options.foreignKeys.map((key) => key.references.table),
  }
}

// Late, and under a lock timeout: they keep writers off the tables that they refer to, or have to wait for one.
function addKeys({ statements, tables }: DeclaredKeys, onto: Target): readonly Step[] {
  return statements.length === 0
    ? []
    : [sqlStep('foreign keys', statements, { locks: [keepWritersOff(onto)], alsoLocked: tables })]
}

function swap(input: BuildInput, existing: Relation, shadow: Target): readonly Step[] {
  const { action, options } = input
  const indexes = tableIndexes(input)
  const described = columnComments(action)
  return swapSteps({
    replacement: {
      target: action.target,
      shadow,
      kind: input.partition === null ? 'table' : 'partitioned table',
      declared: {
        comment: action.description !== '',
        columnComments: new Set(described.keys()),
        options: new Set(options.fillfactor === null ? [] : ['fillfactor']),
        indexes: new Set(indexes.map((index) => index.name)),
      },
      renames: [
        ...renameIndexes(shadow, indexes),
        ...(input.partition === null ? [] : [renamePartitions(action.target, shadow)]),
      ],
      keys: declaredKeys(input, shadow),
      rebuiltLater: input.rebuiltLater,
      viewGate: input.viewGate,
    },
    bareStamp: isBare(input, existing) ? existing.stamp : null,
    previewFacts: input.previewFacts,
  })
}

function isBare({ action, options }: BuildInput, existing: Relation): boolean {
  const described = columnComments(action)
  return (
    existing.kind === 'table' &&
    !existing.hasAttachments &&
    options.foreignKeys.length === 0 &&
    existing.isUnlogged === options.unlogged &&
    (existing.comment === null || action.description !== '') &&
    existing.columns.every(({ name, comment }) => comment === null || described.has(name)) &&
    existing.options.every(
      (option) => options.fillfactor !== null && option.startsWith('fillfactor='),
    )
  )
}
