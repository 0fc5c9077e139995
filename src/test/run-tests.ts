/**
 * `dataform test` as a function: every unit test in a transaction that is rolled back.
 */
import type { ActionFailure } from '../failure/types.js'
import type { UnitTest } from '../graph/types.js'
import { asSubquery } from '../plan/user-sql.js'
import { readDatabaseError } from '../postgres/errors.js'
import type { Database } from '../postgres/session.js'
import { compareQueries } from './compare.js'
import type { Difference } from './compare.js'

/** How one unit test ended. */
export type TestResult = {
  readonly test: UnitTest
  readonly durationMs: number
} & (
  | { readonly status: 'passed' | 'disabled' }
  | { readonly status: 'failed'; readonly difference: Difference }
  | { readonly status: 'error'; readonly failure: ActionFailure }
)

/**
 * Runs the tests, a few at a time, and gives the results in the order of the tests.
 * @param onResult told of each as it ends
 */
export async function runUnitTests(
  tests: readonly UnitTest[],
  database: Database,
  jobs: number,
  onResult: (result: TestResult) => void = () => undefined,
): Promise<readonly TestResult[]> {
  const results: TestResult[] = []
  let next = 0
  const work = async (): Promise<void> => {
    for (let i = next++; i < tests.length; i = next++) {
      const test = tests[i]
      if (test === undefined) continue
      const result = await runUnitTest(test, database)
      results[i] = result
      onResult(result)
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, jobs) }, work))
  return results
}

async function runUnitTest(test: UnitTest, database: Database): Promise<TestResult> {
  if (test.disabled) return { test, durationMs: 0, status: 'disabled' }
  const start = performance.now()
  try {
    const difference = await database.withSession(async (session) => {
      await session.query('begin')
      try {
        return await compareQueries(
          session,
          asSubquery(test.testQuery),
          asSubquery(test.expectedOutputQuery),
        )
      } finally {
        await session.query('rollback')
      }
    })
    const same =
      difference.columns.length + difference.missing.length + difference.unexpected.length === 0
    const durationMs = performance.now() - start
    return same
      ? { test, durationMs, status: 'passed' }
      : { test, durationMs, status: 'failed', difference }
  } catch (error) {
    const database = readDatabaseError(error)
    if (database === undefined) throw error
    const failure: ActionFailure = {
      kind: 'sql',
      message: database.message,
      at: { file: test.fileName },
      ...(database.sqlstate === undefined ? {} : { sqlstate: database.sqlstate }),
      ...(database.detail === undefined ? {} : { detail: database.detail }),
      ...(database.hint === undefined ? {} : { hint: database.hint }),
    }
    return { test, durationMs: performance.now() - start, status: 'error', failure }
  }
}
