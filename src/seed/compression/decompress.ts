/** Compressed files: known by their first bytes, found by their names. */
import { isFrameMagic, isSkippableMagic } from './zstd-header.js'

/** What a file's name may have after what its pattern says. */
export const NAME_SUFFIXES = ['', '.gz', '.zst'] as const

/**
 * Decompresses a file as far as it can be decompressed.
 * @param open gives the compressed bytes from the start, each time that it is called
 * @returns null, or what is wrong with the data; all that could be read has been yielded
 */
export type Decompress = (
  open: () => AsyncIterable<Uint8Array>,
) => AsyncGenerator<Uint8Array, string | null>

/** What reads a file with these first bytes; null if it is not compressed. */
export async function decompressorOf(head: Uint8Array): Promise<Decompress | null> {
  if (head[0] === 0x1f && head[1] === 0x8b) return (await import('./gunzip.js')).gunzip
  if (!isFrameMagic(head) && !isSkippableMagic(head)) return null
  // Another library, that few need.
  const { unzstd } = await import('./unzstd.js')
  return (open) => unzstd(open())
}
