/**
 * Rows that have no place in any partition: there is no default partition to swallow them.
 */
import { quoteIdent } from '../sql/identifiers.js'
import { DELTA } from './names.js'
import type { PartitionSpec } from './partition.js'
import type { Refusal } from './replace/types.js'
import type { DecideStep } from './types.js'

/** Where they are, after `select count(*)`: rows of the delta that have no date, or an infinite one. */
export function fromUnplaced(spec: PartitionSpec): string {
  const column = quoteIdent(spec.column)
  return `from ${DELTA} where ${column} is null or not isfinite(${column})`
}

/** What is said of them. */
export function unplacedRows(count: number, spec: PartitionSpec): Refusal {
  return {
    message: `${count} row${count === 1 ? '' : 's'} without a finite value in the partition column ${spec.column}`,
    hint: 'Filter them out, or give them a date: a partitioned table has no place for them.',
  }
}

/** Fails if there are any. */
export function partitionKeyCheck(spec: PartitionSpec): DecideStep {
  return {
    kind: 'decide',
    label: 'check partition key',
    sql: `select count(*)::int as facts ${fromUnplaced(spec)};`,
    decide: (count) =>
      count === 0 ? { steps: [] } : { refusal: unplacedRows(Number(count), spec) },
    preview: { steps: [] },
  }
}
