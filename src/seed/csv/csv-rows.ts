/**
 * Turns the records of a CSV file into rows for COPY.
 */
import type { SeedColumn } from '../declaration.js'
import { JsonScanner, SENTINEL, UNSTORABLE_AS_JSONB } from '../json/scanner.js'
import { longestJson, writeJsonString } from '../json/write-string.js'
import { LoadWriter, type LoadIdentity } from '../load-writer.js'
import { JSONB_VERSION } from '../copy-buffer.js'
import type { Layout } from './header.js'
import { ESCAPED, PLAIN, type RecordScanner } from './record-scanner.js'

/** The rows of one file. An empty field is NULL, one that is quoted is an empty text. */
export class CsvRows extends LoadWriter {
  readonly malformed = 'malformed_csv'

  readonly #columns: readonly SeedColumn[]
  readonly #json = new JsonScanner()
  #scratch = Buffer.alloc(1024)
  #layout: Layout | null = null
  /** The keys under which `_extra` has fields, with the colon; those that a column may take have one too. */
  #keys: readonly Buffer[] = []
  #keyBytes = 0
  /** Columns with more than one field: of those that a record has, `_extra` gets all but the first. */
  #rivals: readonly (readonly number[])[] = []

  constructor(load: LoadIdentity, columns: readonly SeedColumn[]) {
    super(load, columns.length)
    this.#columns = columns
  }

  /** What the fields are; has to be known before the first row. */
  setLayout(layout: Layout): void {
    this.#layout = layout
    const keys = [...layout.names]
    for (const { field, key } of layout.extras) keys[field] = key
    this.#keys = keys.map((key) => Buffer.from(`${JSON.stringify(key)}:`, 'utf8'))
    this.#keyBytes = this.#keys.reduce((sum, key) => sum + key.length + 3, 2)
    this.#rivals = layout.fieldsOf.filter((fields) => fields.length > 1)
  }

  /**
   * Writes the row of the record that was just scanned.
   * @param length of the record in bytes
   * @returns null, or why it can't be loaded; then nothing was written
   */
  emit(record: RecordScanner, length: number, line: number): string | null {
    const layout = this.#layout
    if (layout === null) throw new Error('no layout')
    const out = this.rows
    const hasExtras = layout.extras.length > 0 || this.#rivals.length > 0
    const most = hasExtras ? longestJson(length) + this.#keyBytes : length
    const rowAt = this.beginRow(most)
    const { fieldsOf } = layout
    for (let index = 0; index < fieldsOf.length; index++) {
      const field = this.#firstWithValue(record, fieldsOf[index] as readonly number[])
      if (field < 0) out.null()
      else if (this.#columns[index]?.type === 'jsonb') {
        const problem = this.#writeJson(record, field)
        if (problem !== null) {
          out.at = rowAt
          return `column "${this.#columns[index]?.name ?? ''}": ${problem}`
        }
      } else this.#writeText(record, field)
    }
    if (hasExtras) this.#writeExtras(record, layout)
    else out.null()
    this.endRow(line)
    return null
  }

  #firstWithValue(record: RecordScanner, fields: readonly number[]): number {
    // By index: an iterator for every field would be most of the garbage of a load.
    for (let index = 0; index < fields.length; index++) {
      const field = fields[index] as number
      if (!isNull(record, field)) return field
    }
    return -1
  }

  #writeText(record: RecordScanner, field: number): void {
    const out = this.rows
    const start = record.start[field] as number
    const end = record.end[field] as number
    if (record.kind[field] !== ESCAPED) {
      out.int32(end - start)
      out.raw(record.bytes, start, end)
      return
    }
    const lengthAt = out.at
    out.at = record.copyField(field, out.bytes, lengthAt + 4)
    out.int32At(lengthAt, out.at - lengthAt - 4)
  }

  /** Writes a field that is declared as jsonb; gives what makes it none, or null. */
  #writeJson(record: RecordScanner, field: number): string | null {
    const text = this.#plainText(record, field)
    const scanner = this.#json
    scanner.bytes = this.#scratch
    scanner.limit = text.length
    const past = scanner.value(scanner.skipSpace(0))
    if (past < 0) return `not JSON: ${scanner.error}`
    if (scanner.skipSpace(past) !== text.length) return 'not JSON: text after the value'
    if ((scanner.flags & UNSTORABLE_AS_JSONB) !== 0)
      return 'JSON that PostgreSQL cannot store as jsonb'
    const out = this.rows
    out.int32(text.length + 1)
    out.bytes[out.at++] = JSONB_VERSION
    out.raw(text, 0, text.length)
    return null
  }

  /** A field's text in the scratch buffer, with the JSON scanner's sentinel after it. */
  #plainText(record: RecordScanner, field: number): Buffer {
    const most = (record.end[field] as number) - (record.start[field] as number)
    if (this.#scratch.length <= most) this.#scratch = Buffer.alloc(2 * most + 1)
    const length = record.copyField(field, this.#scratch, 0)
    this.#scratch[length] = SENTINEL
    return this.#scratch.subarray(0, length)
  }

  /** Writes `_extra`: undeclared fields, and those of a column that has its value from another one. */
  #writeExtras(record: RecordScanner, { extras }: Layout): void {
    const out = this.rows
    const lengthAt = out.at
    out.at += 4
    out.bytes[out.at++] = JSONB_VERSION
    const first = out.at
    for (const { field } of extras) this.#writeExtra(record, field, first)
    for (const fields of this.#rivals) {
      const chosen = this.#firstWithValue(record, fields)
      for (const field of fields) if (field !== chosen) this.#writeExtra(record, field, first)
    }
    if (out.at === first) {
      out.at = lengthAt
      out.null()
      return
    }
    out.bytes[out.at++] = 0x7d
    out.int32At(lengthAt, out.at - lengthAt - 4)
  }

  #writeExtra(record: RecordScanner, field: number, first: number): void {
    if (isNull(record, field)) return
    const out = this.rows
    const key = this.#keys[field] as Buffer
    out.bytes[out.at] = out.at === first ? 0x7b : 0x2c
    out.at++
    out.raw(key, 0, key.length)
    const text = this.#plainText(record, field)
    writeJsonString(out, text, 0, text.length)
  }
}

function isNull(record: RecordScanner, field: number): boolean {
  return record.kind[field] === PLAIN && record.start[field] === record.end[field]
}
