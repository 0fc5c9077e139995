/**
 * Reads a CSV file from its first byte on: finds out how it is encoded and written, reads the header, and leaves the rest
 * to the framer of records.
 */
import type { Framer } from '../framing/framer.js'
import { MAX_RECORD_BYTES } from '../rejects.js'
import { CsvFramer, type CsvFile } from './csv-framer.js'
import type { CsvRows } from './csv-rows.js'
import { decodingOf, markedEncoding, sniffEncoding, type Decoding } from './decoding.js'
import { readHeader } from './read-header.js'
import { layoutOf, layoutWithoutHeader, type Expected, type Layout } from './header.js'
import type { CsvOptions } from './options.js'
import { originalOf, type OriginalLines } from './original-lines.js'
import { sniffDialect } from './sniff-dialect.js'

/** So many bytes tell how a file is written. */
const HEAD_BYTES = 64 * 1024

/** The framer of a whole file. */
export class SniffingCsvFramer implements Framer {
  /** The header as it was written; null if there is none, or nothing was read. */
  header: string | null = null

  readonly #rows: CsvRows
  readonly #options: CsvOptions
  readonly #expected: Expected
  #head: Buffer | null = Buffer.alloc(0)
  #wantedBytes = HEAD_BYTES
  #decoding: Decoding = decodingOf('utf-8')
  #original: OriginalLines | null = null
  #framer: CsvFramer | null = null
  #remarks: string[] = []

  constructor(rows: CsvRows, options: CsvOptions, expected: Expected) {
    this.#rows = rows
    this.#options = options
    this.#expected = expected
  }

  get recordsRead(): number {
    return this.#framer?.recordsRead ?? 0
  }

  get nextLine(): number {
    return this.#framer?.nextLine ?? 1
  }

  get remark(): string | null {
    return this.#remarks.length === 0 ? null : this.#remarks.join('; ')
  }

  push(chunk: Uint8Array): void {
    if (this.#head === null) {
      this.#original?.append(chunk, this.nextLine)
      this.#framer?.push(this.#decoding.decode(chunk))
      return
    }
    this.#head = Buffer.concat([this.#head, chunk])
    if (this.#head.length >= this.#wantedBytes) this.#open(this.#head, false)
  }

  end(): void {
    if (this.#head !== null) this.#open(this.#head, true)
    const rest = this.#decoding.end()
    if (rest.length > 0) this.#framer?.push(rest)
    this.#framer?.end()
  }

  #open(head: Buffer, isEnd: boolean): void {
    // A byte order mark is right whatever is declared.
    const known = markedEncoding(head) ?? this.#options.encoding
    const decoding = decodingOf(known ?? sniffEncoding(head))
    const text = Buffer.from(decoding.decode(head))
    const dialect = sniffDialect(text, this.#options, this.#expected)
    if (this.#options.header === false) {
      const layout = layoutWithoutHeader(this.#expected.columns)
      this.#begin(decoding, head, text, { dialect, layout, header: null, firstLine: 1 })
      return
    }
    const header = readHeader(
      text,
      dialect,
      this.#expected,
      isEnd || head.length > MAX_RECORD_BYTES,
    )
    if (header === 'needs more') {
      this.#wantedBytes = head.length * 2
      return
    }
    const layout = layoutOf(header.names, this.#expected)
    this.header = header.bytes.toString('utf8')
    if (header.bytes.length > 0) this.#judge(layout, known === undefined ? decoding.encoding : null)
    this.#begin(decoding, head, text.subarray(header.past), {
      dialect,
      layout,
      header: header.bytes,
      firstLine: header.nextLine,
    })
  }

  /**
   * Begins the records.
   * @param head the file's bytes so far
   * @param text what comes after the header of what they were decoded to
   */
  #begin(decoding: Decoding, head: Buffer, text: Buffer, file: Omit<CsvFile, 'original'>): void {
    this.#head = null
    this.#decoding = decoding
    this.#original = originalOf(decoding, file.dialect, 1)
    this.#original?.append(head, 1)
    this.#framer = new CsvFramer(this.#rows, { ...file, original: this.#original })
    this.#framer.push(text)
  }

  /** Notes what is worth a warning. @param guessed the encoding, if it had to be found out */
  #judge(layout: Layout, guessed: string | null): void {
    if (guessed === 'windows-1252')
      this.#remarks.push(
        'it is not UTF-8 and was read as windows-1252 (declare csv.encoding if it is another)',
      )
    const { missing } = layout
    if (missing.length === 0) return
    const some = missing.slice(0, 5).map((name) => `"${name}"`)
    const more = missing.length > some.length ? ` and ${missing.length - some.length} more` : ''
    this.#remarks.push(
      missing.length === this.#expected.columns.length
        ? 'its header has none of the declared columns: everything is in _extra'
        : `its header lacks ${some.join(', ')}${more}`,
    )
  }
}
