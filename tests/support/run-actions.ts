/** Plans and executes actions on a test database, without compiling a project. */
import type { Action } from '../../src/graph/types.js'
import { planRun } from '../../src/plan/plan-run.js'
import type { PlanOptions } from '../../src/plan/types.js'
import { readCatalog } from '../../src/postgres/catalog.js'
import type { ActionResult, RunEvent, RunReport } from '../../src/run/events.js'
import { executePlan } from '../../src/run/executor.js'
import type { TestDatabase } from './database.js'

/** What a test may set. */
export interface RunActionsOptions extends Partial<PlanOptions> {
  readonly jobs?: number
  readonly retryLimit?: number
  readonly signal?: AbortSignal
  readonly onEvent?: (event: RunEvent) => void
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
    ),
  )
  const plan = planRun(actions, catalog, {
    fullRefresh: false,
    asOf: null,
    sampleRows: 5,
    ...options,
  })
  return executePlan(plan, {
    database: db.database,
    projectDir: import.meta.dirname,
    jobs: options.jobs ?? 2,
    retryLimit: options.retryLimit ?? 0,
    durations: new Map(),
    signal: options.signal ?? new AbortController().signal,
    onEvent: options.onEvent ?? (() => undefined),
    load: () => Promise.reject(new Error('these tests load nothing')),
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
