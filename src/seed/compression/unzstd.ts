import { Decompress } from 'fzstd'
import xxhash from 'xxhash-wasm'
import { ByteReader } from './byte-reader.js'
import { isFrameMagic, isSkippableMagic, numberAt, readFrameHeader } from './zstd-header.js'

const CUT = 'unexpected end of file'

/** The most that a block holds, compressed or not. */
const MOST_BLOCK_BYTES = 128 * 1024

type Hashes = Awaited<ReturnType<typeof xxhash>>

/**
 * Decompresses Zstandard: frames, one after the other, and skippable ones between them. The frames and their blocks are
 * told apart here and the library is given a block at a time. So what stands before a damaged block comes out, and
 * the checksums, which the library passes over, are checked.
 * @returns null, or what is wrong with the data; all that could be read has been yielded
 */
export async function* unzstd(
  compressed: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, string | null> {
  const hashes = await xxhash()
  const input = new ByteReader(compressed)
  try {
    for (;;) {
      const magic = await input.take(4)
      if (magic.length === 0) return null
      const damage = isSkippableMagic(magic)
        ? await skipFrame(input)
        : yield* readFrame(input, magic, hashes)
      if (damage !== null) return damage
    }
  } finally {
    await input.close()
  }
}

async function skipFrame(input: ByteReader): Promise<string | null> {
  const length = await input.take(4)
  if (length.length < 4) return CUT
  const size = numberAt(length, 0, 4)
  return (await input.skip(size)) < size ? CUT : null
}

async function* readFrame(
  input: ByteReader,
  magic: Uint8Array,
  hashes: Hashes,
): AsyncGenerator<Uint8Array, string | null> {
  if (magic.length < 4) return CUT
  if (!isFrameMagic(magic)) return 'no frame starts where one should'
  const header = await readFrameHeader(input, magic)
  if (typeof header === 'string') return header

  const hash = header.hasChecksum ? hashes.create64() : null
  let pieces: Uint8Array[] = []
  const decoder = new Decompress((piece) => pieces.push(piece))
  decoder.push(header.bytes)
  let size = 0
  for (let isLast = false; !isLast;) {
    const block = await readBlock(input)
    if (typeof block === 'string') return block
    isLast = block.isLast
    try {
      decoder.push(block.bytes, isLast)
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
    for (const piece of pieces) {
      hash?.update(piece)
      size += piece.length
      if (piece.length > 0) yield piece
    }
    pieces = []
  }
  if (header.contentSize !== null && size !== header.contentSize)
    return `a frame has ${size} bytes and should have ${header.contentSize}`
  if (hash === null) return null
  const checksum = await input.take(4)
  if (checksum.length < 4) return CUT
  const isRight = BigInt(numberAt(checksum, 0, 4)) === (hash.digest() & 0xffffffffn)
  return isRight ? null : 'the checksum does not match'
}

/** One block with its header (RFC 8878, section 3.1.1.2), or what is wrong with it. */
async function readBlock(
  input: ByteReader,
): Promise<{ readonly bytes: Uint8Array; readonly isLast: boolean } | string> {
  const head = await input.take(3)
  if (head.length < 3) return CUT
  const value = numberAt(head, 0, 3)
  const size = value >>> 3
  if (size > MOST_BLOCK_BYTES) return 'a block is larger than blocks can be'
  // Of a run only the byte that is repeated is stored.
  const isRun = ((value >>> 1) & 3) === 1
  const body = await input.take(isRun ? 1 : size)
  if (body.length < (isRun ? 1 : size)) return CUT
  const bytes = new Uint8Array(3 + body.length)
  bytes.set(head)
  bytes.set(body, 3)
  return { bytes, isLast: (value & 1) === 1 }
}
