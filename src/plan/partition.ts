/**
 * `partitionBy` on PostgreSQL: native range partitions by day, week, month, quarter or year.
 */

/** How wide a partition is; the words are those of `date_trunc`. */
export type PartitionUnit = 'day' | 'week' | 'month' | 'quarter' | 'year'

/** A partition key that was understood. */
export interface PartitionSpec {
  readonly column: string
  readonly unit: PartitionUnit
}

const IDENTIFIER = String.raw`"(?:[^"]|"")+"|[A-Za-z_][A-Za-z0-9_$]*`
const UNITS: readonly PartitionUnit[] = ['day', 'week', 'month', 'quarter', 'year']

/** A bare or quoted identifier as the catalog has it: bare names are folded to lower case. */
function unquote(identifier: string): string {
  return identifier.startsWith('"')
    ? identifier.slice(1, -1).replaceAll('""', '"')
    : identifier.toLowerCase()
}

/**
 * Reads `partitionBy`: `event_date` (by month), `date_trunc('day', event_date)`, or BigQuery's
 * `DATE_TRUNC(event_date, DAY)` and `DATE(event_ts)`, so that a project keeps its config.
 * @returns null for anything else (the caller reports it; it is never ignored)
 */
export function parsePartitionBy(text: string): PartitionSpec | null {
  const plain = new RegExp(`^\\s*(${IDENTIFIER})\\s*$`).exec(text)
  if (plain?.[1] !== undefined) return { column: unquote(plain[1]), unit: 'month' }

  const postgres = new RegExp(
    `^\\s*date_trunc\\s*\\(\\s*'(\\w+)'\\s*,\\s*(${IDENTIFIER})\\s*\\)(?:::date)?\\s*$`,
    'i',
  ).exec(text)
  if (postgres?.[1] !== undefined && postgres[2] !== undefined)
    return spec(postgres[2], postgres[1])

  const bigquery = new RegExp(
    `^\\s*(?:date|datetime|timestamp)_trunc\\s*\\(\\s*(${IDENTIFIER})\\s*,\\s*(\\w+)\\s*\\)\\s*$`,
    'i',
  ).exec(text)
  if (bigquery?.[1] !== undefined && bigquery[2] !== undefined)
    return spec(bigquery[1], bigquery[2])

  const date = new RegExp(`^\\s*date\\s*\\(\\s*(${IDENTIFIER})\\s*\\)\\s*$`, 'i').exec(text)
  if (date?.[1] !== undefined) return { column: unquote(date[1]), unit: 'day' }
  return null
}

function spec(column: string, unit: string): PartitionSpec | null {
  const known = UNITS.find((candidate) => candidate === unit.toLowerCase())
  return known === undefined ? null : { column: unquote(column), unit: known }
}
