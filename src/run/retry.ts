/**
 * Trying again after failures that go away by themselves.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { readDatabaseError } from '../postgres/errors.js'
import type { Database, Session } from '../postgres/session.js'
import type { EventSink } from './events.js'
import { isRetryable } from './failures.js'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5000
/** How often a server that is not there is asked, and how long after each other: a minute in all. */
const QUESTIONS = 120
const QUESTION_PAUSE_MS = 500

/** How often, and who is told. */
export interface RetryOptions {
  readonly database: Database
  readonly retryLimit: number
  readonly signal: AbortSignal
  readonly onEvent: EventSink
}

/**
 * Pauses before another attempt, the longer the more there were, and for as long as the server is not there.
 * @param attempt how many there were before
 */
export async function pauseBeforeRetry(
  { database, signal }: Pick<RetryOptions, 'database' | 'signal'>,
  attempt: number,
): Promise<void> {
  const ms = Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS)
  // Two that are in each other's way must not come again at the same time.
  await sleep(ms * (0.5 + Math.random()), signal)
  await onceThere(database, signal, (session) => session.query('select 1'))
}

/**
 * Does work as soon as the server is there: it may just be starting again.
 * @returns undefined if it has not come in time, or was not waited for to the end
 * @throws what the work throws, but for a lost connection
 */
export async function onceThere<T>(
  database: Database,
  signal: AbortSignal,
  work: (session: Session) => Promise<T>,
): Promise<T | undefined> {
  for (let question = 0; question < QUESTIONS && !signal.aborted; question++) {
    try {
      return await database.withSession(work)
    } catch (error) {
      if (readDatabaseError(error)?.kind !== 'connection') throw error
      await sleep(QUESTION_PAUSE_MS, signal)
    }
  }
  return undefined
}

/** What people are told before something is tried again. @param what null for what has no name */
export function retryMessage(
  what: string | null,
  attempt: number,
  { retryLimit }: Pick<RetryOptions, 'retryLimit'>,
): string {
  const subject = what === null ? '' : `${what}: `
  return `${subject}tried again after a transient failure (${attempt} of ${retryLimit})`
}

/**
 * Carries out work that may be carried out again, and says when it is.
 * @throws what the last attempt threw
 */
export async function retrying<T>(
  what: string | null,
  options: RetryOptions,
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt >= options.retryLimit || options.signal.aborted || !isRetryable(error))
        throw error
      options.onEvent({ type: 'warning', message: retryMessage(what, attempt + 1, options) })
      await pauseBeforeRetry(options, attempt)
    }
  }
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined)
}
