/**
 * `INSERT_OVERWRITE`: the partitions of which the delta has rows are replaced by those rows. A partition is exchanged
 * for a new one that was filled beside it, so nothing bloats and readers wait for the exchange only.
 */
import type { IncrementalAction } from '../graph/types.js'
import { quoteIdent, quoteLiteral, quoteQualified } from '../sql/identifiers.js'
import type { DeltaFacts } from './delta.js'
import { fitIdentifier } from './names.js'
import type { PartitionSpec } from './partition.js'
import { indexOnto } from './sql/index-onto.js'
import { appendDelta, deleteFrom, targetPredicates } from './sql/merge.js'
import type { WrittenColumn } from './sql/merge.js'
import { attachPartition, attachTable, createLike, renamePartition } from './sql/partitions.js'
import type { ExistingPartition, NeededPartition } from './sql/partitions.js'
import { sqlStep } from './steps.js'
import type { Step } from './types.js'

/** A partition and the one that takes its place. */
interface Exchange {
  readonly needed: NeededPartition
  readonly old: ExistingPartition
}

/** The steps that replace the partitions. */
export function overwriteSteps(
  action: IncrementalAction,
  spec: PartitionSpec,
  facts: DeltaFacts,
  columns: readonly WrittenColumn[],
): readonly Step[] {
  const predicates = targetPredicates(action)
  const exchanges = facts.partitions.flatMap((needed): readonly Exchange[] => {
    const [old] = needed.existing
    const canBe =
      predicates.length === 0 && needed.existing.length === 1 && old?.isSame && !old.isFixed
    return canBe === true ? [{ needed, old }] : []
  })
  const exchanged = new Set(exchanges.map((item) => item.needed))
  const others = facts.partitions.filter((needed) => !exchanged.has(needed))
  return [
    ...fillSteps(action, spec, facts, columns, exchanges),
    ...inPlaceSteps(action, spec, others, columns, predicates),
  ]
}

const rangeOf = (column: string, { from, to }: NeededPartition): string =>
  `${quoteIdent(column)} >= ${quoteLiteral(from)} and ${quoteIdent(column)} < ${quoteLiteral(to)}`

// The check constraint tells PostgreSQL that it need not read the rows again when they are attached, under the lock.
const CHECK = quoteIdent('dataform_bounds')

function fillSteps(
  action: IncrementalAction,
  spec: PartitionSpec,
  facts: DeltaFacts,
  columns: readonly WrittenColumn[],
  exchanges: readonly Exchange[],
): readonly Step[] {
  if (exchanges.length === 0) return []
  const { target } = action
  const beside = (old: ExistingPartition): { schema: string; name: string } => ({
    schema: target.schema,
    name: fitIdentifier(`dataform_shadow_${old.name}`),
  })
  const column = quoteIdent(spec.column)
  return [
    ...exchanges.flatMap(({ needed, old }) => {
      const part = quoteQualified(beside(old))
      return [
        sqlStep('create partition', [createLike(target, part)]),
        sqlStep('fill partition', [appendDelta(part, columns, rangeOf(spec.column, needed))], {
          countsRows: true,
        }),
        sqlStep('indexes, statistics', [
          ...facts.indexes.map((definition) => indexOnto(definition, null, beside(old))),
          `alter table ${part} add constraint ${CHECK} check (${column} is not null and ${rangeOf(spec.column, needed)});`,
          `analyze ${part};`,
        ]),
      ]
    }),
    sqlStep(
      'exchange partitions',
      exchanges.flatMap(({ needed, old }) => [
        `alter table ${quoteQualified(target)} detach partition ${quoteQualified(old)};`,
        `drop table ${quoteQualified(old)};`,
        attachTable(target, quoteQualified(beside(old)), needed.from, needed.to),
        `alter table ${quoteQualified(beside(old))} drop constraint ${CHECK};`,
        renamePartition(beside(old), old.name),
      ]),
      {
        locks: [
          `lock table only ${quoteQualified(target)} in access exclusive mode`,
          ...exchanges.map(
            ({ old }) => `lock table ${quoteQualified(old)} in access exclusive mode`,
          ),
        ],
      },
    ),
  ]
}

// Where a filter narrows what is replaced, or something of its own hangs off a partition, the rows are replaced in it.
function inPlaceSteps(
  action: IncrementalAction,
  spec: PartitionSpec,
  partitions: readonly NeededPartition[],
  columns: readonly WrittenColumn[],
  predicates: readonly string[],
): readonly Step[] {
  const { target } = action
  return [
    ...partitions
      .filter((needed) => needed.existing.length === 0)
      .map((needed) => sqlStep('attach partition', attachPartition(target, needed))),
    ...partitions.map((needed) => {
      const range = rangeOf(spec.column, needed)
      return sqlStep(
        'replace rows',
        [
          ...(needed.existing.length === 0 ? [] : [deleteFrom(target, [range, ...predicates])]),
          appendDelta(quoteQualified(target), columns, range),
        ],
        { countsRows: true },
      )
    }),
  ]
}
