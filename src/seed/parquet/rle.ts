import { Damage } from './damage.js'

/** Widest numbers of this encoding. */
const MAX_WIDTH = 32

/**
 * Parquet's mixture of run lengths and packed bits, which levels, dictionary indexes and booleans have, read a few
 * numbers at a time: a run that claims to have millions costs nothing until they are wanted.
 */
export class RleReader {
  readonly #bytes: Uint8Array
  readonly #end: number
  readonly #width: number
  #at: number
  /** Numbers that are left of a run, and their value. */
  #repeats = 0
  #repeated = 0
  /** Numbers that are left of a packed group, and the first of their bits. */
  #packed = 0
  #bitAt = 0

  /**
   * @param at of the first byte
   * @param end past the last byte that belongs to it
   * @param width of a number, in bits
   */
  constructor(bytes: Uint8Array, at: number, end: number, width: number) {
    if (width > MAX_WIDTH) throw new Damage(`numbers of ${width} bits`)
    if (end > bytes.length) throw new Damage('a length leads outside the page')
    this.#bytes = bytes
    this.#at = at
    this.#end = end
    this.#width = width
  }

  /** Numbers of one width packed one after the other, without run lengths: plain booleans. */
  static ofPackedBits(bytes: Uint8Array, at: number, end: number, width: number): RleReader {
    const reader = new RleReader(bytes, at, end, width)
    reader.#packed = Number.MAX_SAFE_INTEGER
    reader.#bitAt = at * 8
    return reader
  }

  /**
   * Reads the next `count` numbers into `output`, from its start.
   * @throws Damage if there are not so many
   */
  read(output: Uint8Array | Int32Array, count: number): void {
    if (this.#width === 0) {
      output.fill(0, 0, count)
      return
    }
    let done = 0
    while (done < count) {
      if (this.#repeats > 0) {
        const taken = Math.min(this.#repeats, count - done)
        output.fill(this.#repeated, done, done + taken)
        this.#repeats -= taken
        done += taken
      } else if (this.#packed > 0) {
        const taken = Math.min(this.#packed, count - done)
        this.#unpack(output, done, taken)
        this.#packed -= taken
        done += taken
      } else this.#next()
    }
  }

  #next(): void {
    const header = this.#varint()
    if ((header & 1) === 0) {
      this.#repeats = header >>> 1
      let value = 0
      for (let index = 0; index < (this.#width + 7) >> 3; index++)
        value |= this.#byte() << (8 * index)
      this.#repeated = value
      return
    }
    this.#packed = (header >>> 1) * 8
    this.#bitAt = this.#at * 8
    // The last group may be cut off after its last number.
    this.#at = Math.min(this.#end, this.#at + (header >>> 1) * this.#width)
  }

  #unpack(output: Uint8Array | Int32Array, from: number, count: number): void {
    const bytes = this.#bytes
    const width = this.#width
    let bitAt = this.#bitAt
    if (bitAt + count * width > this.#end * 8) throw new Damage('the page ends among its numbers')
    const mask = width === 32 ? -1 : (1 << width) - 1
    if (width <= 8) {
      for (let index = from; index < from + count; index++) {
        const at = bitAt >>> 3
        const two = (bytes[at] as number) | ((bytes[at + 1] ?? 0) << 8)
        output[index] = (two >>> (bitAt & 7)) & mask
        bitAt += width
      }
    } else {
      for (let index = from; index < from + count; index++) {
        output[index] = bitsAt(bytes, bitAt, width) & mask
        bitAt += width
      }
    }
    this.#bitAt = bitAt
  }

  #varint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#byte()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw new Damage('a run whose length does not end')
  }

  #byte(): number {
    if (this.#at >= this.#end) throw new Damage('the page ends among its numbers')
    return this.#bytes[this.#at++] as number
  }
}

/** At least `width` (9 to 32) bits that begin at a bit. */
function bitsAt(bytes: Uint8Array, bitAt: number, width: number): number {
  const at = bitAt >>> 3
  const shift = bitAt & 7
  const low =
    (bytes[at] as number) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  if (shift + width <= 32) return low >>> shift
  return (low >>> shift) | ((bytes[at + 4] ?? 0) << (32 - shift))
}
