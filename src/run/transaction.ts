/**
 * The steps of one transaction: sent in as few messages as possible, with decisions taken on the way, and with locks
 * that are tried again until they are free.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { holdsBack } from '../plan/options.js'
import { FACTS_CHANGED } from '../plan/replace/plan-replacement.js'
import { LOCK_STATEMENTS, RESTORE_LOCK_TIMEOUT, takeLocks } from '../plan/sql/locks.js'
import { targetKey } from '../graph/target.js'
import type { AuditStep, DecideStep, SqlStep, Step } from '../plan/types.js'
import { readDatabaseError, sqlstate } from '../postgres/errors.js'
import type { DatabaseError } from '../postgres/errors.js'
import type { QueryResult, Session } from '../postgres/session.js'
import { canFollow, NO_FRAME, sendBatch } from './batch.js'
import type { BatchStep, Frame, Sent } from './batch.js'
import { AuditsFailed, Refused, StepError, TransactionEnded } from './failures.js'
import { readSample } from './sample.js'
import type { AuditResult } from './sample.js'

/** How locks are waited for, and who is told. */
export interface TransactionSettings {
  /** The longest time for which an attempt to get exclusive locks may keep readers waiting, in milliseconds. */
  readonly lockTimeoutMs: number
  /** How long the locks are tried for, in milliseconds. */
  readonly lockWaitMs: number
  readonly signal: AbortSignal
  readonly onWarning: (message: string) => void
  /** Told when the locks could not be had, with the time for which they have been tried; says who holds them. */
  readonly onWaiting: (session: Session, waitedMs: number, step: SqlStep) => Promise<string>
}

/** How often a swap is planned anew because what hangs off a table has changed in the meantime. */
const MOST_DECISIONS = 20
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 1000
/** For how long at least others are kept from writing to tables with foreign keys while a swap waits for its locks. */
const SHORTEST_PATIENCE_MS = 2000

/** SQLSTATEs of a look that another swap has come in the way of: internal error, no such table, no such object. */
const RACES = new Set(['XX000', sqlstate.undefinedTable, '42704'])

/** SQLSTATEs of an assertion about columns that are not there, or are of another type. */
const MISFITS = new Set([sqlstate.undefinedTable, sqlstate.undefinedColumn, '42883', '42804'])

const KEEPS_CHANGING = {
  message: 'what hangs off the relation keeps changing while it is being replaced',
  hint: 'Somebody creates, drops or grants things on it all the time: run it when that is over.',
}

const notLocked = (waitedMs: number, blockers: string) => ({
  message: `the locks for the swap could not be had in ${Math.round(waitedMs / 1000)} s${blockers === '' ? '' : `: ${blockers}`}`,
  hint: 'End those sessions or wait for them, then run it again; --lock-wait sets how long it is tried.',
})

/** What was seen has changed while it was looked at. */
class Outdated extends Error {}

/** The locks could not be had for a while, and what was locked before is given back. */
class GivenBack extends Error {}

/** True for an error that says no more than that things are not as they were seen to be by the look. */
function isOutdated(error: unknown, look: BatchStep): boolean {
  const code = codeOf(error) ?? ''
  // Of another step such an error would be its own; without a step it is that of the locks or of their guard.
  const isOfLook = !(error instanceof StepError) || error.step === look
  return isChange(error) || (isOfLook && RACES.has(code))
}

const isChange = (error: unknown): boolean =>
  error instanceof Outdated || codeOf(error) === FACTS_CHANGED

/** Carries out the steps of a transaction that somebody else opens and closes. */
export class Transaction {
  /** Rows of the steps that count; null if none does. */
  rows: number | null = null
  /** What a decision has made of the action. */
  outcome: string | null = null
  /** The transaction's id, once it is open. */
  xid: string | null = null
  readonly audits: AuditResult[] = []
  /** True from the moment when the commit is sent. */
  isClosing = false
  readonly #session: Session
  readonly #settings: TransactionSettings
  #pending: BatchStep[] = []
  #opening: Frame
  #closing: () => Frame
  /** When the last decision was taken, by `performance.now()`. */
  #decidedAt = 0
  /** For how long locks were waited for before everything was given back to wait anew. */
  #waitedMs = 0

  /** @param closing the statements that end it; made when they are needed, because they record what was done */
  constructor(
    session: Session,
    settings: TransactionSettings,
    opening: Frame,
    closing: (transaction: Transaction) => Frame,
  ) {
    this.#session = session
    this.#settings = settings
    this.#opening = opening
    this.#closing = () => closing(this)
  }

  /** Carries out everything, from the opening to the closing. */
  async run(steps: readonly Step[]): Promise<void> {
    await this.#list(steps, true)
  }

