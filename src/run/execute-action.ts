/**
 * One action, from its plan to its result: tried again after transient failures, planned again if what exists is no
 * longer what it was planned for.
 */
import { targetKey } from '../graph/target.js'
import type { Action } from '../graph/types.js'
import { awaitTarget, holderOf, TARGET_TAKEN } from '../plan/sql/locks.js'
import type { Catalog } from '../plan/catalog.js'
import type { ActionPlan } from '../plan/types.js'
import { readCatalog } from '../postgres/catalog.js'
import { readDatabaseError } from '../postgres/errors.js'
import type { Session } from '../postgres/session.js'
import type { ExecuteOptions } from './execute-options.js'
import {
  AuditsFailed,
  CommitUnknown,
  ConnectionLost,
  describeFailure,
  isRetryable,
  Refused,
  StepError,
} from './failures.js'
import type { ActionResult } from './events.js'
import { failingResult } from './gates.js'
import { settleLost } from './lost-connection.js'
import { Progress } from './progress.js'
import { ended } from './results.js'
import { pauseBeforeRetry, retryMessage } from './retry.js'
import { settingsFor } from './step-settings.js'
import { executeSteps } from './steps.js'
import type { AuditResult } from './sample.js'

/** An action's result, and how its inline assertions came out, as far as they were evaluated. */
export interface ActionOutcome {
  readonly result: ActionResult
  readonly audits: readonly AuditResult[]
}

/** Executes an action that has steps; failures are in the result, not thrown. */
export async function executeAction(
  given: ActionPlan,
  options: ExecuteOptions,
): Promise<ActionOutcome> {
  const { action } = given
  const start = performance.now()
  const end = (result: ActionResult): ActionResult => ({
    ...result,
    durationMs: performance.now() - start,
  })
  let plan = given
  let isPlannedAgain = false
  const progress = new Progress()
  for (let attempt = 0; ;) {
    try {
      if (attempt > 0) {
        const rest = await planRest(plan, progress, options)
        isPlannedAgain ||= rest !== plan
        plan = rest
      }
      if (plan.failure !== undefined)
        return {
          result: end(ended(action, 'failed', { outcome: 'refused', failure: plan.failure })),
          audits: [],
        }
      const settings = settingsFor(plan, options, start)
      await options.database.withSession((session) =>
        executeSteps(session, plan, settings, progress),
      )
      const { failing, rows, audits, outcome } = progress.total
      if (failing !== null)
        return {
          result: end(failingResult(action, failing, plan.severity, options.projectDir)),
          audits,
        }
      return {
        result: end(ended(action, 'succeeded', { rows, outcome: outcome ?? plan.outcome })),
        audits,
      }
    } catch (thrown) {
      const error = await afterLoss(thrown, plan, progress, options)
      if (error === null) continue
      const taken = await whenTaken(error, action, options)
      if (taken === 'free') continue
      // What is committed was planned for; only a beginning can be planned again.
      const again =
        isPlannedAgain || progress.groups > 0 ? null : await planAgain(error, plan, options)
      if (again !== null) {
        plan = again
        isPlannedAgain = true
        continue
      }
      if (attempt < options.retryLimit && !options.signal.aborted && isRetryable(error)) {
        options.onEvent({
          type: 'warning',
          message: retryMessage(targetKey(action.target), attempt + 1, options),
        })
        await pauseBeforeRetry(options, attempt)
        attempt++
        continue
      }
      const failure = describeFailure(
        taken ?? error,
        action,
        options.projectDir,
        options.signal.aborted,
      )
      const cause = error instanceof StepError ? error.cause : error
      return {
        result: end(ended(action, 'failed', { outcome: 'failed', failure })),
        audits: cause instanceof AuditsFailed ? cause.audits : progress.total.audits,
      }
    }
  }
}

/**
 * After a lost connection: finds out what became of the transaction.
 * @returns null if it was committed, so that the action goes on with what comes after it; else the failure
 */
