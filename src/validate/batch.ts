/**
 * The one place that writes: sends units of statements, many in a message, within one transaction that is always
 * rolled back. An error of one unit leaves the others as if it had never been sent.
 */
import { offsetOfPosition, readDatabaseError, sqlstate } from '../postgres/errors.js'
import type { DatabaseError } from '../postgres/errors.js'
import type { QueryResult, Session } from '../postgres/session.js'
import type { Shape } from './existing.js'
import { OPEN, toMessage } from './message.js'
import type { Message, Statement, Unit } from './message.js'

/** What a unit gave: shapes by the name of their relation; or which statement failed, and where in its text. */
export type UnitResult<S extends Statement = Statement> =
  | { readonly ok: true; readonly shapes: ReadonlyMap<string, Shape> }
  | {
      readonly ok: false
      /** Undefined only for a unit without statements. */
      readonly statement: S | undefined
      readonly error: DatabaseError
      /** In characters of the statement; undefined if the server did not say. */
      readonly offset: number | undefined
    }

const MOST_UNITS = 100
const MOST_CHARACTERS = 200_000

interface Placed {
  readonly unit: Unit
  readonly settle: (result: UnitResult) => void
  readonly reject: (error: unknown) => void
}

/** Sends units over a session that is in a transaction. */
export class Batch {
  readonly #session: Session
  #waiting: Placed[] = []
  #isSending = false
  /** Set when the connection is lost or the work was cancelled: nothing more is sent. */
  #end: { readonly error: unknown } | undefined

  constructor(session: Session) {
    this.#session = session
  }

  /** Opens what the messages need; once, at the beginning of the transaction. */
  async open(): Promise<void> {
    await this.#session.query(OPEN)
  }

  /**
   * Executes a unit with the next message. Units that are waiting at the same time must not need one another.
   * @throws what is not the unit's own error: a lost connection, a cancelled statement, no memory for locks
   */
  run<S extends Statement>(unit: Unit<S>): Promise<UnitResult<S>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ unit, settle: resolve as Placed['settle'], reject })
      // Everybody who is ready to send something does so before the message goes.
      if (!this.#isSending) {
        this.#isSending = true
        setImmediate(() => void this.#sendAll())
      }
    })
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const units = this.#next()
      try {
        if (this.#end !== undefined) throw this.#end.error
        await this.#send(units)
      } catch (error) {
        this.#end ??= { error }
        for (const { reject } of units) reject(error)
      }
      // What was just settled may have more to send.
      await new Promise((resolve) => setImmediate(resolve))
    }
    this.#isSending = false
  }

  #next(): readonly Placed[] {
    let count = 0
    for (let size = 0; count < Math.min(this.#waiting.length, MOST_UNITS); count++) {
      const { statements } = this.#waiting[count]?.unit ?? { statements: [] }
      size += statements.reduce((sum, { sql }) => sum + sql.length, 0)
      if (size > MOST_CHARACTERS && count > 0) break
    }
    return this.#waiting.splice(0, count)
  }

  async #send(units: readonly Placed[]): Promise<void> {
    if (units.length === 0) return
    const message = toMessage(units)
    let results: readonly QueryResult[]
    try {
      results = await this.#session.queryAll(message.sql)
    } catch (thrown) {
      const error = readDatabaseError(thrown)
      if (error === undefined || !isAboutStatement(error)) throw thrown
      await this.#session.query('rollback to savepoint dataform_message')
      await this.#apart(units, message, error)
      return
    }
    const shapes = new Map(
      results
        .filter(({ fields }) => fields[0]?.name === 'dataform_scratch')
        .flatMap(({ rows }) => rows)
        .map((row) => [String(row.dataform_scratch), row.shape as Shape]),
    )
    for (const { unit, settle } of units) {
      const own = (unit.shapesOf ?? []).flatMap((name) => {
        const shape = shapes.get(name)
        return shape === undefined ? [] : [[name, shape] as const]
      })
      settle({ ok: true, shapes: new Map(own) })
    }
  }

  // An error ends the whole message. The unit that it belongs to is taken out and the others are sent again; they
  // do not need one another, so their order may be kept or not.
  async #apart(
    units: readonly Placed[],
    message: Message<Placed>,
    error: DatabaseError,
  ): Promise<void> {
    const offset =
      error.position === undefined ? undefined : offsetOfPosition(message.sql, error.position)
    // The end of a text that never ends is that of the message.
    const found =
      units.length === 1
        ? 0
        : offset === undefined
          ? -1
          : message.ranges.findIndex(({ end }) => offset < end)
    const range = message.ranges[found]
    if (range === undefined) {
      const half = Math.ceil(units.length / 2)
      await this.#send(units.slice(0, half))
      await this.#send(units.slice(half))
      return
    }
    const at =
      offset === undefined ? undefined : range.statements.findLast(({ start }) => start <= offset)
    range.placed.settle({
      ok: false,
      statement: at?.statement ?? (await this.#firstToFail(range.placed.unit)),
      error,
      offset: at === undefined || offset === undefined ? undefined : offset - at.start,
    })
    // In the order of the message: what came before the error is good, unless nothing has been executed at all.
    const placed = message.ranges.map((each) => each.placed)
    await this.#send(placed.slice(0, found))
    await this.#send(placed.slice(found + 1))
  }

  /** One by one, where the server does not say which it was. */
  async #firstToFail({ statements }: Unit): Promise<Statement | undefined> {
    if (statements.length === 1) return statements[0]
    let last: Statement | undefined
    try {
      for (const statement of statements) {
        last = statement
        await this.#session.queryAll(statement.sql)
      }
    } catch (thrown) {
      if (readDatabaseError(thrown)?.kind !== 'sql') throw thrown
    }
    await this.#session.query('rollback to savepoint dataform_message')
    return last
  }
}

const OUT_OF_MEMORY = '53200'

function isAboutStatement(error: DatabaseError): boolean {
  return (
    error.kind === 'sql' &&
    error.sqlstate !== sqlstate.queryCanceled &&
    error.sqlstate !== OUT_OF_MEMORY
  )
}
