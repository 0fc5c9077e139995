/**
 * The answer of an assertion's statement.
 */
import type { SampleRow } from '../failure/types.js'
import type { AssertionAction } from '../graph/types.js'
import type { QueryResult } from '../postgres/session.js'

/** Rows that fail an assertion. */
export interface FailingRows {
  readonly count: number
  readonly sample: readonly SampleRow[]
}

/** How an inline assertion came out. */
export interface AuditResult {
  readonly assertion: AssertionAction
  /** Null if no row fails it. */
  readonly failing: FailingRows | null
}

/** Reads `failing_rows` and `sample`; null if no row fails. */
export function readSample(result: QueryResult | undefined): FailingRows | null {
  const row = result?.rows[0]
  if (row === undefined) throw new Error('an assertion gave no answer')
  const count = Number(row.failing_rows)
  const sample: unknown = typeof row.sample === 'string' ? JSON.parse(row.sample) : row.sample
  return count === 0 ? null : { count, sample: (sample ?? []) as readonly SampleRow[] }
}
