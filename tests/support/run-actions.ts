/** Plans and executes actions on a test database, without compiling a project. */
import type { Action } from '../../src/graph/types.js'
import { namedIndexes } from '../../src/plan/options.js'
import { plannerFor, planRun } from '../../src/plan/plan-run.js'
import type { PlanInput } from '../../src/plan/plan-run.js'
import type { PlanOptions } from '../../src/plan/types.js'
import { readCatalog } from '../../src/postgres/catalog.js'
import type { ActionResult, RunEvent, RunReport } from '../../src/run/events.js'
import { executePlan } from '../../src/run/executor.js'
import type { ExecuteOptions } from '../../src/run/execute-options.js'
import type { TestDatabase } from './database.js'

/** What a test may set. */
export interface RunActionsOptions extends Partial<PlanOptions> {
  readonly jobs?: number
  readonly retryLimit?: number
  readonly signal?: AbortSignal
  readonly onEvent?: (event: RunEvent) => void
  readonly execute?: Partial<ExecuteOptions>
}

/** Runs all the actions and gives the report. */
export async function runActions(
  db: TestDatabase,
  actions: readonly Action[],
  options: RunActionsOptions = {},
): Promise<RunReport> {
  const catalog = await db.database.withSession((session) =>
    readCatalog(
      session,
      actions.map((action) => action.target),
      namedIndexes(actions),
    ),
  )
  const { fullRefresh = false, asOf = null, sampleRows = 5, gate = true } = options
  const input: PlanInput = {
    actions,
    inlineAssertions: actions.filter((action) => action.type === 'assertion'),
    options: { fullRefresh, asOf, sampleRows, gate },
  }
  return executePlan(planRun(input, catalog), {
    database: db.database,
    projectDir: import.meta.dirname,
    jobs: options.jobs ?? 2,
    retryLimit: options.retryLimit ?? 0,
    lockTimeoutMs: 400,
    lockWaitMs: 30_000,
    waitForOthers: false,
    runId: null,
    catalog,
    plan: plannerFor(input),
    durations: new Map(),
    signal: options.signal ?? new AbortController().signal,
    onEvent: options.onEvent ?? (() => undefined),
    load: () => Promise.reject(new Error('these tests load nothing')),
    ...options.execute,
  })
}

/** Runs the actions and gives the only result, or the one of the action named. */
export async function runOne(
  db: TestDatabase,
  actions: readonly Action[],
  options: RunActionsOptions = {},
): Promise<ActionResult> {
  const { results } = await runActions(db, actions, options)
  const last = results.at(-1)
  if (last === undefined) throw new Error('nothing was executed')
  return last
}
