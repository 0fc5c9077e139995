/**
 * `partitionExpirationDays`: partitions that are past it are dropped at the end of a run.
 */
import type { Target } from '../graph/types.js'
import { quoteLiteral, quoteQualified } from '../sql/identifiers.js'
import { existingPartitions } from './sql/partitions.js'
import { sqlStep } from './steps.js'
import type { DecideStep } from './types.js'

interface ExpiredPartition {
  readonly schema: string
  readonly name: string
}

/**
 * Drops the partitions whose last day is more than `days` days before `asOf` (today if null). The warnings of the
 * decision name them.
 */
export function expiryStep(target: Target, days: number, asOf: string | null): DecideStep {
  const today = asOf === null ? 'current_date' : `date ${quoteLiteral(asOf)}`
  return {
    kind: 'decide',
    label: 'expired partitions',
    sql: `with ${existingPartitions(target)}
select coalesce(json_agg(json_build_object('schema', nspname, 'name', relname) order by first_day), '[]') as facts
from existing where next_day <= ${today} - ${days};`,
    decide: (facts) => {
      const expired = facts as readonly ExpiredPartition[]
      if (expired.length === 0) return { steps: [] }
      const names = expired.map(({ schema, name }) => `${schema}.${name}`)
      return {
        steps: [
          sqlStep(
            'drop expired partitions',
            expired.map((partition) => `drop table ${quoteQualified(partition)};`),
            { locks: [`lock table only ${quoteQualified(target)} in access exclusive mode`] },
          ),
        ],
        outcome: names.join(', '),
      }
    },
  }
}
