import type { SeedColumn } from '../declaration.js'
import { LoadWriter, type LoadIdentity } from '../load-writer.js'
import { CUT_NOTE, KEPT_OF_OVERLONG, MAX_RECORD_BYTES } from '../rejects.js'
import { CopyBuffer, JSONB_VERSION } from '../copy-buffer.js'
import { SLICE_ROWS, type Column } from './column.js'
import { longestJson, writeJsonString } from '../json/write-string.js'
import { isStorableJson, writeRawJson } from './json-text.js'
import { PLAIN_ROWS, plainLengths, writeColumn, type Source } from './plain-rows.js'
import { nullTexts, repeatText, type Texts } from './texts.js'

/** A column of the file and where the rows that are written now are in it. */
export interface Cursor {
  readonly column: Column
  readonly texts: Texts
  /** The index of the first of these rows. */
  readonly from: number
}

/** A block of rows is handed on when it is so large: a little less than the buffer that it is written into. */
const BLOCK_BYTES = 448 * 1024

const NO_TEXTS = nullTexts(SLICE_ROWS)

/** Where a declared column's values come from, by the index of the file's column. */
interface Plan {
  readonly isJson: boolean
  /** The file's columns of that name and of its aliases, in the order in which they are tried. */
  readonly candidates: readonly number[]
}

/** Writes rows that were read column by column. */
export class RowWriter extends LoadWriter {
  readonly malformed = 'malformed_parquet'
  readonly #columns: readonly SeedColumn[]
  readonly #aliases: Readonly<Record<string, string>>
  #plans: readonly Plan[] = []
  /** The file's columns that no declared one takes its values from. */
  #extras: readonly number[] = []
  /** Their names as keys of JSON, with a colon. */
  #keys: readonly Buffer[] = []
  /** Where plain rows are written. */
  readonly #at = new Int32Array(PLAIN_ROWS)

  constructor(
    load: LoadIdentity,
    columns: readonly SeedColumn[],
    aliases: Readonly<Record<string, string>>,
  ) {
    super(load, columns.length)
    this.#columns = columns
    this.#aliases = aliases
  }

  /** Says which columns the file has, the same for all its rows. */
  begin(names: readonly string[]): void {
    this.#plans = this.#columns.map(({ name, type }) => {
      const aliases = Object.entries(this.#aliases).filter(([, column]) => column === name)
      const candidates = [name, ...aliases.map(([alias]) => alias)].map((key) => names.indexOf(key))
      return { isJson: type === 'jsonb', candidates: candidates.filter((index) => index >= 0) }
    })
    const taken = new Set(this.#plans.flatMap(({ candidates }) => candidates))
    this.#extras = names.map((_, index) => index).filter((index) => !taken.has(index))
    this.#keys = names.map((name) => Buffer.from(`${JSON.stringify(name)}:`))
  }

  /**
   * Writes rows until a block is full.
   * @param line of the first row
   * @returns how many were written or rejected
   */
  write(cursors: readonly Cursor[], first: number, count: number, line: number): number {
    const isPlain =
      this.#plans.every((plan) => !plan.isJson && plan.candidates.length <= 1) &&
      this.#extras.every((index) => isNullFrom(cursors[index], first, count))
    const sources = isPlain
      ? this.#plans.map(({ candidates: [index] }) => sourceOf(cursors, index))
      : []
    let done = 0
    while (done < count && this.rows.at < BLOCK_BYTES) {
      const offset = first + done
      const together = Math.min(count - done, PLAIN_ROWS)
      if (isPlain && this.#plainRows(sources, offset, together, line + done)) {
        done += together
        continue
      }
      for (let index = 0; index < together; index++)
        this.#row(cursors, offset + index, line + done + index)
      done += together
    }
    return done
  }

