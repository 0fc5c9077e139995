import { Damage } from './damage.js'

/** A file that is read by ranges. */
export interface ByteSource {
  /** Length of the file. */
  readonly byteLength: number
  /** Bytes of the file, in memory that is the caller's; fewer than asked for only where the file ends. */
  read(offset: number, length: number): Promise<Buffer>
}

/** Bytes that are asked for at a time, if so many are left: few requests, whatever the file is kept in. */
const WINDOW_BYTES = 1024 * 1024

/** A range of a file, read from its start to its end. */
export class RangeReader {
  readonly #source: ByteSource
  readonly #end: number
  #window: Buffer = Buffer.alloc(0)
  #windowAt: number

  /** @throws Damage if the range is not inside the file */
  constructor(source: ByteSource, offset: number, length: number) {
    const isInside =
      Number.isSafeInteger(offset) &&
      Number.isSafeInteger(length) &&
      offset >= 0 &&
      length >= 0 &&
      offset + length <= source.byteLength
    if (!isInside) throw new Damage(`the footer places it outside the file`)
    this.#source = source
    this.#windowAt = offset
    this.#end = offset + length
  }

  /** Bytes that are left. */
  get left(): number {
    return this.#end - this.#windowAt
  }

  /**
   * The next bytes, which stay where they are. They are never overwritten by a later call.
   * @param length the number that is wanted; what is left, if that is less
   * @throws Damage if the file has become shorter; the file system's error
   */
  async peek(length: number): Promise<Buffer> {
    const wanted = Math.min(length, this.left)
    const has = this.#window.length
    if (has < wanted) {
      const missing = Math.min(this.left, Math.max(wanted, WINDOW_BYTES)) - has
      const next = await this.#source.read(this.#windowAt + has, missing)
      this.#window = has === 0 ? next : Buffer.concat([this.#window, next])
      if (this.#window.length < wanted) throw new Damage('the file ends before it')
    }
    return this.#window.subarray(0, wanted)
  }

  /** Goes on by bytes that were peeked at. */
  skip(length: number): void {
    this.#window = this.#window.subarray(length)
    this.#windowAt += length
  }
}
