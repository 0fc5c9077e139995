/**
 * Where the fields of a CSV record are (RFC 4180, with what files in the wild have besides: line feeds alone, other
 * delimiters, quotes in the middle of a field, which stand for themselves).
 *
 * As in the scanner of JSON nothing is copied: fields are positions in the bytes. The byte at `limit` has to exist and
 * be the dialect's line end, so the inner loops need no bounds check.
 */
import { CARRIAGE_RETURN, LINE_FEED, type Dialect } from './options.js'

/** The record was not over at `limit`. */
export const NEEDS_MORE = -1
/** The record is none; see `error` and `errorAt`. */
export const MALFORMED = -2

/** How a field was written. `ESCAPED`: quoted, with escapes in it that have to be taken out. */
export const PLAIN = 0
export const QUOTED = 1
export const ESCAPED = 2

/** Finds the fields of one record after the other. */
export class RecordScanner {
  bytes: Uint8Array = Buffer.alloc(0)
  limit = 0
  /** Fields of the last record. */
  count = 0
  /** Of each field: where it begins and ends, without quotes, and how it was written. */
  start = new Int32Array(64)
  end = new Int32Array(64)
  kind = new Uint8Array(64)
  /** Where the last line feed within a quoted field of the last record is; -1 if there is none. */
  lastBreak = -1
  /** How many there are. */
  breaks = 0
  /** What is wrong, for people. */
  error = ''
  errorAt = 0

  readonly #dialect: Dialect

  constructor(dialect: Dialect) {
    this.#dialect = dialect
  }

  /** A scanner of a whole text. */
  static of(text: Uint8Array, dialect: Dialect): RecordScanner {
    const scanner = new RecordScanner(dialect)
    scanner.bytes = Buffer.concat([text, Buffer.of(dialect.lineEnd)])
    scanner.limit = text.length
    return scanner
  }

  /**
   * Scans the record at `at`.
   * @param isEnd nothing comes after `limit`
   * @param maySpan whether a quoted field may go on on the next line
   * @returns the position past the record's line end (or `limit`), `NEEDS_MORE` or `MALFORMED`
   */
  scan(at: number, isEnd: boolean, maySpan: boolean): number {
    const { delimiter, quote, lineEnd } = this.#dialect
    const { bytes, limit } = this
    this.count = 0
    this.breaks = 0
    this.lastBreak = -1
    let index = at
    for (;;) {
      let byte = bytes[index] as number
      if (byte === quote) {
        const past = this.#quoted(index, isEnd, maySpan)
        if (past < 0) return past
        index = past
        byte = bytes[index] as number
      } else {
        const start = index
        while (byte !== delimiter && byte !== lineEnd) byte = bytes[++index] as number
        const isBreak = byte === LINE_FEED && index > start
        this.#add(start, isBreak && bytes[index - 1] === CARRIAGE_RETURN ? index - 1 : index, PLAIN)
      }
      if (byte === delimiter) index++
      else if (index < limit) return index + 1
      else return isEnd ? limit : NEEDS_MORE
    }
  }

  /** Scans a quoted field; gives the position of what ends it: a delimiter or a line end. */
  #quoted(at: number, isEnd: boolean, maySpan: boolean): number {
    const { delimiter, quote, escape, lineEnd } = this.#dialect
    const { bytes, limit } = this
    let kind = QUOTED
    let index = at + 1
    for (;;) {
      const byte = bytes[index] as number
      if (byte === lineEnd) {
        if (index === limit && !isEnd) return NEEDS_MORE
        if (index === limit || !maySpan) return this.#malformed('a quote is not closed', index)
        this.breaks++
        this.lastBreak = index
      } else if (byte === escape && escape !== quote) {
        if (index + 1 >= limit)
          return isEnd ? this.#malformed('a quote is not closed', index) : NEEDS_MORE
        // A line end stays one, so that it is counted.
        if (bytes[index + 1] !== lineEnd) index++
        kind = ESCAPED
      } else if (byte === quote) {
        if (index + 1 === limit && !isEnd) return NEEDS_MORE
        const next = bytes[index + 1] as number
        if (next === quote && escape === quote && index + 1 < limit) {
          kind = ESCAPED
          index++
        } else {
          this.#add(at + 1, index, kind)
          if (next === delimiter || next === lineEnd) return index + 1
          if (next === CARRIAGE_RETURN) {
            if (index + 2 >= limit && !isEnd) return NEEDS_MORE
            if (bytes[index + 2] === lineEnd) return index + 2
          }
          return this.#malformed('text after a closing quote', index + 1)
        }
      }
      index++
    }
  }

  /**
   * Copies the text of a field of the last record, without its escapes.
   * @param at where in `out` it goes
   * @returns the position past it
   */
  copyField(field: number, out: Uint8Array, at: number): number {
    const { escape } = this.#dialect
    const { bytes } = this
    const isEscaped = this.kind[field] === ESCAPED
    const end = this.end[field] as number
    for (let index = this.start[field] as number; index < end; index++) {
      if (isEscaped && bytes[index] === escape && index + 1 < end) index++
      out[at++] = bytes[index] as number
    }
    return at
  }

  /** The texts of the last record's fields. */
  texts(): readonly string[] {
    return Array.from({ length: this.count }, (_, field) => {
      const text = Buffer.alloc((this.end[field] as number) - (this.start[field] as number))
      return text.toString('utf8', 0, this.copyField(field, text, 0))
    })
  }

  #add(start: number, end: number, kind: number): void {
    const at = this.count++
    if (at === this.start.length) this.#grow()
    this.start[at] = start
    this.end[at] = end
    this.kind[at] = kind
  }

  #grow(): void {
    const length = this.start.length * 2
    const grow = <T extends Int32Array | Uint8Array>(to: T, from: T): T => {
      to.set(from)
      return to
    }
    this.start = grow(new Int32Array(length), this.start)
    this.end = grow(new Int32Array(length), this.end)
    this.kind = grow(new Uint8Array(length), this.kind)
  }

  #malformed(error: string, at: number): number {
    this.error = error
    this.errorAt = at
    return MALFORMED
  }
}
