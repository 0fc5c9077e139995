/** The encodings that store differences. What they store is unpacked at once; a page is bounded. */
import { deltaBinaryUnpack } from 'hyparquet/src/delta.js'
import { readVarInt } from 'hyparquet/src/thrift.js'
import { Damage } from './damage.js'
import { MAX_PAGE_BYTES } from './page-header.js'

/** Few bytes can stand for any number of equal differences. */
const MOST_NUMBERS = MAX_PAGE_BYTES / 8

interface Reader {
  readonly view: DataView
  offset: number
}

/** Byte strings, one after the other in `bytes`. */
export interface ByteStrings {
  readonly bytes: Buffer
  readonly start: Int32Array
  readonly end: Int32Array
}

/**
 * DELTA_BINARY_PACKED: the numbers as their bytes, little end first. Numbers of 32 bits are the lower halves of what is
 * stored: writers count unsigned ones, and differences, in 64.
 */
export function unpackIntegers(page: Buffer, at: number, is64: boolean): Buffer {
  const source = reader(page, at)
  const numbers = new BigInt64Array(countOf(source))
  deltaBinaryUnpack(source, numbers.length, numbers)
  if (is64) return Buffer.from(numbers.buffer)
  const halves = new Int32Array(numbers.buffer)
  for (let index = 0; index < numbers.length; index++) halves[index] = halves[2 * index] as number
  return Buffer.from(halves.buffer, 0, 4 * numbers.length)
}

/** DELTA_LENGTH_BYTE_ARRAY: the lengths, then the bytes. */
export function unpackLengths(page: Buffer, at: number): ByteStrings {
  const source = reader(page, at)
  const lengths = unpackCounts(source)
  return cut(page, source.offset, lengths)
}

/** DELTA_BYTE_ARRAY: each string begins with some bytes of the one before. */
export function unpackPrefixes(page: Buffer, at: number): ByteStrings {
  const source = reader(page, at)
  const prefixes = unpackCounts(source)
  const suffixes = unpackCounts(source)
  const { start: from, end: to } = cut(page, source.offset, suffixes)
  if (prefixes.length !== suffixes.length) throw new Damage('its strings lack beginnings or ends')
  const start = new Int32Array(prefixes.length)
  const end = new Int32Array(prefixes.length)
  let total = 0
  prefixes.forEach((prefix, index) => {
    const before = index === 0 ? 0 : (end[index - 1] as number) - (start[index - 1] as number)
    if (prefix < 0 || prefix > before) throw new Damage('a string shares more than there is')
    start[index] = total
    total += prefix + (suffixes[index] as number)
    if (total > MAX_PAGE_BYTES) throw new Damage(`its strings have over ${MAX_PAGE_BYTES} bytes`)
    end[index] = total
  })
  const bytes = Buffer.allocUnsafeSlow(total)
  prefixes.forEach((prefix, index) => {
    const at = start[index] as number
    const before = index === 0 ? 0 : (start[index - 1] as number)
    bytes.copyWithin(at, before, before + prefix)
    page.copy(bytes, at + prefix, from[index], to[index])
  })
  return { bytes, start, end }
}

function cut(page: Buffer, from: number, lengths: Int32Array): ByteStrings {
  const start = new Int32Array(lengths.length)
  const end = new Int32Array(lengths.length)
  let at = from
  lengths.forEach((length, index) => {
    if (length < 0 || length > page.length - at) throw new Damage('a string leads outside the page')
    start[index] = at
    at += length
    end[index] = at
  })
  return { bytes: page, start, end }
}

/** Lengths, which are never near the limits of 32 bits. */
function unpackCounts(source: Reader): Int32Array {
  const output = new Int32Array(countOf(source))
  deltaBinaryUnpack(source, output.length, output)
  return output
}

/** How many numbers there are, as the page itself says; the reader stays where it is. */
function countOf({ view, offset }: Reader): number {
  const header = { view, offset }
  const blockSize = readVarInt(header)
  const miniblocks = readVarInt(header)
  const count = readVarInt(header)
  const isSound =
    blockSize > 0 &&
    miniblocks > 0 &&
    miniblocks <= blockSize &&
    blockSize <= view.byteLength * 8 + 65_536
  if (!isSound || count < 0 || count > MOST_NUMBERS)
    throw new Damage('its numbers have no sound header')
  return count
}

function reader(page: Buffer, at: number): Reader {
  return { view: new DataView(page.buffer, page.byteOffset, page.length), offset: at }
}
