/**
 * Executes a plan: the only writer. Emits events; never prints.
 */
import { CommandError } from '../failure/types.js'
import type { ActionFailure } from '../failure/types.js'
import { readDatabaseError } from '../postgres/errors.js'
import { targetKey } from '../graph/target.js'
import type { Action } from '../graph/types.js'
import type { ActionPlan, RunPlan } from '../plan/types.js'
import { quoteIdent } from '../sql/identifiers.js'
import type { Database } from '../postgres/session.js'
import type { ActionResult, EventSink, RunReport } from './events.js'
import { assertionSpot } from './assertion-spot.js'
import { describeFailure, isRetryable } from './failures.js'
import { schedule } from './scheduler.js'
import { executeSteps } from './steps.js'
import type { Durations } from './state.js'

/** The result of loading a source, as the executor needs it. */
export interface LoadOutcome {
  readonly rows: number
  /** `2 files`, `nothing new`. */
  readonly outcome: string
  readonly failure?: ActionFailure
}

/** What executing needs. */
export interface ExecuteOptions {
  readonly database: Database
  readonly projectDir: string
  readonly jobs: number
  /** How often an action is tried again after a transient failure. */
  readonly retryLimit: number
  readonly durations: Durations
  readonly signal: AbortSignal
  readonly onEvent: EventSink
  /** Loads a source's new files. */
  readonly load: (
    source: string,
    onProgress: (fraction: number | null, message: string) => void,
  ) => Promise<LoadOutcome>
}

/** Executes everything and gives the report; failures of actions are in it, not thrown. */
export async function executePlan(plan: RunPlan, options: ExecuteOptions): Promise<RunReport> {
  const startedAt = new Date()
  const start = performance.now()
  const plans = new Map(plan.actions.map((item) => [targetKey(item.action.target), item]))
  const executable = plan.actions
    .map((item) => item.action)
    .filter((action) => action.type !== 'declaration')
  const results: ActionResult[] = []
  const finish = (result: ActionResult): void => {
    results.push(result)
    options.onEvent({
      type: 'action-finished',
      result,
      done: results.length,
      total: executable.length,
    })
  }

  const cancel = (): void => {
    // If the server is gone there is nothing to cancel.
    options.database.cancelRunning().catch(() => undefined)
  }
  options.signal.addEventListener('abort', cancel)
  try {
    await createSchemas(plan.schemas, options.database)
    const unstarted = await schedule(
      executable,
      options.jobs,
      (key) => options.durations.get(key) ?? 1,
      {
        isStopped: () => options.signal.aborted,
        skip: (action, cause) => {
          const message = `skipped, because ${cause} did not succeed`
          finish(
            ended(action, 'skipped', {
              outcome: 'skipped',
              failure: { kind: 'upstream', message, cause },
            }),
          )
        },
        execute: async (action) => {
          const item = plans.get(targetKey(action.target))
          if (item === undefined) throw new Error(`no plan for ${targetKey(action.target)}`)
          if (action.disabled) {
            finish(ended(action, 'disabled', { outcome: 'disabled' }))
            return 'done'
          }
          options.onEvent({
            type: 'action-started',
            target: action.target,
            actionType: action.type,
            atMs: performance.now() - start,
          })
          for (const warning of item.warnings)
            options.onEvent({
              type: 'warning',
              message: `${targetKey(action.target)}: ${warning}`,
              file: action.fileName,
            })
          const result = await executeAction(item, options)
          finish(result)
          return result.status === 'failed' ? 'blocks-dependents' : 'done'
        },
      },
    )
    for (const action of unstarted) {
      const failure = {
        kind: 'cancelled',
        message: 'not started, because the run was stopped',
      } as const
      finish(ended(action, 'skipped', { outcome: 'cancelled', failure }))
    }
    if (!options.signal.aborted) await expirePartitions(plan, results, options)
  } finally {
    options.signal.removeEventListener('abort', cancel)
  }
  return {
    results,
    startedAt,
    durationMs: performance.now() - start,
    cancelled: options.signal.aborted,
  }
}

