/**
 * Round trips cost more than small statements: steps that need not be looked at one by one are sent together.
 */
import type { AuditStep, DecideStep, LoadStep, SqlStep, Step } from '../plan/types.js'
import { StatementError } from '../postgres/session.js'
import type { QueryResult, Session } from '../postgres/session.js'
import { StepError } from './failures.js'
import { offsetOfPosition, readDatabaseError } from '../postgres/errors.js'

/** A step that can share a message with others. */
export type BatchStep = SqlStep | AuditStep | DecideStep

/** Results of a step that was sent. */
export interface Sent {
  readonly step: BatchStep
  readonly results: readonly QueryResult[]
}

/** Statements of the engine's before or after the steps, and how many they are. */
export interface Frame {
  readonly sql: string
  readonly statements: number
}

/** No statements. */
export const NO_FRAME: Frame = { sql: '', statements: 0 }

/** How many statements a step holds; null where only the server knows. */
const countOf = (step: BatchStep): number | null =>
  step.kind === 'audit' ? 1 : step.kind === 'decide' ? null : step.statements

/** True if nothing but its success is of interest before the next step is sent. */
const isQuiet = (step: BatchStep): boolean =>
  step.kind === 'sql' && step.statements !== null && step.instead === undefined

/**
 * Whether a step may come after the others in one message. What is looked at (audits, then perhaps one look at the
 * database) comes last, and a text of the user's alone or last.
 */
export function canFollow(steps: readonly BatchStep[], next: Step): next is BatchStep {
  if (next.kind === 'load' || next.kind === 'assert') return false
  const last = steps.at(-1)
  if (last === undefined) return true
  if (next.kind === 'sql' && (next.locks !== undefined || next.instead !== undefined)) return false
  if (isQuiet(last)) return true
  return last.kind === 'audit' && next.kind !== 'sql'
}

/**
 * Sends steps in one message and gives each one's results. A failure is that of the step which failed.
 * @throws StepError
 */
export async function sendBatch(
  session: Session,
  steps: readonly BatchStep[],
  before: Frame,
  after: Frame,
): Promise<{ readonly opening: readonly QueryResult[]; readonly sent: readonly Sent[] }> {
  let sql = before.sql
  const starts = steps.map((step) => {
    if (sql !== '') sql += '\n'
    const start = sql.length
    sql += step.sql
    // A user's text may end in a comment, and needs no semicolon.
    if (!/;\s*$/.test(step.sql)) sql += '\n;'
    return start
  })
  if (after.sql !== '') sql += `\n${after.sql}`
  try {
    const results = await session.queryAll(sql)
    return distribute(steps, results, before, after)
  } catch (error) {
    throw asStepError(error, { steps, starts, before, sql })
  }
}

function distribute(
  steps: readonly BatchStep[],
  results: readonly QueryResult[],
  before: Frame,
  after: Frame,
): { readonly opening: readonly QueryResult[]; readonly sent: readonly Sent[] } {
  const end = results.length - after.statements
  let at = before.statements
  const sent = steps.map((step, i): Sent => {
    const count = countOf(step) ?? 0
    // The last step gets all that is left: of a user's text nobody knows the count.
    const next = i === steps.length - 1 ? end : at + count
    const own = results.slice(at, next)
    at = next
    return { step, results: own }
  })
  return { opening: results.slice(0, before.statements), sent }
}

/** Sends one step by itself, outside of any transaction. */
export async function sendAlone(
  session: Session,
  step: Exclude<Step, LoadStep>,
): Promise<readonly QueryResult[]> {
  try {
    return await session.queryAll(step.sql)
  } catch (error) {
    const position = readDatabaseError(error)?.position
    const cause = error instanceof StatementError ? error.cause : error
    throw new StepError(
      step,
      cause,
      position === undefined ? undefined : offsetOfPosition(step.sql, position),
    )
  }
}

function asStepError(
  error: unknown,
  batch: {
    readonly steps: readonly BatchStep[]
    readonly starts: readonly number[]
    readonly before: Frame
    readonly sql: string
  },
): unknown {
  const cause = error instanceof StatementError ? error.cause : error
  const position = readDatabaseError(cause)?.position
  const { steps, starts, before, sql } = batch
  if (position !== undefined) {
    const offset = offsetOfPosition(sql, position)
    const index = starts.findLastIndex((start) => start <= offset)
    const step = steps[index]
    return step === undefined ? error : new StepError(step, cause, offset - (starts[index] ?? 0))
  }
  let completed = (error instanceof StatementError ? error.completed : 0) - before.statements
  if (completed < 0) return cause
  for (const step of steps) {
    completed -= countOf(step) ?? Infinity
    if (completed < 0) return new StepError(step, cause)
  }
  const last = steps.at(-1)
  return last === undefined ? cause : new StepError(last, cause)
}
