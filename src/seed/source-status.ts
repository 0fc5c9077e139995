import type { Session } from '../postgres/session.js'
import type { SeedSource } from './declaration.js'
import { findFiles } from './find-files.js'
import { findUnchanged } from './find-unchanged.js'
import { comparable } from './modes.js'
import { readLoads, type RecordedLoad } from './state.js'
import { FileChanged, type DataRoot, type FoundFile } from './storage/types.js'
import type { SourceRoots } from './data-root.js'

/** A file of a source: loaded at some time, or there to be loaded, or both. */
export interface FileState {
  readonly source: string
  /** Relative to the source's root. */
  readonly path: string
  /**
   * `new`: there, not loaded yet. `changed`: there, and as it is now not loaded. `gone`: loaded, not there any more (or under
   * another data root).
   */
  readonly state: 'loaded' | 'new' | 'changed' | 'gone'
  /** Null for a new or changed file. */
  readonly load: {
    readonly loadId: number
    readonly rowsLoaded: number
    readonly linesRejected: number
    readonly loadedAt: Date
  } | null
}

/**
 * Says of every file of the sources what is known about it: a line a load, and one for each file that is still to be loaded.
 * Files are read where that has to be to know whether they have changed.
 * @throws StorageError if the files can't be listed
 */
export async function readSourceStatus(
  session: Session,
  sources: readonly SeedSource[],
  roots: SourceRoots,
): Promise<readonly FileState[]> {
  const states: FileState[] = []
  for (const source of sources) {
    const dataRoot = roots[source.root]
    const found = await findFiles(dataRoot, source.paths)
    const isThere = new Set(found.map(({ path }) => path))
    const loads = await readLoads(session, source.target)
    for (const load of loads) {
      const state = isThere.has(load.path) ? 'loaded' : 'gone'
      states.push({ source: source.name, path: load.path, state, load })
    }
    const byPath = new Map<string, RecordedLoad[]>()
    for (const load of loads) byPath.set(load.path, [...(byPath.get(load.path) ?? []), load])
    for (const file of found) {
      const earlier = byPath.get(file.path) ?? []
      if (await isLoaded(dataRoot, file, comparable(source, earlier))) continue
      const state = earlier.length === 0 ? 'new' : 'changed'
      states.push({ source: source.name, path: file.path, state, load: null })
    }
  }
  return states
}

async function isLoaded(
  dataRoot: DataRoot,
  file: FoundFile,
  earlier: readonly RecordedLoad[],
): Promise<boolean> {
  try {
    return (await findUnchanged(file, earlier, { dataRoot })) !== undefined
  } catch (error) {
    if (error instanceof FileChanged) return false
    throw error
  }
}
