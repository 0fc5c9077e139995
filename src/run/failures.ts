/**
 * From what the driver throws to the engine's failures, with the place in the user's file.
 */
import { locateInSource } from '../compile/source-map.js'
import type { ActionFailure, SourceSpot } from '../failure/types.js'
import type { Action } from '../graph/types.js'
import type { CheckStep, Step } from '../plan/types.js'
import { isTransient, readDatabaseError, sqlstate } from '../postgres/errors.js'
import type { DatabaseError } from '../postgres/errors.js'
import type { QueryResult } from '../postgres/session.js'

/** A check that gave rows; thrown so that the transaction is rolled back. */
export class CheckFailed extends Error {
  readonly step: CheckStep

  constructor(step: CheckStep, result: QueryResult) {
    const rows = result.rows.map((row) =>
      Object.entries(row)
        .map(
          ([name, value]) =>
            `${name} = ${value === null ? 'NULL' : typeof value === 'string' ? value : JSON.stringify(value)}`,
        )
        .join(', '),
    )
    super(`${step.message}: ${rows.join('; ')}`)
    this.step = step
  }
}

/** A user's statement that committed or rolled back; thrown because what follows would not be one transaction. */
export class TransactionEnded extends Error {
  constructor() {
    super('the statement ended the transaction; what came before it may be committed')
  }
}

/** What a step threw, with the step. */
export class StepError extends Error {
  readonly step: Step

  constructor(step: Step, cause: unknown) {
    super(`step failed: ${step.label}`, { cause })
    this.step = step
  }
}

/** True if the same statements may succeed when they are tried again (deadlock, lost connection, ...). */
export function isRetryable(error: unknown): boolean {
  const database = readDatabaseError(error instanceof StepError ? error.cause : error)
  return database !== undefined && isTransient(database)
}

/**
 * The failure of an action.
 * @param isCancelled whether the run is being cancelled, so that the server's "canceling statement" is ours
 * @throws the error itself if it is not one that can be expected: it is a bug
 */
export function describeFailure(
  error: unknown,
  action: Action,
  projectDir: string,
  isCancelled: boolean,
): ActionFailure {
  const step = error instanceof StepError ? error.step : undefined
  const cause = error instanceof StepError ? error.cause : error
  if (cause instanceof CheckFailed) {
    return {
      kind: 'sql',
      message: cause.message,
      step: cause.step.label,
      at: { file: action.fileName },
      ...(cause.step.hint === undefined ? {} : { hint: cause.step.hint }),
    }
  }
  if (cause instanceof TransactionEnded) {
    return {
      kind: 'sql',
      message: cause.message,
      at: { file: action.fileName },
      hint: 'Take BEGIN, COMMIT and ROLLBACK out: every action is one transaction already.',
      ...(step === undefined ? {} : { step: step.label }),
    }
  }
  const database = readDatabaseError(cause)
  if (database === undefined) throw cause
  if (isCancelled)
    return { kind: 'cancelled', message: 'cancelled; the transaction was rolled back' }
  if (database.kind === 'connection')
    return { kind: 'connection', message: `the connection was lost: ${database.message}` }
  if (database.sqlstate === sqlstate.queryCanceled)
    return { kind: 'cancelled', message: `the server cancelled the statement: ${database.message}` }
  return {
    kind: 'sql',
    message: database.message,
    at: spotOf(database, step, action, projectDir) ?? { file: action.fileName },
    ...(database.sqlstate === undefined ? {} : { sqlstate: database.sqlstate }),
    ...(database.detail === undefined ? {} : { detail: database.detail }),
    ...(database.hint === undefined ? {} : { hint: database.hint }),
    ...(step === undefined ? {} : { step: step.label }),
  }
}

function spotOf(
  error: DatabaseError,
  step: Step | undefined,
  action: Action,
  projectDir: string,
): SourceSpot | undefined {
  if (error.position === undefined || step === undefined || !('user' in step)) return undefined
  // The server counts characters, not UTF-16 units.
  const before = Array.from(step.sql)
    .slice(0, error.position - 1)
    .join('').length
  const offset = before - step.user.offset
  if (offset < 0 || offset > step.user.text.length) return undefined
  const spot = locateInSource(projectDir, action.fileName, step.user.text, offset)
  return spot ?? compiledSpot(action.fileName, step.user.text, offset)
}

// Without a place in the file, the line of the compiled text is shown.
function compiledSpot(file: string, text: string, offset: number): SourceSpot {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  const end = text.indexOf('\n', offset)
  return { file, column: offset - start + 1, text: text.slice(start, end === -1 ? undefined : end) }
}
