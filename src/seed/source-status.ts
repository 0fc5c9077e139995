import type { Session } from '../postgres/session.js'
import type { SeedSource } from './declaration.js'
import { findFiles } from './find-files.js'
import { readLoads } from './state.js'
import type { SourceRoots } from './data-root.js'

/** A file of a source: loaded at some time, or there to be loaded, or both. */
export interface FileState {
  readonly source: string
  /** Relative to the source's root. */
  readonly path: string
  /** `new`: there, not loaded yet. `gone`: loaded, not there any more (or under another data root). */
  readonly state: 'loaded' | 'new' | 'gone'
  /** Null for a new file. */
  readonly load: {
    readonly loadId: number
    readonly rowsLoaded: number
    readonly linesRejected: number
    readonly loadedAt: Date
  } | null
}

/**
 * Says of every file of the sources what is known about it: a line a load, and one for each new file.
 * @throws StorageError if the files can't be listed
 */
export async function readSourceStatus(
  session: Session,
  sources: readonly SeedSource[],
  roots: SourceRoots,
): Promise<readonly FileState[]> {
  const states: FileState[] = []
  for (const source of sources) {
    const found = new Set(
      (await findFiles(roots[source.root], source.paths)).map((file) => file.path),
    )
    const loads = await readLoads(session, { source: source.name })
    const recorded = new Set(loads.map((load) => load.path))
    for (const load of loads) {
      states.push({
        source: source.name,
        path: load.path,
        state: found.has(load.path) ? 'loaded' : 'gone',
        load,
      })
    }
    for (const path of found) {
      if (!recorded.has(path)) states.push({ source: source.name, path, state: 'new', load: null })
    }
  }
  return states
}