  /** Writes rows of nothing but texts and NULLs; false if one of them is something else. */
  #plainRows(sources: readonly Source[], offset: number, count: number, line: number): boolean {
    const at = this.#at
    if (!plainLengths(sources, offset, count, at)) return false
    const out = this.rows
    // The lengths of the fields, NULL for `_extra`, and what every row has.
    const others = 4 * sources.length + 4 + this.endBytes
    for (let index = 0; index < count; index++) {
      const length = (at[index] as number) + others
      this.beginRow(length)
      at[index] = out.at
      out.at += length
    }
    const end = out.at
    for (const source of sources) writeColumn(out, at, source, offset, count)
    for (let index = 0; index < count; index++) {
      out.at = at[index] as number
      out.null()
      this.endRow(line + index)
    }
    out.at = end
    return true
  }

  #row(cursors: readonly Cursor[], offset: number, line: number): void {
    let length = 0
    for (const { column, texts, from } of cursors) {
      const row = from + offset
      if ((texts.start[row] as number) < 0) continue
      if (texts.bad?.[row] === 1) {
        const name = JSON.stringify(column.name)
        this.#reject(
          cursors,
          offset,
          line,
          `the value of ${name} is not text that PostgreSQL can store (UTF-8, no NUL)`,
        )
        return
      }
      length += (texts.end[row] as number) - (texts.start[row] as number)
    }
    if (length > MAX_RECORD_BYTES) {
      this.#reject(
        cursors,
        offset,
        line,
        `a row of ${length} bytes, ${CUT_NOTE}: the longest that is read has ${MAX_RECORD_BYTES}`,
      )
      return
    }
    const rowAt = this.beginRow(length)
    const lost: number[] = []
    for (const plan of this.#plans) {
      const chosen = choose(plan.candidates, cursors, offset, lost)
      const cursor = cursors[chosen]
      const row = cursor === undefined ? -1 : cursor.from + offset
      const start = cursor === undefined ? -1 : (cursor.texts.start[row] as number)
      this.rows.reserve(8)
      if (cursor === undefined || start < 0) this.rows.null()
      else if (!this.#value(cursor, plan.isJson, start, cursor.texts.end[row] as number)) {
        this.rows.at = rowAt
        const name = JSON.stringify(cursor.column.name)
        this.#reject(cursors, offset, line, `the value of ${name} is no JSON that jsonb can hold`)
        return
      }
    }
    this.#writeExtras(cursors, offset, lost)
    this.endRow(line)
  }

  #value({ column, texts }: Cursor, isJson: boolean, start: number, end: number): boolean {
    const out = this.rows
    if (!isJson) {
      out.reserve(end - start + 4)
      out.int32(end - start)
      out.raw(texts.bytes, start, end)
      return true
    }
    if (column.json === 'text' && !isStorableJson(texts.bytes.subarray(start, end))) return false
    const lengthAt = this.#beginJson(longestJson(end - start))
    if (column.json === 'quoted') writeJsonString(out, texts.bytes, start, end)
    else if (column.json === 'raw') writeRawJson(out, texts.bytes, start, end)
    else out.raw(texts.bytes, start, end)
    out.int32At(lengthAt, out.at - lengthAt - 4)
    return true
  }

  #writeExtras(cursors: readonly Cursor[], offset: number, lost: readonly number[]): void {
    const out = this.rows
    const lengthAt = this.#beginJson(0)
    let written = 0
    for (const index of lost.length === 0 ? this.#extras : [...this.#extras, ...lost]) {
      const cursor = cursors[index] as Cursor
      if ((cursor.texts.start[cursor.from + offset] as number) < 0) continue
      this.#member(out, cursor, index, offset, written++ === 0)
    }
    if (written === 0) {
      out.at = lengthAt
      out.null()
    } else {
      out.bytes[out.at++] = 0x7d
      out.int32At(lengthAt, out.at - lengthAt - 4)
    }
    out.reserve(this.endBytes)
  }

  /** Writes a field of an object: `{"name":value` or `,"name":value`. */
  #member(out: CopyBuffer, cursor: Cursor, index: number, offset: number, isFirst: boolean): void {
    const { column, texts, from } = cursor
    const key = this.#keys[index] as Buffer
    const start = texts.start[from + offset] as number
    const end = texts.end[from + offset] as number
    out.reserve(key.length + longestJson(end - start) + 2)
    out.bytes[out.at++] = isFirst ? 0x7b : 0x2c
    out.raw(key, 0, key.length)
    if (column.json === 'raw') writeRawJson(out, texts.bytes, start, end)
    else writeJsonString(out, texts.bytes, start, end)
  }

  #beginJson(length: number): number {
    this.rows.reserve(length + 8)
    const lengthAt = this.rows.at
    this.rows.at += 4
    this.rows.bytes[this.rows.at++] = JSONB_VERSION
    return lengthAt
  }

  /** Keeps a row as JSON; bytes that are no text in hexadecimal. */
  #reject(cursors: readonly Cursor[], offset: number, line: number, detail: string): void {
    const out = new CopyBuffer()
    let written = 0
    for (const [index, cursor] of cursors.entries()) {
      const { texts, from } = cursor
      const row = from + offset
      const start = texts.start[row] as number
      if (start < 0 || out.at > KEPT_OF_OVERLONG) continue
      const end = Math.min(texts.end[row] as number, start + KEPT_OF_OVERLONG)
      const isBad = texts.bad?.[row] === 1 && cursor.column.json !== 'raw'
      const shown = isBad
        ? repeatText(`\\x${texts.bytes.toString('hex', start, end)}`, 1)
        : { ...texts, start: Int32Array.of(start), end: Int32Array.of(end), bad: null }
      this.#member(out, { ...cursor, texts: shown, from: -offset }, index, offset, written++ === 0)
    }
    out.reserve(2)
    if (written === 0) out.bytes[out.at++] = 0x7b
    out.bytes[out.at++] = 0x7d
    this.rejectText(this.malformed, detail, out.take().subarray(0, KEPT_OF_OVERLONG), line)
  }
}

/** Of a declared column that the file does not have, NULLs. */
function sourceOf(cursors: readonly Cursor[], index: number | undefined): Source {
  const cursor = index === undefined ? undefined : cursors[index]
  if (cursor === undefined) return { ...NO_TEXTS, from: 0 }
  const { texts, from } = cursor
  return { bytes: texts.bytes, start: texts.start, end: texts.end, bad: texts.bad, from }
}

/** Whether a column has no value in these rows, and so gives nothing to `_extra`. */
function isNullFrom(cursor: Cursor | undefined, first: number, count: number): boolean {
  if (cursor === undefined) return true
  const { texts, from } = cursor
  for (let row = from + first; row < from + first + count; row++)
    if ((texts.start[row] as number) >= 0) return false
  return true
}

/** Of a column's own name and its aliases: the first that has a value. What else has one goes to `lost`. */
function choose(
  candidates: readonly number[],
  cursors: readonly Cursor[],
  offset: number,
  lost: number[],
): number {
  if (candidates.length === 1) return candidates[0] as number
  let chosen = -1
  for (const index of candidates) {
    const { texts, from } = cursors[index] as Cursor
    if ((texts.start[from + offset] as number) < 0) continue
    if (chosen < 0) chosen = index
    else lost.push(index)
  }
  return chosen
}