  async #list(steps: readonly Step[], isLast: boolean): Promise<void> {
    for (const [i, step] of steps.entries()) {
      if (step.kind === 'load' || step.kind === 'assert')
        throw new Error(`a step of the kind ${step.kind} is not part of a transaction`)
      if (!canFollow(this.#pending, step)) await this.#flush(false)
      const closes = isLast && i === steps.length - 1
      if (step.kind === 'sql' && (step.locks !== undefined || step.instead !== undefined)) {
        await this.#guarded(step, closes)
        if (closes) return
      } else if (step.kind === 'decide') {
        await this.#decide(step, closes)
        if (closes) return
      } else if (step.kind === 'audit' && step.mayNotFit === true) await this.#auditIfItFits(step)
      else this.#pending.push(step)
    }
    if (isLast) await this.#flush(true)
  }

  /** Sends what waits; with the closing in the same message where nothing has to be looked at first. */
  async #flush(closes: boolean): Promise<readonly Sent[]> {
    const steps = this.#pending
    this.#pending = []
    const last = steps.at(-1)
    // What is counted has to be known before it is recorded.
    const mayClose =
      closes &&
      (last === undefined || (last.kind === 'sql' && last.statements !== null)) &&
      !steps.some((step) => step.kind === 'sql' && step.countsRows === true)
    const sent = steps.length === 0 && !mayClose ? [] : await this.#send(steps, mayClose)
    if (closes && !mayClose) await this.#send([], true)
    return sent
  }

  async #send(steps: readonly BatchStep[], closes: boolean): Promise<readonly Sent[]> {
    const opening = this.#opening
    this.#opening = NO_FRAME
    const closing = closes ? this.#closing() : NO_FRAME
    this.isClosing = closes
    const { opening: opened, sent } = await sendBatch(this.#session, steps, opening, closing)
    const xid: unknown = opened.at(-1)?.rows[0]?.xid
    if (typeof xid === 'string') this.xid = xid
    for (const item of sent) this.#look(item)
    const last = steps.at(-1)
    if (!closes && last !== undefined && !this.#session.isInTransaction)
      throw new StepError(last, new TransactionEnded())
    this.#failOnAudits()
    return sent
  }

  #look({ step, results }: Sent): void {
    if (step.kind === 'audit') {
      const failing = readSample(results[0])
      this.audits.push({ assertion: step.assertion, failing })
    } else if (step.kind === 'sql' && step.countsRows === true) this.#count(results)
  }

