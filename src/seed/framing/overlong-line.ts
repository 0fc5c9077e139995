import { KEPT_OF_OVERLONG, overlongText } from '../rejects.js'
import type { ByteWindow } from './byte-window.js'

/** A line that is longer than is read: its beginning is kept, the rest of its bytes is skipped as they come. */
export class OverlongLine {
  readonly beginning: Buffer
  #length: number

  /** @param window holds its beginning, and nothing else; the caller has to move on */
  constructor(window: ByteWindow) {
    const { bytes, start } = window
    this.beginning = Buffer.from(bytes.subarray(start, start + KEPT_OF_OVERLONG))
    this.#length = window.length
  }

  /** What is said of it. */
  get detail(): string {
    return overlongText(this.#length)
  }

  /**
   * Skips its bytes.
   * @returns what comes after its line end; null if it goes on
   */
  skip(chunk: Uint8Array, lineEnd: number): Uint8Array | null {
    const end = chunk.indexOf(lineEnd)
    this.#length += end < 0 ? chunk.length : end
    return end < 0 ? null : chunk.subarray(end + 1)
  }
}
