import type { Projection } from '../projection.js'
import { CUT_NOTE, KEPT_OF_OVERLONG, MAX_RECORD_BYTES } from '../rejects.js'
import { ByteWindow } from './byte-window.js'
import type { Framer } from './framer.js'
import { notAnObject } from './not-an-object.js'
import { Effort, findResync } from './resync.js'

const COMMA = 0x2c
const OPEN_BRACE = 0x7b
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const LINE_FEED = 0x0a

/**
 * How far to look for the end of a broken element, in bytes from its start: little first, since that
 * is nearly always enough. The steps are fixed so that the result does not depend on how the bytes arrive.
 */
const RESYNC_WINDOWS = [64 * 1024, 1024 * 1024, MAX_RECORD_BYTES + 1] as const

/**
 * A JSON array (or several, one after the other): a record is an element. Commas too many or too few
 * between elements lose nothing, so they are not counted as damage.
 */
export class ArrayFramer implements Framer {
  recordsRead = 0
  readonly header = null
  nextLine = 1
  remark: string | null = null

  readonly #projection: Projection
  readonly #window = new ByteWindow()
  /** Between the brackets of the array. */
  #isInside = false
  /** White space since the last line feed before the element; -1 if there is more than white space. */
  #indent = -1
  /** Inside an element that is longer than can be read and was rejected: its rest is skipped. */
  #isSkipping = false
  /** How many bytes there should be before the next element is tried again. */
  #wanted = 0

  readonly #effort = new Effort()

  constructor(projection: Projection) {
    this.#projection = projection
  }

  push(chunk: Uint8Array): void {
    this.#window.append(chunk)
    this.#drain(false)
  }

  end(): void {
    this.#drain(true)
    if (this.#isInside) this.remark = 'the array is not closed; the file may have been cut off'
  }

  #drain(isLast: boolean): void {
    const window = this.#window
    const { scanner } = this.#projection.reader
    scanner.bytes = window.bytes
    for (;;) {
      this.#skipStructure()
      if (window.length === 0) return
      if (!isLast && window.length < this.#wanted) return
      this.#wanted = 0
      scanner.limit = window.end
      if (!this.#element(isLast)) return
    }
  }

  /** Moves past white space, commas and the array's own brackets. */
  #skipStructure(): void {
    const window = this.#window
    const { bytes, end } = window
    let at = window.start
    for (; at < end; at++) {
      const byte = bytes[at] as number
      if (byte === LINE_FEED) {
        this.#indent = 0
        continue
      }
      if (byte === 0x20 || byte === 0x09 || byte === 0x0d) {
        if (this.#indent >= 0) this.#indent++
        continue
      }
      if (byte === OPEN_BRACKET && !this.#isInside) this.#isInside = true
      else if (byte === CLOSE_BRACKET && this.#isInside) this.#isInside = false
      else if (byte !== COMMA) break
      this.#indent = -1
    }
    window.start = at
  }

  /** Handles the element at the window's start; false if more bytes are needed for that. */
  #element(isLast: boolean): boolean {
    const window = this.#window
    const projection = this.#projection
    const { reader } = projection
    const { scanner } = reader
    const at = window.start
    if (this.#isSkipping) return this.#broken(at, '', isLast)
    const isObject = window.bytes[at] === OPEN_BRACE
    const end = isObject ? reader.read(at) : scanner.value(at)
    if (end >= 0 && end - at <= MAX_RECORD_BYTES) {
      if (isObject) {
        this.recordsRead++
        projection.emit(at, end, this.nextLine++, false)
        window.start = end
        this.#indent = -1
        return true
      }
      const after = scanner.skipSpace(end)
      if (after === window.end && !isLast) return this.#wait()
      const byte = window.bytes[after]
      if (after === window.end || byte === COMMA || byte === CLOSE_BRACKET) {
        this.recordsRead++
        projection.reject('schema_drift', notAnObject(scanner, at), at, end, this.nextLine++)
        window.start = end
        this.#indent = -1
        return true
      }
      return this.#broken(end, 'no JSON value', isLast)
    }
    const isCutOff = end < 0 && scanner.errorAt >= window.end
    if (isCutOff && !isLast && window.length <= MAX_RECORD_BYTES) return this.#wait()
    if (end >= 0 || (isCutOff && window.length > MAX_RECORD_BYTES)) {
      return this.#broken(at + MAX_RECORD_BYTES, `longer than ${MAX_RECORD_BYTES} bytes`, isLast)
    }
    return this.#broken(scanner.errorAt, scanner.error, isLast)
  }

  /** Asks for twice as many bytes, so that a long element is read a few times and not at every push. */
  #wait(): false {
    this.#wanted = Math.min(this.#window.length * 2, MAX_RECORD_BYTES + 1)
    return false
  }

  /** Rejects the broken element at the window's start, up to where reading can go on. */
  #broken(failedAt: number, problem: string, isLast: boolean): boolean {
    const window = this.#window
    const { reader } = this.#projection
    const at = window.start
    const detail = `${problem}, at byte ${failedAt - at + 1} of the element`
    for (const length of RESYNC_WINDOWS) {
      if (window.length < length && !isLast) {
        this.#wanted = length
        return false
      }
      const limit = Math.min(at + length, window.end)
      const found = this.#withLimit(limit, () =>
        findResync(
          reader,
          at,
          Math.min(failedAt, limit),
          this.#indent,
          isLast && limit === window.end,
          this.#effort,
        ),
      )
      if (found !== null) {
        this.#rejectUpTo(found.end, found.next, detail)
        return true
      }
      if (limit === window.end) break
    }
    this.#rejectUnended(detail)
    return true
  }

  /** Rejects the window's beginning, which has no end that could be found within the longest length. */
  #rejectUnended(detail: string): void {
    const window = this.#window
    const { start } = window
    if (window.length <= MAX_RECORD_BYTES) {
      this.#rejectUpTo(window.end, window.end, detail)
      return
    }
    if (!this.#isSkipping) {
      this.recordsRead++
      const beginning = Buffer.from(window.bytes.subarray(start, start + KEPT_OF_OVERLONG))
      const kept = `${detail}; no end within ${MAX_RECORD_BYTES} bytes, ${CUT_NOTE}`
      this.#projection.rejectText('malformed_json', kept, beginning, this.nextLine++)
    }
    this.#isSkipping = true
    this.#indent = -1
    window.start += MAX_RECORD_BYTES
  }

  /** Rejects what lies before `end`, unless it is the rest of what was rejected already. */
  #rejectUpTo(end: number, next: number, detail: string): void {
    const { start, bytes } = this.#window
    this.#window.start = next
    this.#effort.earn(next - start)
    // What was found by its layout begins a line as this one did; anything else may not.
    if (next !== end) this.#indent = -1
    if (this.#isSkipping) {
      this.#isSkipping = false
      return
    }
    this.recordsRead++
    let last = end
    while (last > start + 1 && isSeparator(bytes[last - 1] as number)) last--
    this.#projection.reject('malformed_json', detail, start, last, this.nextLine++)
  }

  /** Lets the scanner see the window up to `limit` only, with the sentinel that it needs there. */
  #withLimit<T>(limit: number, look: () => T): T {
    const { bytes } = this.#window
    const { scanner } = this.#projection.reader
    const covered = bytes[limit] as number
    bytes[limit] = LINE_FEED
    scanner.limit = limit
    try {
      return look()
    } finally {
      bytes[limit] = covered
      scanner.limit = this.#window.end
    }
  }
}

function isSeparator(byte: number): boolean {
  return byte === COMMA || byte === 0x20 || byte === LINE_FEED || byte === 0x0d || byte === 0x09
}