async function createSchemas(schemas: readonly string[], database: Database): Promise<void> {
  if (schemas.length === 0) return
  const statements = schemas.map((schema) => `create schema if not exists ${quoteIdent(schema)};`)
  try {
    await database.withSession((session) =>
      // Two runs that create one schema at once would collide without the lock.
      session.query(
        `begin; select pg_advisory_xact_lock(hashtextextended('dataform:schemas', 0)); ${statements.join(' ')} commit`,
      ),
    )
  } catch (error) {
    const failure = readDatabaseError(error)
    if (failure === undefined) throw error
    throw new CommandError(
      `the schemas ${schemas.join(', ')} could not be created: ${failure.message}`,
      {
        hint: 'Create them yourself, or give the role CREATE on the database.',
      },
    )
  }
}

async function executeAction(plan: ActionPlan, options: ExecuteOptions): Promise<ActionResult> {
  const { action } = plan
  const start = performance.now()
  const end = (status: ActionResult['status'], rest: Partial<ActionResult>): ActionResult =>
    ended(action, status, { outcome: plan.outcome, durationMs: performance.now() - start, ...rest })
  if (plan.failure !== undefined) return end('failed', { failure: plan.failure })
  if (action.type === 'load') {
    const { rows, outcome, failure } = await options.load(action.source, (fraction, message) => {
      options.onEvent({ type: 'action-progress', target: action.target, fraction, message })
    })
    return failure === undefined
      ? end('succeeded', { rows, outcome })
      : end('failed', { rows, outcome, failure })
  }
  for (let attempt = 0; ; attempt++) {
    try {
      const { rows, failing } = await options.database.withSession((session) =>
        executeSteps(session, plan),
      )
      if (failing === null) return end('succeeded', { rows })
      return end(plan.severity === 'warn' ? 'warned' : 'failed', {
        rows,
        outcome: `${failing.count} failing`,
        failure: {
          kind: 'assertion',
          message: `${failing.count} row${failing.count === 1 ? '' : 's'} failed`,
          failingRows: failing.count,
          sample: failing.sample,
          at:
            action.type === 'assertion'
              ? assertionSpot(action, failing.sample, options.projectDir)
              : { file: action.fileName },
        },
      })
    } catch (error) {
      const again = attempt < options.retryLimit && !options.signal.aborted && isRetryable(error)
      if (!again) {
        const failure = describeFailure(error, action, options.projectDir, options.signal.aborted)
        return end('failed', { outcome: 'failed', failure })
      }
      options.onEvent({
        type: 'warning',
        message: `${targetKey(action.target)}: tried again after a transient failure`,
      })
    }
  }
}

function ended(
  action: Action,
  status: ActionResult['status'],
  rest: Partial<ActionResult> & { readonly outcome: string },
): ActionResult {
  return {
    target: action.target,
    type: action.type,
    status,
    fileName: action.fileName,
    durationMs: 0,
    rows: null,
    ...rest,
  }
}

// After all actions, so that aggregates have seen the detail before it goes.
async function expirePartitions(
  plan: RunPlan,
  results: readonly ActionResult[],
  options: ExecuteOptions,
): Promise<void> {
  const succeeded = new Set(
    results
      .filter((result) => result.status === 'succeeded')
      .map((result) => targetKey(result.target)),
  )
  for (const expiry of plan.expiries) {
    if (!succeeded.has(targetKey(expiry.target))) continue
    try {
      const { rows } = await options.database.withSession((session) => session.query(expiry.sql))
      const dropped = rows[0]?.dropped
      if (typeof dropped === 'string' && dropped !== '')
        options.onEvent({
          type: 'phase',
          phase: 'execute',
          message: `${targetKey(expiry.target)}: dropped expired partitions ${dropped}`,
        })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      options.onEvent({
        type: 'warning',
        message: `${targetKey(expiry.target)}: expired partitions were not dropped: ${reason}`,
      })
    }
  }
}
