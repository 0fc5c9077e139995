/**
 * Indexes and foreign keys of a table that stays: what the config has gained is built, and what it has lost is dropped,
 * without keeping readers or writers out. What somebody else has made is left alone.
 */
import type { IncrementalAction, Target } from '../graph/types.js'
import { quoteIdent, quoteLiteral, quoteQualified } from '../sql/identifiers.js'
import type { NamedPart, Relation } from './catalog.js'
import { fitIdentifier } from './names.js'
import { addForeignKey, foreignKeyName } from './option-foreign-key.js'
import type { ForeignKeyOption, PostgresOptions } from './options.js'
import type { PartitionSpec } from './partition.js'
import { createIndex, INDEX_HINTS, markIndex, tableIndexes } from './sql/indexes.js'
import type { IndexPlan } from './sql/indexes.js'
import { isManaged, managedComment } from './sql/managed.js'
import { reconcilePartitionedIndex } from './reconcile-partitioned.js'
import { sqlStep } from './steps.js'
import type { SqlStep, StepGroup } from './types.js'

/** What is done, and what to tell people about it. */
export interface Reconciliation {
  readonly groups: readonly StepGroup[]
  readonly warnings: readonly string[]
}

/** Compares what is declared with what is there. */
export function reconcile(input: {
  readonly action: IncrementalAction
  readonly existing: Relation
  readonly options: PostgresOptions
  readonly partition: PartitionSpec | null
}): Reconciliation {
  const { action, existing, options } = input
  const { target } = action
  const isPartitioned = existing.kind === 'partitioned table'
  const wanted = tableIndexes(input)
  const there = new Map(existing.indexes.map((index) => [index.name, index]))
  const missing = wanted.filter((index) => needsBuilding(index, there.get(index.name)))
  const building = new Set(missing.map((index) => freshName(index.name)))
  const isLeftover = (index: NamedPart): boolean => index.name.startsWith(FRESH)
  const stale = existing.indexes.filter(
    (index) =>
      (isManaged(index.comment) || isLeftover(index)) &&
      !building.has(index.name) &&
      !wanted.some((plan) => plan.name === index.name),
  )
  const stray = existing.indexes.filter(
    (index) => !isManaged(index.comment) && !isLeftover(index) && index.isValid,
  )
  const keys = reconcileKeys(target, options.foreignKeys, existing.foreignKeys, isPartitioned)
  return {
    groups: [
      ...missing.flatMap((index) =>
        isPartitioned
          ? reconcilePartitionedIndex(target, index, there.get(index.name))
          : [alone(buildBeside(target, index, there.get(index.name)))],
      ),
      ...stale.map((index) =>
        isPartitioned ? dropLocked(target, index) : alone(drop(target, index)),
      ),
      ...keys.groups,
    ],
    warnings: [
      ...missing.map((index) => builtMessage(action, index, there.get(index.name))),
      ...stale.map((index) => `the index ${index.name} is no longer declared and is dropped`),
      ...stray.map((index) => `the index ${index.name} is kept, but the model does not declare it`),
      ...keys.warnings,
    ],
  }
}

/** True if an index that is declared is not there, did not come about, or is declared in another way now. */
function needsBuilding(plan: IndexPlan, there: NamedPart | undefined): boolean {
  if (there === undefined || !there.isValid) return true
  return isManaged(there.comment) && there.comment !== managedComment(plan.definition)
}

function builtMessage(
  action: IncrementalAction,
  plan: IndexPlan,
  there: NamedPart | undefined,
): string {
  const columns = plan.definition.columns.map((column) => column.text)
  const isKey = columns.join() === action.uniqueKey.join()
  const why =
    there === undefined
      ? isKey
        ? 'the uniqueKey has changed'
        : 'it is declared and was missing'
      : there.isValid
        ? 'its declaration has changed'
        : 'an earlier attempt failed'
  return `the index ${plan.name} is built: ${why}`
}

const alone = (steps: readonly SqlStep[]): StepGroup => ({ transaction: 'none', steps })

const indexName = (target: Target, name: string): string =>
  `${quoteIdent(target.schema)}.${quoteIdent(name)}`

