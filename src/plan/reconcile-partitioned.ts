/**
 * An index of a partitioned table that people read: PostgreSQL can't build it concurrently as a whole, so it is built
 * on each partition by itself and put together.
 */
import type { Target } from '../graph/types.js'
import { quoteIdent, quoteLiteral, quoteQualified } from '../sql/identifiers.js'
import type { NamedPart } from './catalog.js'
import { fitIdentifier } from './names.js'
import { createIndex, INDEX_HINTS, markIndex } from './sql/indexes.js'
import type { IndexPlan } from './sql/indexes.js'
import { sqlStep } from './steps.js'
import type { DecideStep, SqlStep, StepGroup } from './types.js'

/** A partition, and whether the index is on it already. */
interface PartitionFacts {
  readonly schema: string
  readonly name: string
  readonly isDone: boolean
}

/** The groups that build it; what an earlier attempt has left is taken up or replaced. */
export function reconcilePartitionedIndex(
  target: Target,
  { name, definition }: IndexPlan,
  there: NamedPart | undefined,
): readonly StepGroup[] {
  const table = quoteQualified(target)
  const index = `${quoteIdent(target.schema)}.${quoteIdent(name)}`
  const onlyParent = [
    // One that is declared in another way now, or that did not come about, goes with its parts.
    ...(there === undefined ? [] : [`drop index if exists ${index};`]),
    createIndex(target, name, definition, 'only'),
    markIndex(target.schema, name, definition),
  ]
  return [
    {
      transaction: 'one',
      steps: [
        sqlStep(`build the index ${name}`, onlyParent, {
          locks: [
            `lock table ${there === undefined ? 'only ' : ''}${table} in access exclusive mode`,
          ],
        }),
      ],
    },
    { transaction: 'none', steps: [onPartitions(target, { name, definition }, index)] },
  ]
}

function onPartitions(target: Target, plan: IndexPlan, index: string): DecideStep {
  return {
    kind: 'decide',
    label: `partitions without the index ${plan.name}`,
    sql: `select coalesce(json_agg(json_build_object('schema', n.nspname, 'name', c.relname,
  'isDone', exists (select from pg_catalog.pg_index x join pg_catalog.pg_inherits xi on xi.inhrelid = x.indexrelid
    where x.indrelid = c.oid and xi.inhparent = ${quoteLiteral(index)}::regclass)) order by c.relname), '[]') as facts
from pg_catalog.pg_inherits i
join pg_catalog.pg_class c on c.oid = i.inhrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where i.inhparent = ${quoteLiteral(quoteQualified(target))}::regclass;`,
    decide: (facts) => ({
      steps: (facts as readonly PartitionFacts[])
        .filter((part) => !part.isDone)
        .flatMap((part) => partSteps(part, plan, index)),
    }),
  }
}

function partSteps(part: PartitionFacts, plan: IndexPlan, index: string): readonly SqlStep[] {
  const name = fitIdentifier(`${part.name}_${plan.name}`)
  const partIndex = `${quoteIdent(part.schema)}.${quoteIdent(name)}`
  return [
    `drop index concurrently if exists ${partIndex};`,
    createIndex(part, name, plan.definition, 'concurrently'),
    `alter index ${index} attach partition ${partIndex};`,
  ].map((statement) =>
    sqlStep(`build the index on ${part.name}`, [statement], { hints: INDEX_HINTS }),
  )
}
