/** The values of a page, read in their order, a few thousand at a time, as text. */
import type { Encoding } from 'hyparquet'
import { CopyBuffer } from '../copy-buffer.js'
import { checkTexts } from './check-texts.js'
import { Damage } from './damage.js'
import { unpackIntegers, unpackLengths, unpackPrefixes, type ByteStrings } from './delta.js'
import type { LeafType, WriteValue } from './leaf-type.js'
import { RleReader } from './rle.js'
import type { Leaf } from './schema.js'
import { pickTexts, type Texts } from './texts.js'

/** Reads on by `count` values; throws Damage, or an error of the language, where they can't be read. */
export interface ValueReader {
  read(count: number): Texts
}

/** What is wrong with a page whose dictionary is not there, or could not be read. */
export const NO_DICTIONARY = 'its dictionary is missing'

const BOOLEANS: Texts = {
  bytes: Buffer.from('falsetrue'),
  start: Int32Array.of(0, 5),
  end: Int32Array.of(5, 9),
  bad: null,
}

/**
 * The values that begin at `at` in a page and go on to its end.
 * @param dictionary of the column chunk, if it has one
 */
export function openValues(
  leaf: Leaf,
  encoding: Encoding,
  page: Buffer,
  at: number,
  dictionary: Texts | null,
): ValueReader {
  const { type } = leaf
  switch (encoding) {
    case 'PLAIN':
      if (type.kind !== 'boolean') return plain(type, page, at)
      return new PickedValues(BOOLEANS, RleReader.ofPackedBits(page, at, page.length, 1))
    case 'RLE':
      if (type.kind === 'boolean') {
        const end = at + 4 + page.readUInt32LE(at)
        return new PickedValues(BOOLEANS, new RleReader(page, at + 4, end, 1))
      }
      break
    case 'PLAIN_DICTIONARY':
    case 'RLE_DICTIONARY': {
      if (dictionary === null) throw new Damage(NO_DICTIONARY)
      // A page without values has no width either.
      const width = page[at] ?? 0
      return new PickedValues(
        dictionary,
        new RleReader(page, Math.min(at + 1, page.length), page.length, width),
      )
    }
    case 'DELTA_BINARY_PACKED':
      if (leaf.physical === 'INT32' || leaf.physical === 'INT64')
        return plain(type, unpackIntegers(page, at, leaf.physical === 'INT64'), 0)
      break
    case 'DELTA_LENGTH_BYTE_ARRAY':
      if (leaf.physical === 'BYTE_ARRAY') return new UnpackedValues(type, unpackLengths(page, at))
      break
    case 'DELTA_BYTE_ARRAY':
      if (leaf.physical.endsWith('BYTE_ARRAY'))
        return new UnpackedValues(type, unpackPrefixes(page, at))
      break
    case 'BYTE_STREAM_SPLIT': {
      const width = widthOf(type)
      if (width !== null) return plain(type, unsplit(page.subarray(at), width), 0)
      break
    }
  }
  throw new Damage(`the encoding ${encoding} of ${leaf.physical} is not read`)
}

/** The texts of a dictionary page, which is plain. */
export function readDictionary(leaf: Leaf, page: Buffer, count: number): Texts {
  // A value takes a byte at least, but for booleans, which have no dictionary.
  if (!(count >= 0 && count <= page.length)) throw new Damage(`a dictionary of ${count} entries`)
  return openValues(leaf, 'PLAIN', page, 0, null).read(count)
}

function plain(type: LeafType, page: Buffer, at: number): ValueReader {
  const width = widthOf(type)
  return width === null
    ? new PrefixedValues(type, page, at)
    : new FixedValues(type, page, at, width)
}

function widthOf(type: LeafType): number | null {
  return type.kind === 'fixed' || type.kind === 'bytes' ? type.width : null
}

/** BYTE_STREAM_SPLIT: all first bytes, then all second ones, and so on. */
function unsplit(bytes: Buffer, width: number): Buffer {
  const count = Math.floor(bytes.length / width)
  const output = Buffer.allocUnsafeSlow(count * width)
  for (let byte = 0; byte < width; byte++) {
    for (let index = 0; index < count; index++)
      output[index * width + byte] = bytes[byte * count + index] as number
  }
  return output
}

