import { Damage } from './damage.js'

/** Deepest nesting of structures; a footer has seven levels. */
const MAX_DEPTH = 32

const LONGEST_VARINT = 10

/**
 * Walks over a structure in Thrift's compact protocol without keeping anything. The library that reads footers and
 * page headers believes the lengths of lists and the ends of numbers, so damaged bytes could keep it busy for hours.
 */
class ThriftWalker {
  at: number
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  struct(depth: number): void {
    if (depth > MAX_DEPTH) throw new Damage('its structures are nested too deeply')
    for (;;) {
      const byte = this.#byte()
      const type = byte & 0x0f
      if (type === 0) return
      if (byte >> 4 === 0) this.#varint()
      this.#value(type, depth)
    }
  }

  #value(type: number, depth: number): void {
    switch (type) {
      // A boolean field has its value in the type.
      case 1:
      case 2:
        return
      case 3:
        this.#skip(1)
        return
      case 4:
      case 5:
      case 6:
        this.#varint()
        return
      case 7:
        this.#skip(8)
        return
      case 8:
        this.#skip(this.#varint())
        return
      case 9:
        this.#list(depth)
        return
      case 12:
        this.struct(depth + 1)
        return
      default:
        throw new Damage(`it has a field of the unknown type ${type}`)
    }
  }

  #list(depth: number): void {
    const byte = this.#byte()
    const short = byte >> 4
    const count = short === 15 ? this.#varint() : short
    // Every element takes a byte at least.
    if (count > this.#bytes.length - this.at) throw new Cut()
    const type = byte & 0x0f
    for (let index = 0; index < count; index++) this.#value(type <= 2 ? 3 : type, depth)
  }

  #varint(): number {
    let value = 0
    for (let index = 0; index < LONGEST_VARINT; index++) {
      const byte = this.#byte()
      value += (byte & 0x7f) * 2 ** (7 * index)
      if (byte < 0x80) return value
    }
    throw new Damage('it has a number that does not end')
  }

  #byte(): number {
    const byte = this.#bytes[this.at++]
    if (byte === undefined) throw new Cut()
    return byte
  }

  #skip(length: number): void {
    if (length > this.#bytes.length - this.at) throw new Cut()
    this.at += length
  }
}

/** The structure goes on after the bytes that are there. */
class Cut extends Error {}

/**
 * The length of the structure at the start of `bytes`; null if it goes on after them.
 * @throws Damage if it is none
 */
export function thriftLength(bytes: Uint8Array): number | null {
  const walker = new ThriftWalker(bytes, 0)
  try {
    walker.struct(0)
    return walker.at
  } catch (error) {
    if (error instanceof Cut) return null
    throw error
  }
}
