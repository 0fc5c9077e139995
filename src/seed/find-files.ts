import { NAME_SUFFIXES } from './compression/decompress.js'
import type { DataRoot, FoundFile } from './storage/types.js'

/**
 * The files of a source, compressed ones too, sorted by path.
 * @throws StorageError
 */
export async function findFiles(
  dataRoot: DataRoot,
  patterns: readonly string[],
): Promise<readonly FoundFile[]> {
  const found = await dataRoot.find(
    patterns.flatMap((pattern) => NAME_SUFFIXES.map((suffix) => `${pattern}${suffix}`)),
  )
  return [...found].sort((a, b) => (a.path < b.path ? -1 : 1))
}
