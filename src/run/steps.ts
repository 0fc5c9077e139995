/**
 * Executes the groups of one action on one connection.
 */
import { targetKey } from '../graph/target.js'
import {
  lockForSession,
  openTransaction,
  OPENING_STATEMENTS,
  unlockForSession,
} from '../plan/sql/locks.js'
import type { ActionPlan, Step, StepGroup } from '../plan/types.js'
import { readDatabaseError } from '../postgres/errors.js'
import type { Session } from '../postgres/session.js'
import { sendAlone } from './batch.js'
import type { Frame } from './batch.js'
import { ConnectionLost, Refused, StepError } from './failures.js'
import { combine, NOTHING } from './progress.js'
import type { Progress, StepsResult } from './progress.js'
import { readSample } from './sample.js'
import { Transaction } from './transaction.js'
import type { TransactionSettings } from './transaction.js'

/** How far an action is when something is recorded of it. */
export interface RecordedProgress extends Pick<StepsResult, 'rows' | 'outcome'> {
  /** Groups that are committed, counted from the action's first. */
  readonly groups: number
  /** True if nothing is left to do. */
  readonly isLast: boolean
}

/** What executing an action depends on. */
export interface StepSettings extends TransactionSettings {
  /** What others see of the connection: `dataform run 12`. */
  readonly connectionName: string
  /** A statement that records how far it is, for the transaction that it speaks of; null where nothing is recorded. */
  readonly record: (progress: RecordedProgress) => string | null
}

/**
 * Executes an action's groups in order, from where the progress is. A group with a transaction is committed whole or
 * rolled back whole, under an advisory lock on the target.
 * @throws StepError with the step that failed, after the rollback; ConnectionLost if the connection was
 */
export async function executeSteps(
  session: Session,
  plan: ActionPlan,
  settings: StepSettings,
  progress: Progress,
): Promise<void> {
  try {
    for (const group of plan.groups.slice(progress.groups))
      progress.add(await runGroup(session, plan, group, settings, progress))
  } finally {
    // What a user's statement set or left behind must not reach the next action on this connection.
    if (hasUserStatements(plan)) await quietly(() => session.reset())
  }
}

function hasUserStatements(plan: ActionPlan): boolean {
  return plan.groups.some((group) =>
    group.steps.some((step) => step.kind === 'sql' && step.isUserStatement === true),
  )
}

async function runGroup(
  session: Session,
  plan: ActionPlan,
  group: StepGroup,
  settings: StepSettings,
  progress: Progress,
): Promise<StepsResult> {
  const record = (result: Pick<StepsResult, 'rows' | 'outcome'>): string | null => {
    if (plan.action.type === 'assertion') return null
    const { rows, outcome } = combine(progress.total, { ...NOTHING, ...result })
    const isLast = progress.groups + 1 === plan.groups.length
    return settings.record({
      rows,
      outcome,
      groups: plan.groupsBefore + progress.groups + 1,
      isLast,
    })
  }
  if (group.transaction === 'one')
    return inTransaction(session, plan, group.steps, settings, record)
  const isOwn = plan.action.type !== 'operations' && plan.action.type !== 'assertion'
  try {
    const result = await (isOwn
      ? underSessionLock(session, plan, () => runAlone(session, group.steps))
      : runAlone(session, group.steps))
    const statement = record(result)
    if (statement !== null) await session.query(statement)
    return result
  } catch (error) {
    throw isLost(error) ? new ConnectionLost(error, session.processId, null, null) : error
  }
}

const isLost = (error: unknown): boolean =>
  readDatabaseError(error instanceof StepError ? error.cause : error)?.kind === 'connection'

async function inTransaction(
  session: Session,
  plan: ActionPlan,
  steps: readonly Step[],
  settings: StepSettings,
  record: (result: Pick<StepsResult, 'rows' | 'outcome'>) => string | null,
): Promise<StepsResult> {
  const key = targetKey(plan.action.target)
  const opening = {
    sql: openTransaction(key, settings.connectionName),
    statements: OPENING_STATEMENTS,
  }
  const closing = (done: Transaction): Frame => {
    const statement = record(done)
    return statement === null
      ? { sql: 'commit;', statements: 1 }
      : { sql: `${statement}\ncommit;`, statements: 2 }
  }
  const transaction = new Transaction(session, settings, opening, closing)
  try {
    await transaction.run(steps)
  } catch (error) {
    if (isLost(error))
      throw new ConnectionLost(
        error,
        session.processId,
        transaction.xid,
        transaction.isClosing ? resultOf(transaction) : null,
      )
    if (session.isInTransaction) await quietly(() => session.query('rollback'))
    throw error
  }
  return resultOf(transaction)
}

const resultOf = ({ rows, outcome, audits }: Transaction): StepsResult => ({
  rows,
  outcome,
  audits,
  failing: null,
})

// A connection that is gone has rolled back and forgotten by itself; the first error is the one to tell.
async function quietly(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (readDatabaseError(error) === undefined) throw error
  }
}

/** Steps that can't run in a transaction, each by itself. */
async function runAlone(session: Session, steps: readonly Step[]): Promise<StepsResult> {
  let total = NOTHING
  for (const step of steps) total = combine(total, await runStep(session, step))
  return total
}

async function runStep(session: Session, step: Step): Promise<StepsResult> {
  if (step.kind === 'load' || step.kind === 'audit')
    throw new Error(`a step of the kind ${step.kind} can't run alone`)
  if (step.kind === 'assert') {
    const failing = readSample((await sendAlone(session, step))[0])
    return { ...NOTHING, rows: failing?.count ?? 0, failing }
  }
  const results = await sendAlone(session, step)
  if (step.kind === 'decide') {
    const decision = step.decide(results.at(-1)?.rows[0]?.facts)
    if ('refusal' in decision) throw new StepError(step, new Refused(decision.refusal))
    if ('isTorn' in decision) throw new Error(`a look of the kind ${step.label} can't be alone`)
    return runAlone(session, decision.steps)
  }
  const counts = step.countsRows === true ? results.flatMap((result) => result.rowCount ?? []) : []
  const rows = counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0)
  return { ...NOTHING, rows }
}

async function underSessionLock<T>(
  session: Session,
  plan: ActionPlan,
  work: () => Promise<T>,
): Promise<T> {
  const key = targetKey(plan.action.target)
  const { rows } = await session.query(lockForSession(key))
  if (rows[0]?.yes !== true)
    throw new Refused({
      message:
        'its rows are published, but another run has begun to work on it, so its indexes were left alone',
      hint: 'Run it again.',
    })
  try {
    return await work()
  } finally {
    await quietly(() => session.query(unlockForSession(key)))
  }
}
