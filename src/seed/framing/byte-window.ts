import { SENTINEL } from '../json/scanner.js'

/** The part of a file's bytes that is not handled yet, followed by the scanner's sentinel. */
export class ByteWindow {
  bytes = Buffer.allocUnsafeSlow(1024)
  /** First byte that is not handled. */
  start = 0
  /** Past the last byte; `bytes[end]` is the sentinel. */
  end = 0

  get length(): number {
    return this.end - this.start
  }

  /** Adds bytes at the end; what was handled makes room first. */
  append(chunk: Uint8Array): void {
    const kept = this.length
    const needed = kept + chunk.length + 1
    if (needed > this.bytes.length) {
      // Doubling keeps the copying linear; the exact size is enough for the usual chunk.
      const grown = Buffer.allocUnsafeSlow(kept > chunk.length ? needed + kept : needed)
      grown.set(this.bytes.subarray(this.start, this.end))
      this.bytes = grown
    } else if (this.start > 0) {
      this.bytes.copyWithin(0, this.start, this.end)
    }
    this.start = 0
    this.bytes.set(chunk, kept)
    this.end = kept + chunk.length
    this.bytes[this.end] = SENTINEL
  }
}
