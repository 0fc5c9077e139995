/**
 * Finds the records of a CSV file and has them written as rows.
 *
 * A quote that is not closed swallows what comes after it, up to the next quote of the file. So when a record that spans
 * lines turns out to be none, only its first line is given up, and the lines up to where the mistake was noticed are read
 * as one record each. They are looked at twice then, and no more.
 */
import { isUtf8 } from 'node:buffer'
import { ByteWindow } from '../framing/byte-window.js'
import type { Framer } from '../framing/framer.js'
import { OverlongLines } from '../framing/overlong-lines.js'
import { KEPT_OF_OVERLONG, MAX_RECORD_BYTES, overlongText, type RejectReason } from '../rejects.js'
import type { CsvRows } from './csv-rows.js'
import { looseName, type Layout } from './header.js'
import { CARRIAGE_RETURN, type Dialect } from './options.js'
import type { OriginalLines } from './original-lines.js'
import { MALFORMED, NEEDS_MORE, RecordScanner } from './record-scanner.js'

/** What is known of a file before its records are read. */
export interface CsvFile {
  readonly dialect: Dialect
  readonly layout: Layout
  /** The header's bytes, by which it is known if it comes again; null if there is none. */
  readonly header: Buffer | null
  /** The number of the first line that comes. */
  readonly firstLine: number
  /** The file's own bytes, where U+FFFD may stand for some that could not be decoded; else null. */
  readonly original: OriginalLines | null
}

/** CSV: a record is a line, or several where a quoted field has line ends. Blank lines are no records. */
export class CsvFramer implements Framer {
  recordsRead = 0
  nextLine: number
  readonly remark = null
  readonly header = null

  readonly #rows: CsvRows
  readonly #file: CsvFile
  readonly #scanner: RecordScanner
  readonly #window = new ByteWindow()
  /** So many bytes from the window's start on no record may span lines. */
  #singleBytes = 0
  /** A record that was not over is looked at again when there are so many bytes. */
  #wantedBytes = 0
  readonly #overlong: OverlongLines
  /** All bytes that are looked at are text that PostgreSQL can store. */
  #isTrusted = false

