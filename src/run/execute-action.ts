/**
 * One action, from its plan to its result: tried again after transient failures, planned again if what exists is no
 * longer what it was planned for.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { targetKey } from '../graph/target.js'
import type { Action } from '../graph/types.js'
import { awaitTarget, holderOf, TARGET_TAKEN } from '../plan/sql/locks.js'
import type { Catalog } from '../plan/catalog.js'
import type { ActionPlan } from '../plan/types.js'
import { readCatalog } from '../postgres/catalog.js'
import { readDatabaseError } from '../postgres/errors.js'
import { settleCommit } from './commit-outcome.js'
import type { ExecuteOptions } from './executor.js'
import {
  AuditsFailed,
  CommitUnknown,
  describeFailure,
  isRetryable,
  Refused,
  StepError,
} from './failures.js'
import type { ActionResult } from './events.js'
import { failingResult } from './gates.js'
import { ended } from './results.js'
import { settingsFor } from './step-settings.js'
import { executeSteps } from './steps.js'
import type { StepsResult } from './steps.js'
import type { AuditResult } from './transaction.js'

/** An action's result, and how its inline assertions came out, as far as they were evaluated. */
export interface ActionOutcome {
  readonly result: ActionResult
  readonly audits: readonly AuditResult[]
}

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5000

/** Executes an action that has steps; failures are in the result, not thrown. */
export async function executeAction(
  given: ActionPlan,
  options: ExecuteOptions,
): Promise<ActionOutcome> {
  const { action } = given
  const start = performance.now()
  const end = (
    status: ActionResult['status'],
    rest: Partial<ActionResult> & { readonly outcome: string },
  ): ActionResult => ended(action, status, { durationMs: performance.now() - start, ...rest })
  let plan = given
  let isPlannedAgain = false
  for (let attempt = 0; ;) {
    if (plan.failure !== undefined)
      return { result: end('failed', { outcome: 'refused', failure: plan.failure }), audits: [] }
    try {
      const done = await attemptOnce(plan, options, start)
      const { failing, rows, audits } = done
      const outcome = done.outcome ?? plan.outcome
      if (failing === null) return { result: end('succeeded', { rows, outcome }), audits }
      const result = failingResult(action, failing, plan.severity, options.projectDir)
      return { result: { ...result, durationMs: performance.now() - start }, audits }
    } catch (error) {
      const taken = await whenTaken(error, plan.action, options)
      if (taken === 'free') continue
      const again = isPlannedAgain ? null : await planAgain(error, plan, options)
      if (again !== null) {
        plan = again
        isPlannedAgain = true
        continue
      }
      if (attempt < options.retryLimit && !options.signal.aborted && isRetryable(error)) {
        attempt++
        options.onEvent({
          type: 'warning',
          message: `${targetKey(action.target)}: tried again after a transient failure (${attempt} of ${options.retryLimit})`,
        })
        await pause(Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS), options.signal)
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
        result: end('failed', { outcome: 'failed', failure }),
        audits: cause instanceof AuditsFailed ? cause.audits : [],
      }
    }
  }
}

async function attemptOnce(
  plan: ActionPlan,
  options: ExecuteOptions,
  start: number,
): Promise<StepsResult> {
  try {
    return await options.database.withSession((session) =>
      executeSteps(session, plan, settingsFor(plan, options, start)),
    )
  } catch (error) {
    if (!(error instanceof CommitUnknown)) throw error
    if ((await settleCommit(options.database, error.xid, options.signal)) === 'committed')
      return error.result
    throw error
  }
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
  return options.database.withSession(async (session) => {
    const holder = describeHolder((await session.query(holderOf(key))).rows[0])
    if (!options.waitForOthers)
      return new Refused({
        message: `${holder} is working on ${key}`,
        hint: 'Run it again when that is over, or wait for it with --wait.',
      })
    options.onEvent({
      type: 'warning',
      message: `${key}: waits for ${holder}`,
      file: action.fileName,
    })
    try {
      await session.query(awaitTarget(key))
    } catch (failure) {
      // Cancelled, or the server is gone: what is tried next says so.
      if (readDatabaseError(failure) === undefined) throw failure
    }
    return 'free'
  })
}

function describeHolder(row: Readonly<Record<string, unknown>> | undefined): string {
  if (row === undefined) return 'another run'
  const name = typeof row.name === 'string' && row.name !== '' ? row.name : 'another run'
  return `${name} (pid ${String(row.pid)}, working on it since ${String(row.since)} UTC)`
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
  return JSON.stringify(before) === JSON.stringify(after) ? null : options.plan(plan.action, now)
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined)
}
