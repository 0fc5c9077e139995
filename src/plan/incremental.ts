/**
 * A later run of an incremental table: the delta is looked at, audited, and merged, appended or put in the place of
 * whole partitions.
 */
import type { AssertionAction, IncrementalAction } from '../graph/types.js'
import { quoteIdent, quoteQualified } from '../sql/identifiers.js'
import { auditStep, isAboutSingleRows, keyAuditStep } from './assertion.js'
import type { Relation } from './catalog.js'
import { deltaFacts, deltaProblem } from './delta.js'
import type { DeltaFacts } from './delta.js'
import { DELTA } from './names.js'
import { overwriteSteps } from './overwrite.js'
import type { PartitionSpec } from './partition.js'
import { postOperations } from './post-operations.js'
import { dropColumns } from './replace/drop-columns.js'
import type { Dropping } from './replace/drop-columns.js'
import { areTorn, asFacts } from './replace/facts.js'
import { readFacts } from './replace/facts-sql.js'
import { LOOK } from './replace/swap-steps.js'
import type { RebuiltViews, ViewGate } from './replace/types.js'
import { schemaChange } from './schema-change.js'
import type { SchemaChange } from './schema-change.js'
import { commentsThatDiffer } from './sql/comments.js'
import { appendDelta, mergeDelta, mergesByKey, targetPredicates } from './sql/merge.js'
import type { WrittenColumn } from './sql/merge.js'
import { EMPTY_SEARCH_PATH, RESTORE_SEARCH_PATH } from './sql/search-path.js'
import { attachPartition } from './sql/partitions.js'
import { sqlStep } from './steps.js'
import type { DecideStep, Decision, Step } from './types.js'
import { around, asSubquery, userSteps } from './user-sql.js'

/** What a later run of an incremental table depends on. */
export interface IncrementalInput {
  readonly action: IncrementalAction
  readonly existing: Relation
  readonly partition: PartitionSpec | null
  /** The inline assertions that have to hold before it is published. */
  readonly audits: readonly AssertionAction[]
  readonly sampleRows: number
  /** The views that this run makes anew after this action. */
  readonly rebuiltLater: RebuiltViews
  readonly viewGate: ViewGate
}

/** The steps that bring an existing incremental table up to date. */
export function incrementalSteps(input: IncrementalInput): readonly Step[] {
  const { action, existing } = input
  const columns = existing.columns.map(({ name, type, isGenerated }) => ({
    name,
    type,
    isWritable: !isGenerated,
  }))
  return [
    ...userSteps('pre-operations', action.incrementalPreOps),
    {
      kind: 'sql',
      label: 'query the delta',
      ...around(
        `create temporary table ${DELTA} on commit drop as (`,
        asSubquery(action.incrementalQuery),
        `);\nanalyze ${DELTA};`,
      ),
      statements: 2,
    },
    {
      ...lookAtDelta(input),
      // As if the query gave the columns of the table, and no new partition were needed.
      preview: decideWrite(input, {
        delta: columns,
        table: columns,
        badKeys: [],
        unplaced: 0,
        partitions: [],
        indexes: [],
        isRewritten: false,
      }),
    },
    ...postOperations({ ...input, target: action.target, texts: action.incrementalPostOps }),
  ]
}

function lookAtDelta(input: IncrementalInput): DecideStep {
  return {
    kind: 'decide',
    label: 'look at the delta',
    sql: deltaFacts(input.action, input.partition),
    decide: (facts) => decideWrite(input, facts as DeltaFacts),
  }
}

const CAST_HINTS = { '42804': 'Cast it in the query.' }

function decideWrite(input: IncrementalInput, facts: DeltaFacts): Decision {
  const { action, partition } = input
  const change = schemaChange(action, facts)
  // Two keys may be one after the cast: everything that is judged has to have the table's types.
  if (!('refusal' in change) && change.casts.length > 0)
    return {
      steps: [
        sqlStep(
          'cast the delta',
          [`alter table ${DELTA} ${change.casts.join(', ')};`, `analyze ${DELTA};`],
          {
            hints: CAST_HINTS,
          },
        ),
        lookAtDelta(input),
      ],
      warnings: change.castWarnings,
    }
  const problem = deltaProblem(action, partition, facts)
  if (problem !== null) return { refusal: problem }
  if ('refusal' in change) return change
  const misfit = partition === null ? null : partitionMisfit(partition, facts)
  if (misfit !== null) return { refusal: misfit }
  if (change.drops.length === 0) return write(input, facts, change, null)
  return { steps: [lookAtReaders(input, facts, change)] }
}

/** What the schema change policy allows. */
type AllowedChange = Exclude<SchemaChange, { readonly refusal: unknown }>

// Views may read the columns that go.
function lookAtReaders(input: IncrementalInput, facts: DeltaFacts, change: AllowedChange): Step {
  const { target } = input.action
  const decide = (found: unknown): Decision => {
    const tree = asFacts(found)
    if (areTorn(tree)) return { isTorn: true }
    const dropping = dropColumns(target, change.drops, tree, input)
    return 'refusal' in dropping ? dropping : write(input, facts, change, dropping)
  }
  return { kind: 'decide', label: 'what reads it', sql: readFacts(target, []), brief: LOOK, decide }
}

