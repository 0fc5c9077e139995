import type { ByteReader } from './byte-reader.js'

/** The largest window that is kept, as of the `zstd` command: more must be asked for there too. */
const MOST_WINDOW_BYTES = 128 * 1024 * 1024

/** What a frame says of itself before its blocks. */
export interface FrameHeader {
  /** The magic number and the header, with the checksum flag taken back: see `unzstd`. */
  readonly bytes: Uint8Array
  readonly hasChecksum: boolean
  /** Bytes of its contents; null if it does not say. */
  readonly contentSize: number | null
}

/** True for the four bytes that a frame of compressed data starts with. */
export const isFrameMagic = (bytes: Uint8Array): boolean => numberAt(bytes, 0, 4) === 0xfd2fb528

/** True for the four bytes that a skippable frame starts with: something that other programs left for themselves. */
export const isSkippableMagic = (bytes: Uint8Array): boolean =>
  bytes.length >= 4 && numberAt(bytes, 0, 4) >>> 4 === 0x184d2a5

/**
 * Reads a frame's header (RFC 8878, section 3.1.1.1); its magic number has been read.
 * @returns what is wrong with it, as text, if it can't be used
 */
export async function readFrameHeader(
  input: ByteReader,
  magic: Uint8Array,
): Promise<FrameHeader | string> {
  const [descriptor] = await input.take(1)
  if (descriptor === undefined) return 'unexpected end of file'
  const isSingleSegment = (descriptor & 0x20) !== 0
  const windowLength = isSingleSegment ? 0 : 1
  const dictionaryLength = [0, 1, 2, 4][descriptor & 3] ?? 0
  const sizeLength = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >>> 6] ?? 0
  const length = windowLength + dictionaryLength + sizeLength
  const fields = await input.take(length)
  if (fields.length < length) return 'unexpected end of file'

  const dictionary = numberAt(fields, windowLength, dictionaryLength)
  if (dictionary !== 0) return `it was compressed with a dictionary (number ${dictionary})`
  const size = numberAt(fields, windowLength + dictionaryLength, sizeLength)
  // Sizes in two bytes start where those in one byte end.
  const contentSize = sizeLength === 0 ? null : sizeLength === 2 ? size + 256 : size
  const windowBytes = isSingleSegment ? size : windowSize(fields[0] ?? 0)
  if (windowBytes > MOST_WINDOW_BYTES) {
    const megabytes = Math.ceil(windowBytes / (1024 * 1024))
    return `it takes a window of ${megabytes} MiB to read it, and at most 128 MiB are kept`
  }
  const bytes = Uint8Array.of(...magic, descriptor & ~4, ...fields)
  return { bytes, hasChecksum: (descriptor & 4) !== 0, contentSize }
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >>> 3))
  return base + (base / 8) * (descriptor & 7)
}

/** The number in some bytes, the lowest first. */
export function numberAt(bytes: Uint8Array, at: number, length: number): number {
  let value = 0
  for (let index = length - 1; index >= 0; index--) value = value * 256 + (bytes[at + index] ?? 0)
  return value
}
