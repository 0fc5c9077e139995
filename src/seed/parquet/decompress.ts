import { decompress as unzstd } from 'fzstd'
import { decompressLz4, decompressLz4Raw } from 'hyparquet-compressors'
import { snappyUncompressor } from 'hysnappy'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { Damage } from './damage.js'

/** Turns compressed bytes into bytes of the given length; what it gives instead is checked afterwards. */
type Decompressor = (input: Uint8Array, length: number) => Uint8Array

/** WebAssembly; an instance that has failed may have a damaged stack, so it is not used again. */
let snappy: Decompressor | null = null
function unsnappy(input: Uint8Array, length: number): Uint8Array {
  const instance = (snappy ??= snappyUncompressor())
  snappy = null
  const output = instance(input, length)
  snappy = instance
  return output
}

/** The library compares the buffer that it is given with a number, for which JavaScript makes a text of all its bytes. */
class ZstdOutput extends Uint8Array {
  override toString(): string {
    return ''
  }
}

const DECOMPRESSORS: Readonly<Record<string, Decompressor>> = {
  UNCOMPRESSED: (input) => input,
  SNAPPY: unsnappy,
  GZIP: (input, length) => gunzipSync(input, { maxOutputLength: Math.max(1, length) }),
  BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
  ZSTD: (input, length) => unzstd(input, new ZstdOutput(length)),
  LZ4: decompressLz4,
  LZ4_RAW: decompressLz4Raw,
}

/**
 * Decompresses a page.
 * @param codec as the footer names it
 * @param length of what comes out
 * @throws an error of the decompressor, or Damage
 */
export function decompress(codec: string, input: Uint8Array, length: number): Buffer {
  const decompressor = DECOMPRESSORS[codec]
  if (decompressor === undefined) throw new Damage(`the compression ${codec} is not read`)
  const output = length === 0 ? input.subarray(0, 0) : decompressor(input, length)
  if (output.length !== length)
    throw new Damage(`decompressed it has ${output.length} bytes instead of ${length}`)
  return Buffer.from(output.buffer, output.byteOffset, output.length)
}
