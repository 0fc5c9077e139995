/**
 * The bytes of a file whose text is decoded, for as long as a line of theirs may still be wanted. Decoding keeps line ends
 * one to one in all encodings, so a line is found by its number.
 */
import { ByteWindow } from '../framing/byte-window.js'
import { MAX_RECORD_BYTES } from '../rejects.js'
import type { Decoding } from './decoding.js'
import { CARRIAGE_RETURN, LINE_FEED, type Dialect } from './options.js'

/** More than the longest record takes, in the encoding that takes the most bytes for a text: UTF-16. */
const MOST_KEPT_BYTES = 3 * MAX_RECORD_BYTES

/** Lines as they are stored. They are asked for in their order. */
export class OriginalLines {
  readonly #encoding: string
  readonly #lineEnd: number
  /** Bytes of a line end. */
  readonly #width: number
  readonly #window = new ByteWindow()
  /** The line that begins at the window's start. */
  #line: number
  /** True if the beginning of that line was dropped: no record is so long. */
  #isCut = false

  /**
   * @param encoding of the file
   * @param lineEnd a line feed or a carriage return
   * @param firstLine the number of the first line that comes
   */
  constructor(encoding: string, lineEnd: number, firstLine: number) {
    this.#encoding = encoding
    this.#lineEnd = lineEnd
    this.#width = encoding.startsWith('utf-16') ? 2 : 1
    this.#line = firstLine
  }

  /** Takes the file's next bytes. @param nextLine lines before it are not asked for any more */
  append(chunk: Uint8Array, nextLine: number): void {
    this.#moveTo(nextLine)
    const window = this.#window
    if (window.length > MOST_KEPT_BYTES) {
      this.#moveTo(Infinity)
      // Half a character of UTF-16 stays, so that the others are found.
      window.start = window.end - ((window.end - window.start) % this.#width)
      this.#isCut = true
    }
    window.append(chunk)
  }

  /**
   * The bytes of a record, without its line end.
   * @param line its first one
   * @param breaks how many line ends are within it
   * @param text what they were decoded to
   * @returns null if they are exactly that text; nothing of a line that was too long to be kept
   */
  unlike(line: number, breaks: number, text: Buffer): Buffer | null {
    if (!text.includes('\uFFFD')) return null
    this.#moveTo(line)
    if (this.#line !== line || this.#isCut) return Buffer.alloc(0)
    const window = this.#window
    let end = window.start
    for (let count = 0; count < breaks; count++) end = this.#lineEndFrom(end) + this.#width
    end = Math.min(this.#lineEndFrom(end), window.end)
    if (this.#lineEnd === LINE_FEED && this.#isAt(CARRIAGE_RETURN, end - this.#width))
      end -= this.#width
    const bytes = Buffer.from(window.bytes.subarray(window.start, Math.max(window.start, end)))
    return this.#isText(bytes, text) ? null : bytes
  }

  /** Forgets the lines before this one, as far as they have come. */
  #moveTo(line: number): void {
    const window = this.#window
    while (this.#line < line) {
      const end = this.#lineEndFrom(window.start)
      if (end >= window.end) return
      window.start = end + this.#width
      this.#line++
      this.#isCut = false
    }
  }

  /** Where the next line end is; the window's end if there is none. */
  #lineEndFrom(from: number): number {
    const { bytes, start, end } = this.#window
    for (let at = bytes.indexOf(this.#lineEnd, from); at >= 0 && at < end;) {
      const character = at - ((at - start) % this.#width)
      if (this.#isAt(this.#lineEnd, character)) return character
      at = bytes.indexOf(this.#lineEnd, at + 1)
    }
    return end
  }

  /** True if the character at a position is this one of ASCII. */
  #isAt(code: number, at: number): boolean {
    const { bytes, start, end } = this.#window
    if (at < start || at + this.#width > end) return false
    if (this.#width === 1) return bytes[at] === code
    return bytes.readUInt16LE(at) === (this.#encoding === 'utf-16le' ? code : code << 8)
  }

  /** True if these bytes say that text in earnest: U+FFFD is a character that a file may have. */
  #isText(bytes: Buffer, text: Buffer): boolean {
    try {
      return new TextDecoder(this.#encoding, { fatal: true }).decode(bytes) === text.toString()
    } catch {
      return false
    }
  }
}

/** The lines of a file that is decoded so; null if nothing of it can get lost. @param firstLine the first that comes */
export function originalOf(
  { encoding, isLossy }: Decoding,
  { lineEnd }: Dialect,
  firstLine: number,
): OriginalLines | null {
  return isLossy ? new OriginalLines(encoding, lineEnd, firstLine) : null
}
