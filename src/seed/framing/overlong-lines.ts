import { KEPT_OF_OVERLONG, overlongText } from '../rejects.js'
import type { ByteWindow } from './byte-window.js'

/** Lines that are longer than is read: the beginning of each is kept, the rest of its bytes is skipped as they come. */
export class OverlongLines {
  readonly #lineEnd: number
  readonly #reject: (detail: string, beginning: Buffer) => void
  /** Of the line whose end has not come yet; null if there is none. */
  #beginning: Buffer | null = null
  #length = 0

  /** @param reject takes each line, once it is over */
  constructor(lineEnd: number, reject: (detail: string, beginning: Buffer) => void) {
    this.#lineEnd = lineEnd
    this.#reject = reject
  }

  /** Begins a line. @param window holds its beginning, and nothing else; the caller has to move on */
  begin(window: ByteWindow): void {
    const { bytes, start } = window
    this.#beginning = Buffer.from(bytes.subarray(start, start + KEPT_OF_OVERLONG))
    this.#length = window.length
  }

  /** Gives what of a chunk is to be read: what comes after the line at hand, or all if there is none. */
  after(chunk: Uint8Array): Uint8Array {
    if (this.#beginning === null) return chunk
    const end = chunk.indexOf(this.#lineEnd)
    this.#length += end < 0 ? chunk.length : end
    if (end < 0) return chunk.subarray(chunk.length)
    this.end()
    return chunk.subarray(end + 1)
  }

  /** The line at hand is over, if there is one. */
  end(): void {
    if (this.#beginning === null) return
    this.#reject(overlongText(this.#length), this.#beginning)
    this.#beginning = null
  }
}
