/**
 * Executes the steps of one action on one connection.
 */
import type { SampleRow } from '../failure/types.js'
import { impossible } from '../impossible.js'
import type { ActionPlan, AssertStep, SqlStep, Step } from '../plan/types.js'
import { lockTarget } from '../plan/operations.js'
import { targetKey } from '../graph/target.js'
import { readDatabaseError } from '../postgres/errors.js'
import type { Session } from '../postgres/session.js'
import { toMessages } from './messages.js'
import type { Message } from './messages.js'
import { CheckFailed, StepError, TransactionEnded } from './failures.js'

/** What the steps gave. */
export interface StepsResult {
  /** Rows of the steps that count; null if none does. */
  readonly rows: number | null
  /** Set by an assertion that found rows. */
  readonly failing: { readonly count: number; readonly sample: readonly SampleRow[] } | null
}

const NOTHING: StepsResult = { rows: null, failing: null }

/**
 * Executes an action's groups in order. A group with a transaction is committed whole or rolled back
 * whole, under an advisory lock on the target.
 * @throws StepError with the step that failed, after the rollback
 */
export async function executeSteps(session: Session, plan: ActionPlan): Promise<StepsResult> {
  try {
    return await runGroups(session, plan)
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

async function runGroups(session: Session, plan: ActionPlan): Promise<StepsResult> {
  let total = NOTHING
  for (const group of plan.groups) {
    const result =
      group.transaction === 'one'
        ? await inTransaction(session, plan, group.steps)
        : await runMessages(session, group.steps.map(alone), false)
    total = combine(total, result)
  }
  return total
}

const alone = (step: Step): Message => ({ step, resultsBefore: 0, commits: false })

async function inTransaction(
  session: Session,
  plan: ActionPlan,
  steps: readonly Step[],
): Promise<StepsResult> {
  const opening = `begin; ${lockTarget(targetKey(plan.action.target))}`
  const { messages, opened, committed } = toMessages(steps, opening, 2)
  try {
    if (!opened) await session.query(opening)
    const result = await runMessages(session, messages, true)
    if (!committed) await session.query('commit')
    return result
  } catch (error) {
    if (session.isInTransaction) await quietly(() => session.query('rollback'))
    throw error
  }
}

// A connection that is gone has rolled back and forgotten by itself; the first error is the one to tell.
async function quietly(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (readDatabaseError(error) === undefined) throw error
  }
}

async function runMessages(
  session: Session,
  messages: readonly Message[],
  isTransaction: boolean,
): Promise<StepsResult> {
  let total = NOTHING
  for (const { step, resultsBefore, commits } of messages) {
    try {
      total = combine(total, await runStep(session, step, resultsBefore))
      if (isTransaction && !commits && !session.isInTransaction) throw new TransactionEnded()
    } catch (error) {
      throw error instanceof StepError ? error : new StepError(step, error)
    }
  }
  return total
}

async function runStep(session: Session, step: Step, resultsBefore = 0): Promise<StepsResult> {
  switch (step.kind) {
    case 'sql':
      return step.instead === undefined
        ? runSql(session, step, resultsBefore)
        : runOrInstead(session, step, step.instead)
    case 'check': {
      const result = await session.query(step.sql)
      if (result.rows.length > 0) throw new CheckFailed(step, result)
      return NOTHING
    }
    case 'assert':
      return runAssertion(session, step)
    case 'load':
      throw new Error('a load is not executed as steps')
    default:
      return impossible(step)
  }
}

async function runSql(session: Session, step: SqlStep, resultsBefore = 0): Promise<StepsResult> {
  const results = (await session.queryAll(step.sql)).slice(resultsBefore)
  if (step.countsRows !== true) return NOTHING
  const counts = results.flatMap((result) => result.rowCount ?? [])
  return {
    rows: counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0),
    failing: null,
  }
}

async function runOrInstead(
  session: Session,
  step: SqlStep,
  instead: NonNullable<SqlStep['instead']>,
): Promise<StepsResult> {
  await session.query('savepoint dataform_instead')
  try {
    return await runSql(session, step)
  } catch (error) {
    if (readDatabaseError(error)?.sqlstate !== instead.sqlstate) throw error
    await session.query('rollback to savepoint dataform_instead')
    return runMessages(session, instead.steps.map(alone), true)
  }
}

async function runAssertion(session: Session, step: AssertStep): Promise<StepsResult> {
  const row = (await session.query(step.sql)).rows[0]
  const count = Number(row?.failing_rows ?? 0)
  const sample: unknown = typeof row?.sample === 'string' ? JSON.parse(row.sample) : row?.sample
  return {
    rows: count,
    failing: count === 0 ? null : { count, sample: (sample ?? []) as readonly SampleRow[] },
  }
}

function combine(a: StepsResult, b: StepsResult): StepsResult {
  return {
    rows: a.rows === null ? b.rows : b.rows === null ? a.rows : a.rows + b.rows,
    failing: b.failing ?? a.failing,
  }
}
