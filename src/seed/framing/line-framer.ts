import { isUtf8 } from 'node:buffer'
import type { Projection } from '../projection.js'
import { MAX_RECORD_BYTES } from '../rejects.js'
import { ByteWindow } from './byte-window.js'
import type { Framer } from './framer.js'
import { readJsonRecord } from './json-record.js'
import { OverlongLines } from './overlong-lines.js'

const LINE_FEED = 0x0a

/** NDJSON: a record is a line. Blank lines are no records. */
export class LineFramer implements Framer {
  recordsRead = 0
  readonly header = null
  nextLine: number
  readonly remark = null

  readonly #projection: Projection
  readonly #window = new ByteWindow()
  /** Where to look for the end of the first line: what lies before has been looked at. */
  #unsearched = 0
  readonly #overlong = new OverlongLines(LINE_FEED, (detail, beginning) => {
    this.recordsRead++
    this.#projection.rejectText('malformed_json', detail, beginning, this.nextLine++)
  })

  /** @param firstLine the number of the first line that will be pushed */
  constructor(projection: Projection, firstLine: number) {
    this.#projection = projection
    this.nextLine = firstLine
  }

  push(chunk: Uint8Array): void {
    const rest = this.#overlong.after(chunk)
    if (rest.length === 0) return
    const window = this.#window
    window.append(rest)
    const { bytes, end } = window
    let lineEnd = bytes.indexOf(LINE_FEED, this.#unsearched)
    if (lineEnd < end) {
      const isTrusted = isUtf8(bytes.subarray(0, bytes.lastIndexOf(LINE_FEED, end - 1)))
      let start = 0
      while (lineEnd < end) {
        this.#line(start, lineEnd, isTrusted)
        start = lineEnd + 1
        lineEnd = bytes.indexOf(LINE_FEED, start)
      }
      window.start = start
    }
    this.#unsearched = window.length
    if (window.length > MAX_RECORD_BYTES) {
      this.#overlong.begin(window)
      window.start = end
      this.#unsearched = 0
    }
  }

  end(): void {
    this.#overlong.end()
    const { start, end } = this.#window
    if (end > start) this.#line(start, end, false)
  }

  #line(start: number, end: number, isTrusted: boolean): void {
    const line = this.nextLine++
    const projection = this.#projection
    const { reader } = projection
    const { scanner } = reader
    scanner.bytes = this.#window.bytes
    scanner.limit = end
    let at = scanner.skipSpace(start)
    if (at === end) return
    this.recordsRead++
    // Concatenated files have byte order marks in their middle.
    if (
      scanner.bytes[at] === 0xef &&
      scanner.bytes[at + 1] === 0xbb &&
      scanner.bytes[at + 2] === 0xbf
    ) {
      at = scanner.skipSpace(at + 3)
    }
    readJsonRecord(projection, { start, at, end }, line, isTrusted)
  }
}