async function afterLoss(
  error: unknown,
  plan: ActionPlan,
  progress: Progress,
  options: ExecuteOptions,
): Promise<unknown> {
  if (!(error instanceof ConnectionLost) || options.signal.aborted) return error
  const outcome = await settleLost(
    options.database,
    error,
    {
      key: targetKey(plan.action.target),
      runId: options.runId,
      groups: plan.groupsBefore + progress.groups + 1,
    },
    options.signal,
  )
  if (outcome === 'unknown') return new CommitUnknown(error.cause)
  if (outcome === 'rolled back' || error.result === null) return error
  progress.add(error.result)
  return null
}

/**
 * If another run has the target: waits for it, if that was asked for.
 * @returns `free` when it has ended; the failure that names it; undefined if nobody has the target
 */
async function whenTaken(
  error: unknown,
  action: Action,
  options: ExecuteOptions,
): Promise<'free' | Refused | undefined> {
  if (readDatabaseError(error)?.sqlstate !== TARGET_TAKEN || options.signal.aborted)
    return undefined
  const key = targetKey(action.target)
  const ask = async (session: Session): Promise<'free' | Refused> => {
    const [row] = (await session.query(holderOf(key))).rows
    const holder = describeHolder(row)
    if (!options.waitForOthers)
      return new Refused({
        message: `${holder} is working on ${key}`,
        hint: `Run it again when that is over, or wait for it with --wait. If nobody runs it any more, its session ends by itself within seconds; select pg_terminate_backend(${pidOf(row)}) ends it at once.`,
      })
    options.onEvent({
      type: 'warning',
      message: `${key}: waits for ${holder}`,
      file: action.fileName,
    })
    await session.query(awaitTarget(key))
    return 'free'
  }
  try {
    return await options.database.withSession(ask)
  } catch (failure) {
    // Cancelled, or the server is gone: what is tried next says so.
    if (readDatabaseError(failure) === undefined) throw failure
    return options.waitForOthers
      ? 'free'
      : new Refused({ message: `another run is working on ${key}`, hint: 'Run it again.' })
  }
}

const pidOf = (row: Readonly<Record<string, unknown>> | undefined): string =>
  row === undefined ? 'its pid' : String(row.pid)

function describeHolder(row: Readonly<Record<string, unknown>> | undefined): string {
  if (row === undefined) return 'another run'
  const name = typeof row.name === 'string' && row.name !== '' ? row.name : 'another run'
  return `${name} (pid ${pidOf(row)}, working on it since ${String(row.since)} UTC)`
}

/**
 * What is left of an action of which a part is committed, planned for what is there now, as a resumed run plans it: the
 * last attempt may have done more than it could record.
 */
async function planRest(
  plan: ActionPlan,
  progress: Progress,
  options: ExecuteOptions,
): Promise<ActionPlan> {
  const { action, groupsBefore } = plan
  if (progress.groups === 0 || action.type === 'operations') return plan
  const now = await options.database.withSession((session) => readCatalog(session, [action.target]))
  const rest = options.plan(action, now, groupsBefore + progress.groups)
  progress.groups = 0
  return rest
}

/** A new plan, if what exists is not what the plan was made for: somebody made or dropped it after the run began. */
async function planAgain(
  error: unknown,
  plan: ActionPlan,
  options: ExecuteOptions,
): Promise<ActionPlan | null> {
  const failure = readDatabaseError(error instanceof StepError ? error.cause : error)
  if (failure?.kind !== 'sql' || plan.action.type === 'operations' || options.signal.aborted)
    return null
  const { target } = plan.action
  let now: Catalog
  try {
    now = await options.database.withSession((session) => readCatalog(session, [target]))
  } catch (error) {
    if (readDatabaseError(error) === undefined) throw error
    return null
  }
  const before = options.catalog.relations.get(targetKey(target))
  const after = now.relations.get(targetKey(target))
  return JSON.stringify(before) === JSON.stringify(after)
    ? null
    : options.plan(plan.action, now, plan.groupsBefore)
}