/** Statements that can't run in a transaction are sent one by one. */
const each = (label: string, statements: readonly string[]): readonly SqlStep[] =>
  statements.map((statement) => sqlStep(label, [statement], { hints: INDEX_HINTS }))

// An index has its name only when it is whole and marked: what a killed run leaves has another one.
function buildBeside(
  target: Target,
  { name, definition }: IndexPlan,
  there: NamedPart | undefined,
): readonly SqlStep[] {
  const fresh = freshName(name)
  return each(`build the index ${name}`, [
    `drop index concurrently if exists ${indexName(target, fresh)};`,
    createIndex(target, fresh, definition, 'concurrently'),
    markIndex(target.schema, fresh, definition),
    ...(there === undefined
      ? []
      : [`drop index concurrently if exists ${indexName(target, name)};`]),
    `alter index ${indexName(target, fresh)} rename to ${quoteIdent(name)};`,
  ])
}

const FRESH = 'dataform_new_'
const freshName = (name: string): string => fitIdentifier(`${FRESH}${name}`)

const drop = (target: Target, { name }: NamedPart): readonly SqlStep[] =>
  each(`drop the index ${name}`, [`drop index concurrently ${indexName(target, name)};`])

// An index of a partitioned table can't be dropped concurrently; it takes a moment, under a lock that may be awaited.
const dropLocked = (target: Target, { name }: NamedPart): StepGroup => ({
  transaction: 'one',
  steps: [
    sqlStep(`drop the index ${name}`, [`drop index if exists ${indexName(target, name)};`], {
      locks: [`lock table ${quoteQualified(target)} in access exclusive mode`],
    }),
  ],
})

function reconcileKeys(
  target: Target,
  declared: readonly ForeignKeyOption[],
  there: readonly NamedPart[],
  isPartitioned: boolean,
): Reconciliation {
  const table = quoteQualified(target)
  const named = declared.map((key) => ({ key, name: foreignKeyName(target, key) }))
  const isAsDeclared = (part: NamedPart): boolean =>
    named.some(({ key, name }) => name === part.name && part.comment === managedComment(key))
  const stale = there.filter((part) => isManaged(part.comment) && !isAsDeclared(part))
  const missing = named.filter(
    ({ name }) => !there.some((part) => part.name === name && !stale.includes(part)),
  )
  const unchecked = there.filter((part) => isAsDeclared(part) && !part.isValid)
  const dropped = stale.map(
    ({ name }) => `alter table ${table} drop constraint ${quoteIdent(name)};`,
  )
  return {
    groups: [
      ...(dropped.length === 0
        ? []
        : [
            {
              transaction: 'one' as const,
              steps: [
                sqlStep('drop foreign keys', dropped, {
                  locks: [`lock table only ${table} in access exclusive mode`],
                }),
              ],
            },
          ]),
      ...missing.flatMap(({ key, name }) => addKey(target, key, name, isPartitioned)),
      // An earlier run has added it and found rows that break it.
      ...unchecked.map((part) => checkKey(target, part.name)),
    ],
    warnings: [
      ...stale.map(
        (part) => `the foreign key ${part.name} is no longer declared so and is dropped`,
      ),
      ...missing.map(({ name }) => `the foreign key ${name} is added`),
    ],
  }
}

function addKey(
  target: Target,
  key: ForeignKeyOption,
  name: string,
  isPartitioned: boolean,
): readonly StepGroup[] {
  const table = quoteQualified(target)
  const add: StepGroup = {
    transaction: 'one',
    steps: [
      sqlStep(`add the foreign key ${name}`, [
        `${addForeignKey(target, target, key)}${isPartitioned ? '' : ' not valid'};`,
        `comment on constraint ${quoteIdent(name)} on ${table} is ${quoteLiteral(managedComment(key))};`,
      ]),
    ],
  }
  // Two transactions: while the rows are read nobody has to wait. PostgreSQL 16 can't do that with partitions.
  return isPartitioned ? [add] : [add, checkKey(target, name)]
}

const checkKey = (target: Target, name: string): StepGroup => ({
  transaction: 'one',
  steps: [
    sqlStep(`check the foreign key ${name}`, [
      `alter table ${quoteQualified(target)} validate constraint ${quoteIdent(name)};`,
    ]),
  ],
})
