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
import { CommitUnknown, Refused, StepError } from './failures.js'
import { readSample } from './sample.js'
import type { FailingRows } from './sample.js'
import { Transaction } from './transaction.js'
import type { AuditResult, TransactionSettings } from './transaction.js'

/** What the steps gave. */
export interface StepsResult {
  /** Rows of the steps that count; null if none does. */
  readonly rows: number | null
  /** What a decision has made of the action, if that is not what the plan says. */
  readonly outcome: string | null
  readonly audits: readonly AuditResult[]
  /** Set by an assertion that found rows. */
  readonly failing: FailingRows | null
}

/** What executing an action depends on. */
export interface StepSettings extends TransactionSettings {
  /** What others see of the connection: `dataform run 12`. */
  readonly connectionName: string
  /** Statements that record the success, for the transaction that publishes; null where nothing is recorded. */
  readonly record: (done: Omit<StepsResult, 'audits' | 'failing'>) => string | null
}

/**
 * Executes an action's groups in order. A group with a transaction is committed whole or rolled back
 * whole, under an advisory lock on the target.
 * @throws StepError with the step that failed, after the rollback; CommitUnknown if the connection was lost while
 *   the commit was under way
 */
export async function executeSteps(
  session: Session,
  plan: ActionPlan,
  settings: StepSettings,
): Promise<StepsResult> {
  let total = NOTHING
  // Operations are done when the last group is; what follows the publication of a model is only about its indexes.
  const recorded = plan.action.type === 'operations' ? plan.groups.length - 1 : 0
  try {
    for (const [i, group] of plan.groups.entries())
      total = combine(total, await runGroup(session, plan, group, settings, i === recorded))
    return total
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
  isRecorded: boolean,
): Promise<StepsResult> {
  if (group.transaction === 'one')
    return inTransaction(session, plan, group.steps, settings, isRecorded)
  const isOwn = plan.action.type !== 'operations' && plan.action.type !== 'assertion'
  const result = await (isOwn
    ? underSessionLock(session, plan, () => runAlone(session, group.steps))
    : runAlone(session, group.steps))
  const record = isRecorded ? settings.record(result) : null
  if (record !== null) await session.query(record)
  return result
}

async function inTransaction(
  session: Session,
  plan: ActionPlan,
  steps: readonly Step[],
  settings: StepSettings,
  isRecorded: boolean,
): Promise<StepsResult> {
  const key = targetKey(plan.action.target)
  const opening = {
    sql: openTransaction(key, settings.connectionName),
    statements: OPENING_STATEMENTS,
  }
  const closing = ({ rows, outcome }: Transaction): Frame => {
    const record = isRecorded ? settings.record({ rows, outcome }) : null
    return record === null
      ? { sql: 'commit;', statements: 1 }
      : { sql: `${record}\ncommit;`, statements: 2 }
  }
  const transaction = new Transaction(session, settings, opening, closing)
  try {
    await transaction.run(steps)
  } catch (error) {
    const cause = error instanceof StepError ? error.cause : error
    const isLost = readDatabaseError(cause)?.kind === 'connection'
    if (isLost && transaction.isClosing && transaction.xid !== null)
      throw new CommitUnknown(cause, transaction.xid, resultOf(transaction))
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

const NOTHING: StepsResult = { rows: null, outcome: null, audits: [], failing: null }

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

function combine(a: StepsResult, b: StepsResult): StepsResult {
  return {
    rows: a.rows === null ? b.rows : b.rows === null ? a.rows : a.rows + b.rows,
    outcome: b.outcome ?? a.outcome,
    audits: [...a.audits, ...b.audits],
    failing: b.failing ?? a.failing,
  }
}