/** Numbers that choose among texts. */
class PickedValues implements ValueReader {
  readonly #texts: Texts
  readonly #indexes: RleReader
  #chosen = new Int32Array(0)

  constructor(texts: Texts, indexes: RleReader) {
    this.#texts = texts
    this.#indexes = indexes
  }

  read(count: number): Texts {
    if (this.#chosen.length < count) this.#chosen = new Int32Array(count)
    const chosen = this.#chosen
    this.#indexes.read(chosen, count)
    const size = this.#texts.start.length
    for (let index = 0; index < count; index++) {
      const value = chosen[index] as number
      if (value < 0 || value >= size)
        throw new Damage(`entry ${value} of a dictionary that has ${size}`)
    }
    return pickTexts(this.#texts, chosen, count)
  }
}

/** Values that all have the same length. */
class FixedValues implements ValueReader {
  readonly #type: LeafType
  readonly #page: Buffer
  readonly #width: number
  #at: number

  constructor(type: LeafType, page: Buffer, at: number, width: number) {
    this.#type = type
    this.#page = page
    this.#at = at
    this.#width = width
  }

  read(count: number): Texts {
    const width = this.#width
    if (this.#at + count * width > this.#page.length)
      throw new Damage('the page ends among its values')
    const start = new Int32Array(count)
    const end = new Int32Array(count)
    for (let index = 0; index < count; index++) {
      start[index] = this.#at
      end[index] = this.#at += width
    }
    return asTexts(this.#type, { bytes: this.#page, start, end })
  }
}

/** Values with their lengths before them. */
class PrefixedValues implements ValueReader {
  readonly #type: LeafType
  readonly #page: Buffer
  #at: number

  constructor(type: LeafType, page: Buffer, at: number) {
    this.#type = type
    this.#page = page
    this.#at = at
  }

  read(count: number): Texts {
    const page = this.#page
    const start = new Int32Array(count)
    const end = new Int32Array(count)
    let at = this.#at
    for (let index = 0; index < count; index++) {
      if (at + 4 > page.length) throw new Damage('the page ends among its values')
      const length = page.readUInt32LE(at)
      if (length > page.length - at - 4) throw new Damage('a value leads outside the page')
      // Spaces in place of the length, which has been read: the values can then be checked together, as one text.
      page[at] = page[at + 1] = page[at + 2] = page[at + 3] = 0x20
      at += 4
      start[index] = at
      at += length
      end[index] = at
    }
    this.#at = at
    return asTexts(this.#type, { bytes: page, start, end })
  }
}

/** Values that were unpacked all at once. */
class UnpackedValues implements ValueReader {
  readonly #type: LeafType
  readonly #strings: ByteStrings
  #done = 0

  constructor(type: LeafType, strings: ByteStrings) {
    this.#type = type
    this.#strings = strings
  }

  read(count: number): Texts {
    const { bytes, start, end } = this.#strings
    const from = this.#done
    if (from + count > start.length) throw new Damage('the page ends among its values')
    this.#done += count
    return asTexts(this.#type, {
      bytes,
      start: start.subarray(from, from + count),
      end: end.subarray(from, from + count),
    })
  }
}

function asTexts(type: LeafType, strings: ByteStrings): Texts {
  switch (type.kind) {
    case 'bytes':
      return checkTexts(strings, type.isText)
    case 'fixed':
    case 'variable':
      return write(strings, type.write)
    case 'boolean':
      throw new Damage('booleans that are not bits')
  }
}

function write({ bytes, start, end }: ByteStrings, writeValue: WriteValue): Texts {
  const out = new CopyBuffer()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const newStart = new Int32Array(start.length)
  const newEnd = new Int32Array(start.length)
  for (let index = 0; index < start.length; index++) {
    const from = start[index] as number
    newStart[index] = out.at
    writeValue(view, from, (end[index] as number) - from, out)
    newEnd[index] = out.at
  }
  return { bytes: out.take(), start: newStart, end: newEnd, bad: null }
}
