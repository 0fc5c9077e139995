/**
 * A step that fails when a row has no place in any partition.
 */
import type { PartitionSpec } from './partition.js'
import { quoteIdent } from '../sql/identifiers.js'
import { DELTA } from './names.js'
import type { DecideStep } from './types.js'

/** Fails when a row of the delta has no date, or an infinite one: there is no default partition to swallow it. */
export function partitionKeyCheck(spec: PartitionSpec): DecideStep {
  const column = quoteIdent(spec.column)
  return {
    kind: 'decide',
    label: 'check partition key',
    sql: `select count(*)::int as facts from ${DELTA} where ${column} is null or not isfinite(${column});`,
    decide: (count) =>
      count === 0
        ? { steps: [] }
        : {
            refusal: {
              message: `${String(count)} row${count === 1 ? '' : 's'} without a finite value in the partition column ${spec.column}`,
              hint: 'Filter them out, or give them a date: a partitioned table has no place for them.',
            },
          },
    preview: { steps: [] },
  }
}
