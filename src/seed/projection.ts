import { isUtf8 } from 'node:buffer'
import { JSONB_VERSION } from './copy-buffer.js'
import type { SeedColumn } from './declaration.js'
import { decodeString } from './json/decode.js'
import { EXTRA_STRIDE, ObjectReader } from './json/object-reader.js'
import {
  ABSENT,
  HAS_ESCAPE,
  HAS_LONE_SURROGATE,
  HAS_NUL,
  NULL,
  STRING,
  UNSTORABLE_AS_JSONB,
  UNSTORABLE_AS_TEXT,
} from './json/scanner.js'
import { LoadWriter, type LoadIdentity } from './load-writer.js'
import { KEPT_OF_OVERLONG, MAX_RECORD_BYTES, type RejectReason } from './rejects.js'

/** What a projection needs to know of a source and of the load. */
export interface ProjectionOptions extends LoadIdentity {
  readonly columns: readonly SeedColumn[]
  /** Other keys of a column, in the order in which they are tried. */
  readonly aliases: Readonly<Record<string, string>>
}

/**
 * Turns the JSON records of one file into rows for COPY. The framers find where a record is; this reads it
 * (`reader`), writes its row (`emit`), or keeps it as it was (`reject`).
 */
export class Projection extends LoadWriter {
  readonly malformed = 'malformed_json'
  readonly reader: ObjectReader

  readonly #columns: readonly {
    readonly name: string
    readonly isJson: boolean
    readonly slots: readonly number[]
  }[]
  readonly #keys: readonly string[]

  constructor(options: ProjectionOptions) {
    super(options, options.columns.length)
    const keys = options.columns.map((column) => column.name)
    const slots = keys.map((_, slot) => [slot])
    for (const [key, column] of Object.entries(options.aliases)) {
      slots[keys.indexOf(column)]?.push(keys.length)
      keys.push(key)
    }
    this.#keys = keys
    this.#columns = options.columns.map((column, index) => ({
      name: column.name,
      isJson: column.type === 'jsonb',
      slots: slots[index] ?? [],
    }))
    this.reader = new ObjectReader(keys)
  }

  /**
   * Writes the row of the object that `reader` has just read.
   * @param start of the record in the reader's bytes
   * @param end past the record
   * @param line its number, for `_line`
   * @param isTrusted the caller has made sure that these bytes are UTF-8
   */
  emit(start: number, end: number, line: number, isTrusted: boolean): void {
    const bytes = this.reader.scanner.bytes
    if (!isTrusted && !isUtf8(bytes.subarray(start, end))) {
      this.reject('malformed_json', 'not UTF-8', start, end, line)
      return
    }
    const out = this.rows
    const rowAt = this.beginRow(end - start)
    for (const column of this.#columns) {
      const slot =
        column.slots.length === 1 ? (column.slots[0] as number) : this.#choose(column.slots)
      const problem = this.#writeValue(slot, column.isJson)
      if (problem !== null) {
        out.at = rowAt
        this.reject(
          'malformed_json',
          `the value of "${this.#keys[slot] ?? ''}" has ${problem}`,
          start,
          end,
          line,
        )
        return
      }
    }
    const problem = this.#writeExtras()
    if (problem !== null) {
      out.at = rowAt
      this.reject('malformed_json', `an undeclared field has ${problem}`, start, end, line)
      return
    }
    this.endRow(line)
  }

  /**
   * Keeps a record that can't be loaded.
   * @param start of its bytes in the scanner's bytes
   * @param end past them
   */
  reject(reason: RejectReason, detail: string, start: number, end: number, line: number): void {
    const isOverlong = end - start > MAX_RECORD_BYTES
    const kept = isOverlong ? start + KEPT_OF_OVERLONG : end
    const text = Buffer.from(this.reader.scanner.bytes.subarray(start, kept))
    this.rejectText(reason, detail, text, line)
  }

  /** Of a column's key and its aliases: the first that has a value. What else has one goes to `_extra`. */
  #choose(candidates: readonly number[]): number {
    const { kind, keyStart, keyEnd, start, end, flags } = this.reader.slots
    let chosen = -1
    for (const slot of candidates) {
      const slotKind = kind[slot] as number
      if (slotKind === ABSENT || slotKind === NULL) continue
      if (chosen < 0) chosen = slot
      else {
        this.reader.extras.push(
          keyStart[slot] as number,
          keyEnd[slot] as number,
          start[slot] as number,
          end[slot] as number,
          flags[slot] as number,
        )
      }
    }
    return chosen < 0 ? (candidates[0] as number) : chosen
  }

  /** Writes a declared field; gives what makes it unstorable, or null. */
  #writeValue(slot: number, isJson: boolean): string | null {
    const { kind, flags, start, end } = this.reader.slots
    const out = this.rows
    const slotKind = kind[slot] as number
    if (slotKind === ABSENT || slotKind === NULL) {
      out.null()
      return null
    }
    const valueFlags = flags[slot] as number
    const from = start[slot] as number
    const to = end[slot] as number
    const bytes = this.reader.scanner.bytes
    if (isJson) {
      if ((valueFlags & UNSTORABLE_AS_JSONB) !== 0) return unstorable(valueFlags)
      out.int32(to - from + 1)
      out.bytes[out.at++] = JSONB_VERSION
      out.raw(bytes, from, to)
      return null
    }
    if (slotKind !== STRING) {
      out.int32(to - from)
      out.raw(bytes, from, to)
      return null
    }
    if ((valueFlags & HAS_ESCAPE) === 0) {
      out.int32(to - from - 2)
      out.raw(bytes, from + 1, to - 1)
      return null
    }
    if ((valueFlags & UNSTORABLE_AS_TEXT) !== 0) return unstorable(valueFlags)
    const lengthAt = out.at
    const textAt = lengthAt + 4
    const textEnd = decodeString(bytes, from + 1, to - 1, out.bytes, textAt)
    out.int32At(lengthAt, textEnd - textAt)
    out.at = textEnd
    return null
  }

  /** Writes `_extra`, put together from the fields' own bytes; gives what makes it unstorable, or null. */
  #writeExtras(): string | null {
    const out = this.rows
    const extras = this.reader.extras
    if (extras.length === 0) {
      out.null()
      return null
    }
    const bytes = this.reader.scanner.bytes
    const lengthAt = out.at
    out.at += 4
    out.bytes[out.at++] = JSONB_VERSION
    for (let index = 0; index < extras.length; index += EXTRA_STRIDE) {
      const flags = extras[index + 4] as number
      if ((flags & UNSTORABLE_AS_JSONB) !== 0) return unstorable(flags)
      out.bytes[out.at++] = index === 0 ? 0x7b : 0x2c
      out.raw(bytes, extras[index] as number, extras[index + 1] as number)
      out.bytes[out.at++] = 0x3a
      out.raw(bytes, extras[index + 2] as number, extras[index + 3] as number)
    }
    out.bytes[out.at++] = 0x7d
    out.int32At(lengthAt, out.at - lengthAt - 4)
    return null
  }
}

function unstorable(flags: number): string {
  if ((flags & HAS_NUL) !== 0) return 'a NUL character (\\u0000), which PostgreSQL cannot store'
  if ((flags & HAS_LONE_SURROGATE) !== 0) return 'half a surrogate pair, which is no character'
  return 'a number too large for jsonb'
}