  constructor(rows: CsvRows, file: CsvFile) {
    this.#rows = rows
    this.#file = file
    this.#scanner = new RecordScanner(file.dialect)
    this.nextLine = file.firstLine
    this.#overlong = new OverlongLines(file.dialect.lineEnd, (detail, beginning) => {
      this.recordsRead++
      this.#rows.rejectText('malformed_csv', detail, beginning, this.nextLine++)
    })
    rows.setLayout(file.layout)
  }

  push(chunk: Uint8Array): void {
    const rest = this.#overlong.after(chunk)
    if (rest.length === 0) return
    this.#append(rest)
    if (this.#window.length >= this.#wantedBytes) this.#read(false)
  }

  end(): void {
    this.#overlong.end()
    this.#append(Buffer.alloc(0))
    this.#read(true)
  }

  #append(chunk: Uint8Array): void {
    const window = this.#window
    window.append(chunk)
    window.bytes[window.end] = this.#file.dialect.lineEnd
  }

  #read(isEnd: boolean): void {
    const { bytes, start, end } = this.#window
    const { lineEnd } = this.#file.dialect
    const whole = bytes.subarray(
      start,
      isEnd ? end : Math.max(start, bytes.lastIndexOf(lineEnd, end - 1)),
    )
    this.#isTrusted =
      isStorable(whole) && !(this.#file.original !== null && whole.includes('\uFFFD'))
    this.#scanner.bytes = bytes
    this.#scanner.limit = end
    this.#wantedBytes = 0
    while (this.#window.start < end && this.#skipBlank(isEnd) && this.#record(isEnd));
  }

  /** Goes past blank lines; false if nothing is left, or what is left may be half a line end. */
  #skipBlank(isEnd: boolean): boolean {
    const window = this.#window
    const { bytes, end } = window
    const { lineEnd } = this.#file.dialect
    for (;;) {
      if (window.start === end) return false
      const isCarriageReturn =
        bytes[window.start] === CARRIAGE_RETURN && lineEnd !== CARRIAGE_RETURN
      const at = isCarriageReturn ? window.start + 1 : window.start
      if (at === end) {
        if (isEnd) this.#consume(end)
        return false
      }
      if (bytes[at] !== lineEnd) return true
      this.#consume(at + 1)
      this.nextLine++
    }
  }

  /** Handles the record at the window's start; false if more bytes are needed. */
  #record(isEnd: boolean): boolean {
    const window = this.#window
    const scanner = this.#scanner
    const { start } = window
    const maySpan = this.#singleBytes <= 0
    const past = scanner.scan(start, isEnd, maySpan)
    if (past === NEEDS_MORE) return this.#wait(maySpan)
    const { breaks } = scanner
    if (past === MALFORMED) {
      const brokenLine = this.#lineBegin(start, scanner.errorAt)
      return this.#giveUp(brokenLine, `${scanner.error} ${this.#place(scanner.errorAt)}`, isEnd)
    }
    if (scanner.count !== this.#file.layout.fieldCount && breaks > 0)
      return this.#giveUp(scanner.lastBreak + 1, `a quote is not closed`, isEnd)
    if (past - start > MAX_RECORD_BYTES && breaks > 0) {
      this.#singleBytes = past - start
      return true
    }
    this.#emit(start, past)
    this.nextLine += 1 + breaks
    this.#consume(past)
    return true
  }

  #emit(start: number, past: number): void {
    this.recordsRead++
    const end = this.#withoutLineEnd(start, past)
    if (end - start > MAX_RECORD_BYTES) {
      this.#rejectLine('', start, end)
      return
    }
    const { fieldCount } = this.#file.layout
    const { count } = this.#scanner
    const problem = this.#isTrusted ? null : this.#unstorable(start, end)
    if (problem !== null) this.#reject('malformed_csv', problem, start, end)
    else if (count !== fieldCount) {
      const detail = `${fieldsText(count)} where the header has ${fieldCount}`
      this.#reject('schema_drift', detail, start, end)
    } else if (this.#isHeader(start, end))
      this.#reject('schema_drift', 'the header once more', start, end)
    else {
      const problem = this.#rows.emit(this.#scanner, end - start, this.nextLine)
      if (problem !== null) this.#reject('malformed_csv', problem, start, end)
    }
  }

  #reject(reason: RejectReason, detail: string, start: number, end: number): void {
    const text = Buffer.from(this.#window.bytes.subarray(start, end))
    const original = this.#original(text, this.#scanner.breaks)
    this.#rows.rejectText(reason, detail, text, this.nextLine, original)
  }

  /** The bytes of the record at hand in the file, where this text is not exactly what they are. */
  #original(text: Buffer, breaks: number): Buffer | null {
    return this.#file.original?.unlike(this.nextLine, breaks, text) ?? null
  }

  /** Rejects a line; of one that is too long the beginning is kept. */
  #rejectLine(detail: string, start: number, end: number): void {
    const isOverlong = end - start > MAX_RECORD_BYTES
    const { bytes } = this.#window
    const kept = Buffer.from(bytes.subarray(start, isOverlong ? start + KEPT_OF_OVERLONG : end))
    const said = isOverlong ? overlongText(end - start) : detail
    const original = isOverlong ? null : this.#original(kept, 0)
    this.#rows.rejectText('malformed_csv', said, kept, this.nextLine, original)
  }

  #unstorable(start: number, end: number): string | null {
    const record = this.#window.bytes.subarray(start, end)
    if (!isUtf8(record)) return 'not UTF-8'
    if (record.includes(0)) return 'a NUL character, which PostgreSQL cannot store'
    return this.#original(record, this.#scanner.breaks) !== null
      ? 'bytes that are no text in the encoding of the file'
      : null
  }

  #isHeader(start: number, end: number): boolean {
    const { header, layout } = this.#file
    if (header === null) return false
    if (header.equals(this.#window.bytes.subarray(start, end))) return true
    // One value that is like the name of its column may well be a value.
    if (layout.fieldCount < 2 || !this.#mayBeName(layout.names[0] ?? '')) return false
    const texts = this.#scanner.texts()
    return texts.every((text, field) => looseName(text) === looseName(layout.names[field] ?? ''))
  }

  /** False if the first field surely is another text: a look that costs little. */
  #mayBeName(name: string): boolean {
    const first = this.#window.bytes[this.#scanner.start[0] as number] as number
    const isPlainLetter = first > 0x20 && first < 0x80
    return !isPlainLetter || String.fromCharCode(first).toLowerCase() === looseName(name)[0]
  }

  /** What comes is no record that spans lines: rejects the first line, and reads the next ones up to `until` singly. */
  #giveUp(until: number, detail: string, isEnd: boolean): boolean {
    const window = this.#window
    const { bytes, start, end } = window
    const found = bytes.indexOf(this.#file.dialect.lineEnd, start)
    if (found >= end && !isEnd) return this.#wait(false)
    const lineEnd = Math.min(found, end)
    const past = Math.min(lineEnd + 1, end)
    this.recordsRead++
    this.#rejectLine(detail, start, this.#withoutLineEnd(start, past))
    this.nextLine++
    this.#singleBytes = Math.max(this.#singleBytes, until - start)
    this.#consume(past)
    return true
  }

  /** More bytes are needed; too long a record is given up. Always false, but for one that is looked at again. */
  #wait(maySpan: boolean): boolean {
    const window = this.#window
    if (window.length <= MAX_RECORD_BYTES) {
      // Twice as many, so that a long record is not looked at again for every chunk.
      this.#wantedBytes = Math.min(window.length * 2, MAX_RECORD_BYTES + 1)
      return false
    }
    if (maySpan && window.bytes.indexOf(this.#file.dialect.lineEnd, window.start) < window.end) {
      this.#singleBytes = window.length
      return true
    }
    this.#overlong.begin(window)
    this.#consume(window.end)
    return false
  }

  #consume(until: number): void {
    this.#singleBytes -= until - this.#window.start
    this.#window.start = until
  }

  /** Where the line begins that holds `at`. */
  #lineBegin(start: number, at: number): number {
    if (at <= start) return start
    return Math.max(start, this.#window.bytes.lastIndexOf(this.#file.dialect.lineEnd, at - 1) + 1)
  }

  #place(at: number): string {
    const { start } = this.#window
    const begin = this.#lineBegin(start, at)
    return begin === start ? `at byte ${at - start + 1} of the line` : 'until a later line'
  }

  #withoutLineEnd(start: number, past: number): number {
    const { bytes } = this.#window
    const { lineEnd } = this.#file.dialect
    if (past === start || bytes[past - 1] !== lineEnd || past > this.#window.end) return past
    const hasReturn =
      lineEnd !== CARRIAGE_RETURN && past - 2 >= start && bytes[past - 2] === CARRIAGE_RETURN
    return hasReturn ? past - 2 : past - 1
  }
}

function isStorable(bytes: Uint8Array): boolean {
  return isUtf8(bytes) && !bytes.includes(0)
}

function fieldsText(count: number): string {
  return count === 1 ? '1 field' : `${count} fields`
}
