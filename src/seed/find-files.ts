import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { glob } from 'tinyglobby'

/** A file of a source as it was found. */
export interface FoundFile {
  /** Relative to the data root, with forward slashes. */
  readonly path: string
  readonly absolutePath: string
  /** In bytes, as stored (compressed, if it is). */
  readonly size: number
  /**
   * What the file system knows of its contents without reading them: node number and times of change.
   * Setting a modification time back does not hide a change, since the change time can't be set.
   */
  readonly signature: string
  /** When it was last changed in any way, in milliseconds since 1970. */
  readonly changedAtMs: number
}

/**
 * The files of a source, compressed ones too, sorted by path. Hidden files are left out, as they are what
 * copying tools write to before they rename.
 * @returns nothing where the root does not exist
 */
export async function findFiles(
  dataRoot: string,
  patterns: readonly string[],
): Promise<readonly FoundFile[]> {
  const paths = await glob(
    patterns.flatMap((pattern) => [pattern, `${pattern}.gz`]),
    { cwd: dataRoot, onlyFiles: true, expandDirectories: false },
  )
  const unique = [...new Set(paths)].sort((a, b) => (a < b ? -1 : 1))
  const found = await Promise.all(unique.map((path) => describeFile(dataRoot, path)))
  return found.filter((file) => file !== null)
}

/** @returns null if the file has gone meanwhile */
export async function describeFile(dataRoot: string, path: string): Promise<FoundFile | null> {
  const absolutePath = join(dataRoot, path)
  try {
    const { size, ino, mtimeNs, ctimeNs } = await stat(absolutePath, { bigint: true })
    return {
      path,
      absolutePath,
      size: Number(size),
      signature: `${ino}:${mtimeNs}:${ctimeNs}`,
      changedAtMs: Number((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1_000_000n),
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
