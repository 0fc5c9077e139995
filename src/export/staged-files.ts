/** Files that appear all at once, whole, or not at all. */
import { randomBytes } from 'node:crypto'
import {
  link,
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  rmdir,
  type FileHandle,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CommandError } from '../failure/types.js'
import type { ByteSink } from './row-file.js'

interface Staged {
  readonly path: string
  readonly hidden: string
}

/** A name that a new file gets, and a hidden one of the file that had it; null if none had. */
interface Replaced {
  readonly path: string
  readonly before: string | null
}

/** A file that is being written, under a hidden name in its folder. */
export class StagedFile implements ByteSink {
  bytes = 0
  readonly #handle: FileHandle

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.bytes += bytes.length
    await this.#handle.writeFile(bytes)
  }

  /** Makes sure that the bytes are on the disk, and closes the file. */
  async finish(): Promise<void> {
    await this.#handle.sync()
    await this.#handle.close()
  }

  /** Closes the file, whatever has become of it. */
  async abandon(): Promise<void> {
    await this.#handle.close().catch(() => undefined)
  }
}

/** The files of one command. */
export class StagedFiles {
  readonly #staged: Staged[] = []
  /** Folders that were made for them, outer ones first. */
  readonly #folders: string[] = []
  #current: StagedFile | null = null

  /** Begins a file; the one before has to be finished. */
  async open(path: string): Promise<StagedFile> {
    await this.#makeFolder(dirname(path))
    const hidden = hiddenName(path)
    const handle = await open(hidden, 'wx')
    this.#staged.push({ path, hidden })
    this.#current = new StagedFile(handle)
    return this.#current
  }

  /**
   * Gives all files their names, in the order in which they were begun. If one can't get its own, all names have again
   * what they had.
   * @throws CommandError for a name that a folder has; the file system's error
   */
  async commit(): Promise<void> {
    for (const { path } of this.#staged)
      if ((await stateOf(path))?.isDirectory() === true)
        throw new CommandError(`the files can't be written: ${path} is a folder`)
    const replaced: Replaced[] = []
    try {
      for (const { hidden, path } of this.#staged) {
        replaced.push({ path, before: await keep(path) })
        await rename(hidden, path)
      }
    } catch (error) {
      for (const each of replaced.toReversed()) await restore(each)
      throw error
    }
    const folders = new Set([...this.#folders, ...this.#staged.map(({ path }) => dirname(path))])
    this.#staged.length = 0
    this.#folders.length = 0
    for (const { before } of replaced) if (before !== null) await rm(before, { force: true })
    for (const folder of folders) await syncFolder(folder)
  }

  /** Deletes what has not got its name, and the folders that were made and are empty. */
  async discard(): Promise<void> {
    await this.#current?.abandon()
    for (const { hidden } of this.#staged) await rm(hidden, { force: true })
    for (const folder of this.#folders.toReversed()) await rmdir(folder).catch(() => undefined)
  }

  async #makeFolder(folder: string): Promise<void> {
    try {
      await mkdir(folder)
      this.#folders.push(folder)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EEXIST') return
      if (code !== 'ENOENT') throw error
      await this.#makeFolder(dirname(folder))
      await this.#makeFolder(folder)
    }
  }
}

function hiddenName(path: string): string {
  const folder = dirname(path)
  const name = path.slice(folder.length + 1)
  return join(folder, `.${name.slice(0, 100)}.${randomBytes(6).toString('hex')}.tmp`)
}

const stateOf = (path: string) =>
  lstat(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  })

/** Gives the file that has a name a hidden one as well (where there are no links, instead); null if there is none. */
async function keep(path: string): Promise<string | null> {
  if ((await stateOf(path)) === null) return null
  const hidden = hiddenName(path)
  await link(path, hidden).catch(() => rename(path, hidden))
  return hidden
}

/** Gives a name back to the file that had it. */
async function restore({ path, before }: Replaced): Promise<void> {
  if (before === null) return rm(path, { force: true })
  await rename(before, path)
  // Two names of one file are left as they are by renaming one into the other.
  await rm(before, { force: true })
}

/** Names are on the disk when their folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Deletes what an earlier export has left of partitions that are gone: the files of that name in folders of that
 * column, and the folders if nothing else is in them.
 * @param kept paths of the files that belong there now
 */
export async function removeGone(
  folder: string,
  prefix: string,
  file: string,
  kept: ReadonlySet<string>,
): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names.filter((entry) => entry.startsWith(prefix))) {
    const path = join(folder, name, file)
    if (kept.has(path)) continue
    await rm(path, { force: true })
    await rmdir(join(folder, name)).catch(() => undefined)
  }
}