function write(
  input: IncrementalInput,
  facts: DeltaFacts,
  change: AllowedChange,
  dropping: Dropping | null,
): Decision {
  const { action, partition, audits, sampleRows, existing } = input
  // Views are locked before what they read, as a reader does, and so also where only columns are added for now.
  const locks = [
    ...(dropping?.locks ?? []),
    `lock table only ${quoteQualified(action.target)} in access exclusive mode`,
  ]
  const alsoLocked = dropping?.alsoLocked ?? []
  const alter = (statements: readonly string[]): readonly Step[] =>
    statements.length === 0 ? [] : [sqlStep('change columns', statements, { locks, alsoLocked })]
  const after =
    dropping === null || dropping.before.length === 0
      ? change.after
      : [
          EMPTY_SEARCH_PATH,
          ...dropping.before,
          ...change.after,
          ...dropping.after,
          RESTORE_SEARCH_PATH,
        ]
  const isFaithful = showsWhatIsWritten(facts)
  const rowRules = isFaithful ? audits.filter(isAboutSingleRows) : []
  const comments = commentsThatDiffer(action, 'table', existing)
  return {
    steps: [
      ...(isFaithful && audits.length > 0 ? generatedColumns(facts) : []),
      ...rowRules.map((assertion) => auditStep(assertion, { temporary: DELTA }, sampleRows)),
      ...alter(change.before),
      ...writeSteps(action, partition, facts, change.written),
      ...audits
        .filter((assertion) => !rowRules.includes(assertion))
        .map((assertion) => {
          const { keyList } = assertion
          return keyList === null || !isFaithful
            ? auditStep(assertion, action.target, sampleRows)
            : keyAuditStep(
                { ...assertion, keyList },
                action.target,
                DELTA,
                sampleRows,
                mergesByKey(action) ? action.uniqueKey : [],
              )
        }),
      ...alter(after),
      ...(dropping?.audits ?? []),
      ...(comments.length === 0 ? [] : [sqlStep('comments', comments)]),
    ],
    warnings: [...change.warnings, ...(partition === null ? [] : oddPartitions(partition, facts))],
  }
}

/** False if the table's rows may become others than the delta's: then only they themselves can be judged. */
function showsWhatIsWritten({ table, isRewritten }: DeltaFacts): boolean {
  return !isRewritten && table.every((column) => column.isWritable || column.generated != null)
}

/** Gives the delta the table's generated columns, so that rules can be about them. */
function generatedColumns({ delta, table }: DeltaFacts): readonly Step[] {
  const inDelta = new Set(delta.map((column) => column.name))
  const clauses = table.flatMap(({ name, type, generated }) =>
    generated == null
      ? []
      : [
          ...(inDelta.has(name) ? [`drop column ${quoteIdent(name)}`] : []),
          `add column ${quoteIdent(name)} ${type} generated always as (${generated}) stored`,
        ],
  )
  return clauses.length === 0
    ? []
    : [sqlStep('generated columns', [`alter table ${DELTA} ${clauses.join(', ')};`])]
}

function writeSteps(
  action: IncrementalAction,
  partition: PartitionSpec | null,
  facts: DeltaFacts,
  columns: readonly WrittenColumn[],
): readonly Step[] {
  if (action.strategy === 'insert_overwrite' && partition !== null)
    return overwriteSteps(action, partition, facts, columns)
  const missing = facts.partitions.filter((needed) => needed.existing.length === 0)
  const merges = mergesByKey(action)
  return [
    ...(missing.length === 0
      ? []
      : [
          sqlStep(
            'attach partitions',
            missing.flatMap((needed) => attachPartition(action.target, needed)),
          ),
        ]),
    sqlStep(
      merges ? 'merge' : 'append',
      [
        merges
          ? mergeDelta({
              target: action.target,
              columns,
              uniqueKey: action.uniqueKey,
              partitionColumn: partition?.column ?? null,
              predicates: targetPredicates(action),
            })
          : appendDelta(quoteQualified(action.target), columns),
      ],
      { countsRows: true },
    ),
  ]
}

/** A needed partition that overlaps with others and fits into none: the unit has changed. */
function partitionMisfit(
  partition: PartitionSpec,
  facts: DeltaFacts,
): { readonly message: string; readonly hint: string } | null {
  const misfit = facts.partitions.find(
    ({ existing }) => existing.length > 0 && !existing.some((part) => part.covers),
  )
  return misfit === undefined
    ? null
    : {
        message: `partitionBy has changed: a partition by ${partition.unit} from ${misfit.from} to ${misfit.to} overlaps with ${misfit.existing.map((part) => part.name).join(', ')}`,
        hint: 'Run it once with --full-refresh.',
      }
}

function oddPartitions(partition: PartitionSpec, facts: DeltaFacts): readonly string[] {
  const odd = new Set(
    facts.partitions.flatMap(({ existing }) =>
      existing.filter((part) => part.covers && !part.isSame).map((part) => part.name),
    ),
  )
  return odd.size === 0
    ? []
    : [
        `partitionBy is by ${partition.unit}, but the rows go into ${[...odd].join(', ')}, which ${odd.size === 1 ? 'has' : 'have'} other bounds; --full-refresh makes the partitions anew`,
      ]
}
