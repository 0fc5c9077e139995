import type { Projection } from '../projection.js'
import { ArrayFramer } from './array-framer.js'
import { ARRAY_HEAD_BYTES, beginsArray } from './begins-array.js'
import type { Framer } from './framer.js'
import { LineFramer } from './line-framer.js'

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const

/** How much white space is kept as part of the first record's line. */
const MOST_LEAD_BYTES = 64 * 1024

/**
 * Decides by a file's first bytes how to read it: a byte order mark is dropped; with format `json`, an
 * array if the first character that is not white space is `[` and what follows is like one, else an object a line.
 */
export class SniffingFramer implements Framer {
  readonly header = null
  readonly #projection: Projection
  readonly #format: 'json' | 'ndjson'
  /** The first bytes, for as long as they may be the beginning of a byte order mark. */
  #head: Buffer | null = Buffer.alloc(0)
  /** Line feeds in the white space before the first record. */
  #blankLines = 0
  /** White space before the first record on its own line, which belongs to that line's text. */
  #lead = Buffer.alloc(0)
  /** From the beginning of the line on which a bracket stands, as long as it is not known what it opens. */
  #opening: { readonly bytes: Buffer; readonly bracketAt: number } | null = null
  #chosen: Framer | null = null

  constructor(projection: Projection, format: 'json' | 'ndjson') {
    this.#projection = projection
    this.#format = format
  }

  get recordsRead(): number {
    return this.#chosen?.recordsRead ?? 0
  }

  get nextLine(): number {
    return this.#chosen?.nextLine ?? 1
  }

  get remark(): string | null {
    return this.#chosen?.remark ?? null
  }

  push(chunk: Uint8Array): void {
    if (this.#chosen !== null) {
      this.#chosen.push(chunk)
      return
    }
    if (this.#opening !== null) {
      const { bytes, bracketAt } = this.#opening
      this.#judge(Buffer.concat([bytes, chunk]), bracketAt, false)
      return
    }
    if (this.#head === null) {
      this.#choose(chunk)
      return
    }
    const head = Buffer.concat([this.#head, chunk])
    const matching = BYTE_ORDER_MARK.findIndex((byte, index) => head[index] !== byte)
    if (matching >= head.length) {
      this.#head = head
      return
    }
    this.#head = null
    this.#choose(matching < 0 ? head.subarray(BYTE_ORDER_MARK.length) : head)
  }

  end(): void {
    if (this.#head !== null && this.#head.length > 0) this.#choose(this.#head)
    if (this.#opening !== null) this.#judge(this.#opening.bytes, this.#opening.bracketAt, true)
    this.#chosen?.end()
  }

  #choose(chunk: Uint8Array): void {
    let at = 0
    let lineStart = -1
    for (; at < chunk.length; at++) {
      const byte = chunk[at]
      if (byte === 0x0a) {
        this.#blankLines++
        lineStart = at + 1
      } else if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09) break
    }
    if (at === chunk.length) {
      const lead =
        lineStart < 0 ? Buffer.concat([this.#lead, chunk]) : Buffer.from(chunk.subarray(lineStart))
      this.#lead = lead.subarray(0, MOST_LEAD_BYTES)
      return
    }
    const lead = lineStart < 0 ? this.#lead : Buffer.alloc(0)
    const line = Buffer.concat([lead, chunk.subarray(Math.max(0, lineStart))])
    if (this.#format === 'json' && chunk[at] === 0x5b)
      this.#judge(line, lead.length + at - Math.max(0, lineStart), false)
    else this.#begin(false, line)
  }

  /** Decides what a bracket opens, once there are enough bytes for that; always by the same ones. */
  #judge(bytes: Buffer, bracketAt: number, isEnd: boolean): void {
    const most = bracketAt + ARRAY_HEAD_BYTES
    if (bytes.length < most && !isEnd) this.#opening = { bytes, bracketAt }
    else {
      this.#opening = null
      this.#begin(beginsArray(bytes.subarray(bracketAt, most)), bytes)
    }
  }

  #begin(isArray: boolean, bytes: Buffer): void {
    this.#chosen = isArray
      ? new ArrayFramer(this.#projection)
      : new LineFramer(this.#projection, this.#blankLines + 1)
    this.#chosen.push(bytes)
  }
}
