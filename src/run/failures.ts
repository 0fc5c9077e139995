/**
 * From what the driver throws to the engine's failures, with the place in the user's file.
 */
import { spotInText } from '../compile/compiled-spot.js'
import { findInSource, quotedName } from '../compile/find-in-source.js'
import type { ActionFailure, SourceSpot } from '../failure/types.js'
import { targetKey } from '../graph/target.js'
import type { Action } from '../graph/types.js'
import type { Step } from '../plan/types.js'
import { isTransient, readDatabaseError, sqlstate } from '../postgres/errors.js'
import type { DatabaseError } from '../postgres/errors.js'
import type { StepsResult } from './progress.js'
import type { AuditResult } from './sample.js'

/** A look at the database that says that the action can't be executed; thrown so that it is rolled back. */
export class Refused extends Error {
  readonly hint: string | undefined

  constructor(refusal: { readonly message: string; readonly hint?: string }) {
    super(refusal.message)
    this.hint = refusal.hint
  }
}

/** Inline assertions that rows fail; thrown so that the rows are not published. */
export class AuditsFailed extends Error {
  /** All that were evaluated. */
  readonly audits: readonly AuditResult[]
  readonly failed: readonly AuditResult[]

  constructor(audits: readonly AuditResult[], failed: readonly AuditResult[]) {
    super('audits failed')
    this.audits = audits
    this.failed = failed
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
  /** Where in the step's SQL the server found the error, in characters. */
  readonly offset: number | undefined

  constructor(step: Step, cause: unknown, offset?: number) {
    super(`step failed: ${step.label}`, { cause })
    this.step = step
    this.offset = offset
  }
}

/** The connection was lost; what became of the transaction has to be asked. */
export class ConnectionLost extends Error {
  readonly processId: number
  /** When that was, by `performance.now()`. */
  readonly at = performance.now()
  /** The transaction's id, if it was known. */
  readonly xid: string | null
  /** If the commit was under way: what the group has given, if it was carried out. */
  readonly result: StepsResult | null

  constructor(cause: unknown, processId: number, xid: string | null, result: StepsResult | null) {
    super('the connection was lost', { cause })
    this.processId = processId
    this.xid = xid
    this.result = result
  }
}

/** Nobody can say whether a commit took place. */
export class CommitUnknown extends Error {
  constructor(cause: unknown) {
    super('the connection was lost during the commit', { cause })
  }
}

/** The failure itself, out of what says where it happened. */
function innermost(error: unknown): unknown {
  const isWrapped = error instanceof StepError || error instanceof ConnectionLost
  return isWrapped ? innermost(error.cause) : error
}

/** True if the same statements may succeed when they are tried again (deadlock, lost connection, ...). */
export function isRetryable(error: unknown): boolean {
  const database = readDatabaseError(innermost(error))
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
  const cause = innermost(error)
  if (cause instanceof AuditsFailed) {
    const names = cause.failed.map(({ assertion: { target, parent } }) =>
      parent === null || targetKey(parent) === targetKey(action.target)
        ? target.name
        : `${target.name} (of ${targetKey(parent)}, which would show the rows)`,
    )
    return {
      kind: 'audit',
      message: `not published, because ${names.length === 1 ? 'an assertion fails' : `${names.length} assertions fail`}: ${names.join(', ')}`,
      at: { file: action.fileName },
    }
  }
  if (cause instanceof CommitUnknown)
    return {
      kind: 'connection',
      message:
        'the connection was lost while the commit was under way, and it is not known whether it was carried out',
      hint: 'Look at the table before you run it again.',
    }
  if (cause instanceof Refused) {
    return {
      kind: 'sql',
      message: cause.message,
      at: { file: action.fileName },
      ...(step === undefined ? {} : { step: step.label }),
      ...(cause.hint === undefined ? {} : { hint: cause.hint }),
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
  if (database === undefined) throw cause instanceof Error ? cause : new Error(String(cause))
  if (isCancelled)
    return { kind: 'cancelled', message: 'cancelled; the transaction was rolled back' }
  if (database.kind === 'connection')
    return { kind: 'connection', message: `the connection was lost: ${database.message}` }
  if (database.sqlstate === sqlstate.queryCanceled)
    return { kind: 'cancelled', message: `the server cancelled the statement: ${database.message}` }
  return {
    kind: 'sql',
    message: database.message,
    at: spotOf(error, action, projectDir) ?? { file: action.fileName },
    ...(database.sqlstate === undefined ? {} : { sqlstate: database.sqlstate }),
    ...(database.detail === undefined ? {} : { detail: database.detail }),
    ...hintFor(database, step),
    ...(step === undefined ? {} : { step: step.label }),
  }
}

function hintFor(error: DatabaseError, step: Step | undefined): { readonly hint?: string } {
  const own = step?.kind === 'sql' ? step.hints?.[error.sqlstate ?? ''] : undefined
  if (own !== undefined) return { hint: own }
  // PostgreSQL advises CASCADE, which would drop what somebody else has made.
  if (error.sqlstate === sqlstate.dependentObjects)
    return { hint: 'Change or drop what depends on it first: nothing is dropped with CASCADE.' }
  return error.hint === undefined ? {} : { hint: error.hint }
}

function spotOf(error: unknown, action: Action, projectDir: string): SourceSpot | undefined {
  if (!(error instanceof StepError) || error.offset === undefined) return undefined
  const user = 'user' in error.step ? error.step.user : undefined
  if (user === undefined) return undefined
  const { text, offset: start, original } = user
  const inText = error.offset - start
  if (inText < 0) return undefined
  const offset = original === undefined ? inText : original(inText)
  if (offset > text.length) return undefined
  const spot = spotInText(projectDir, action.fileName, text, offset)
  if (spot.line !== undefined) return spot
  // Core has made the text, of a config that has the name in quotes.
  const name = /^(?:"?[\w$]+"?\.)*"?([\w$]+)/.exec(text.slice(offset))?.[1]
  const found =
    name === undefined ? spot : findInSource(projectDir, action.fileName, [quotedName(name)])
  return found.line === undefined ? spot : found
}