  #count(results: readonly QueryResult[]): void {
    const counts = results.flatMap((result) => result.rowCount ?? [])
    if (counts.length > 0) this.rows = (this.rows ?? 0) + counts.reduce((sum, n) => sum + n, 0)
  }

  #failOnAudits(): void {
    const failed = this.audits.filter(
      ({ assertion, failing }) => failing !== null && holdsBack(assertion),
    )
    if (failed.length > 0) throw new AuditsFailed(this.audits, failed)
  }

  /** An assertion about another model as the project has it now, which may be another than it is in the database. */
  async #auditIfItFits(step: AuditStep): Promise<void> {
    await this.#flush(false)
    const before: Frame = { sql: 'savepoint dataform_audit;', statements: 1 }
    const after: Frame = { sql: 'release savepoint dataform_audit;', statements: 1 }
    try {
      const { sent } = await sendBatch(this.#session, [step], before, after)
      for (const item of sent) this.#look(item)
    } catch (error) {
      if (!MISFITS.has(codeOf(error) ?? '')) throw error
      await this.#session.query('rollback to savepoint dataform_audit')
      this.#settings.onWarning(
        `${step.assertion.target.name} is not evaluated before ${targetKey(step.assertion.parent ?? step.assertion.target)} has its new query: ${messageOf(error)}`,
      )
    }
    this.#failOnAudits()
  }

  /**
   * Looks, decides, and carries out what was decided. If things are no longer as they were seen, or if others are waited
   * for who may wait for this, everything since the look is undone and begins anew.
   */
  async #decide(step: DecideStep, closes: boolean): Promise<void> {
    const framed: DecideStep = { ...step, sql: `savepoint dataform_decide;\n${step.sql}` }
    this.#pending.push(framed)
    // What comes last before the look is evaluated with it, and has no results if the look fails.
    const again: BatchStep[] = this.#pending.filter((item) => item.kind === 'audit')
    let changes = 0
    let before = this.#progress()
    for (let isFirst = true; ; isFirst = false) {
      try {
        const sent = isFirst
          ? await this.#flush(false)
          : await this.#send([...again, framed], false)
        again.length = 0
        before = this.#progress()
        this.#decidedAt = performance.now()
        const decision = step.decide(factsIn(sent))
        if ('refusal' in decision) throw new StepError(step, new Refused(decision.refusal))
        if ('isTorn' in decision) throw new Outdated()
        // It is recorded with the last of the steps.
        this.outcome = decision.outcome ?? this.outcome
        await this.#list(decision.steps, closes)
        if (!closes) await this.#flush(false)
        for (const warning of decision.warnings ?? []) this.#settings.onWarning(warning)
        this.#waitedMs = 0
        return
      } catch (error) {
        const givesBack = error instanceof GivenBack
        if (!givesBack && !isOutdated(error, framed)) throw error
        if (!givesBack && ++changes === MOST_DECISIONS)
          throw isChange(error) ? new StepError(step, new Refused(KEEPS_CHANGING)) : error
        this.#pending = []
        this.rows = before.rows
        this.outcome = before.outcome
        this.audits.length = before.audits
        await this.#session.query(
          'rollback to savepoint dataform_decide; release savepoint dataform_decide',
        )
        // Those who were kept waiting get their turn; a swap that is under way gets done.
        if (givesBack) await this.#pause(LONGEST_PAUSE_MS)
        else if (changes > 1) await this.#pause(FIRST_PAUSE_MS)
      }
    }
  }

  #progress(): {
    readonly rows: number | null
    readonly outcome: string | null
    readonly audits: number
  } {
    return { rows: this.rows, outcome: this.outcome, audits: this.audits.length }
  }

  // Two swaps that keep each other from their locks must not come again at the same time.
  async #pause(milliseconds: number): Promise<void> {
    await delay(milliseconds * (0.5 + Math.random()), undefined, {
      signal: this.#settings.signal,
    }).catch(() => undefined)
  }

  /** A step under locks, or one that another can take the place of. */
  async #guarded(step: SqlStep, closes: boolean): Promise<void> {
    const { locks, instead } = step
    await this.#openFirst()
    const startedAt = performance.now()
    // To give back at once what took long to prepare would be to prepare it again and again.
    const patienceMs = Math.max(SHORTEST_PATIENCE_MS, startedAt - this.#decidedAt)
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        await this.#underLocks(step, locks ?? [], closes)
        return
      } catch (error) {
        const code = codeOf(error)
        const thisTimeMs = performance.now() - startedAt
        const waitedMs = this.#waitedMs + thisTimeMs
        if (instead?.sqlstates.includes(code ?? '') === true) {
          await this.#session.query('rollback to savepoint dataform_locks')
          await this.#list(instead.steps, closes)
          return
        }
        const mayWait = waitedMs < this.#settings.lockWaitMs
        if (code !== sqlstate.lockNotAvailable || this.#settings.signal.aborted) throw error
        await this.#session.query('rollback to savepoint dataform_locks')
        const blockers = await this.#settings.onWaiting(this.#session, waitedMs, step)
        if (!mayWait) throw new StepError(step, new Refused(notLocked(waitedMs, blockers)))
        if (step.givesBack === true && thisTimeMs > patienceMs) {
          this.#waitedMs = waitedMs
          throw new GivenBack()
        }
        await this.#pause(pause)
      }
    }
  }

  /** The opening must not be undone with a step. */
  async #openFirst(): Promise<void> {
    if (this.#opening.statements > 0) await this.#send([], false)
  }

  async #underLocks(step: SqlStep, locks: readonly string[], closes: boolean): Promise<void> {
    const takes = locks.length > 0
    const closing = closes ? this.#closing() : NO_FRAME
    const before: Frame = {
      sql: [
        'savepoint dataform_locks;',
        ...(takes ? [takeLocks(locks, this.#settings.lockTimeoutMs)] : []),
        ...(step.guard === undefined ? [] : [step.guard.sql]),
      ].join('\n'),
      statements: 1 + (takes ? LOCK_STATEMENTS : 0) + (step.guard === undefined ? 0 : 1),
    }
    // Where the transaction ends with this step there is nothing to tidy up.
    const tidy = [...(takes ? [RESTORE_LOCK_TIMEOUT] : []), 'release savepoint dataform_locks;']
    const after: Frame = closes ? closing : { sql: tidy.join('\n'), statements: tidy.length }
    this.isClosing = closes
    const { sent } = await sendBatch(this.#session, [step], before, after)
    for (const item of sent) this.#look(item)
  }
}

/** The row with the column `facts`, in the results of a look at the database. */
function factsIn(sent: readonly Sent[]): unknown {
  const results = sent.at(-1)?.results ?? []
  const rows = results.flatMap((result) => result.rows)
  const row = rows.find((candidate) => 'facts' in candidate)
  if (row === undefined) throw new Error('a look at the database gave no facts')
  return row.facts
}

const failureIn = (error: unknown): DatabaseError | undefined =>
  readDatabaseError(error instanceof StepError ? error.cause : error)

const codeOf = (error: unknown): string | undefined => failureIn(error)?.sqlstate

const messageOf = (error: unknown): string => failureIn(error)?.message ?? ''
