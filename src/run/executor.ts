/**
 * Executes a plan: the only writer. Emits events; never prints.
 */
import { CommandError } from '../failure/types.js'
import { targetKey } from '../graph/target.js'
import type { Action } from '../graph/types.js'
import type { ActionPlan, RunPlan } from '../plan/types.js'
import { readDatabaseError } from '../postgres/errors.js'
import { quoteIdent } from '../sql/identifiers.js'
import { STATE_LOCK } from '../state/migrate.js'
import type { ActionResult, RunReport } from './events.js'
import { executeAction } from './execute-action.js'
import type { ExecuteOptions } from './execute-options.js'
import { expirePartitions } from './expire.js'
import { Gates } from './gates.js'
import { describeFailure } from './failures.js'
import { ended } from './results.js'
import { keyOrder } from './key-order.js'
import { retrying } from './retry.js'
import { schedule } from './scheduler.js'
import type { Verdict } from './scheduler.js'

/** Executes everything and gives the report; failures of actions are in it, not thrown. */
export async function executePlan(plan: RunPlan, options: ExecuteOptions): Promise<RunReport> {
  const startedAt = new Date()
  const start = performance.now()
  const plans = new Map(plan.actions.map((item) => [targetKey(item.action.target), item]))
  const executable = plan.actions
    .map((item) => item.action)
    .filter((action) => action.type !== 'declaration')
  const results: ActionResult[] = []
  const gates = new Gates(options.projectDir)
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
    await createSchemas(plan.schemas, options)
    const unstarted = await schedule(
      executable,
      options.jobs,
      (key) => options.durations.get(key) ?? 1,
      {
        isStopped: () => options.signal.aborted,
        skip: (action, cause) => {
          finish(gates.resultOf(action) ?? skipped(action, cause))
        },
        execute: async (action) => {
          const item = plans.get(targetKey(action.target))
          if (item === undefined) throw new Error(`no plan for ${targetKey(action.target)}`)
          const result = await executeOne(item, gates, options, () => performance.now() - start)
          finish(result)
          return verdictOf(result)
        },
      },
      keyOrder(executable, options.catalog),
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

const verdictOf = (result: ActionResult): Verdict =>
  result.status === 'failed' ? 'blocks-dependents' : 'done'

function skipped(action: Action, cause: string): ActionResult {
  const message = `skipped, because ${cause} did not succeed`
  return ended(action, 'skipped', {
    outcome: 'skipped',
    failure: { kind: 'upstream', message, cause },
  })
}

async function createSchemas(schemas: readonly string[], options: ExecuteOptions): Promise<void> {
  if (schemas.length === 0) return
  const statements = schemas.map((schema) => `create schema if not exists ${quoteIdent(schema)};`)
  try {
    await retrying('the schemas', options, () =>
      options.database.withSession((session) =>
        // Two runs that create one schema at once would collide without the lock.
        session.query(`begin; ${STATE_LOCK}; ${statements.join(' ')} commit`),
      ),
    )
  } catch (error) {
    const failure = readDatabaseError(error)
    if (failure === undefined) throw error
    if (failure.kind === 'connection')
      throw new CommandError(`the connection was lost: ${failure.message}`)
    throw new CommandError(
      `the schemas ${schemas.join(', ')} could not be created: ${failure.message}`,
      {
        hint: 'Create them yourself, or give the role CREATE on the database.',
      },
    )
  }
}

async function executeOne(
  plan: ActionPlan,
  gates: Gates,
  options: ExecuteOptions,
  elapsedMs: () => number,
): Promise<ActionResult> {
  const { action } = plan
  if (action.disabled) return ended(action, 'disabled', { outcome: 'disabled' })
  const gated = plan.isGate ? gates.resultOf(action) : undefined
  if (gated !== undefined) return gated
  // Its model has succeeded: an assertion that was not evaluated must not count as one that holds.
  if (plan.isGate) throw new Error(`${targetKey(action.target)} was not evaluated with its model`)
  options.onEvent({
    type: 'action-started',
    target: action.target,
    actionType: action.type,
    atMs: elapsedMs(),
  })
  for (const warning of plan.warnings)
    options.onEvent({
      type: 'warning',
      message: `${targetKey(action.target)}: ${warning}`,
      file: action.fileName,
    })
  if (action.type === 'load' && plan.failure === undefined)
    return executeLoad(plan, action.source, options)
  const { result, audits } = await executeAction(plan, options)
  // What holds of another model for now is not that model's result: its own action may come to another one.
  gates.add(
    audits.filter(
      ({ assertion: { parent }, failing }) =>
        failing !== null || (parent !== null && targetKey(parent) === targetKey(action.target)),
    ),
  )
  return result
}

// A load remembers each file in the transaction that loads it: to begin again loads no file twice.
async function executeLoad(
  { action }: ActionPlan,
  source: string,
  options: ExecuteOptions,
): Promise<ActionResult> {
  const start = performance.now()
  try {
    const { rows, outcome, failure } = await retrying(targetKey(action.target), options, () =>
      options.load(source, (fraction, message) => {
        options.onEvent({ type: 'action-progress', target: action.target, fraction, message })
      }),
    )
    const rest = { rows, outcome, durationMs: performance.now() - start }
    return failure === undefined
      ? ended(action, 'succeeded', rest)
      : ended(action, 'failed', { ...rest, failure })
  } catch (error) {
    return ended(action, 'failed', {
      outcome: 'failed',
      durationMs: performance.now() - start,
      failure: describeFailure(error, action, options.projectDir, options.signal.aborted),
    })
  }
}
