import type { ActionFailure } from '../failure/types.js'
import { targetKey } from '../graph/target.js'
import type { Database, Session } from '../postgres/session.js'
import type { SeedSource } from './declaration.js'
import { findFiles } from './find-files.js'
import { findUnchanged, isSame } from './find-unchanged.js'
import { comparable, forgetGone, forgetLoads, lockLoads } from './modes.js'
import { InputFile } from './input-file.js'
import { copyFile } from './load-file.js'
import { ensureRawTable } from './raw-table.js'
import {
  nextLoadId,
  readLoads,
  recordLoad,
  recordSignature,
  trustedSignature,
  type RecordedLoad,
} from './state.js'
import { FileChanged, StorageError, type DataRoot, type FoundFile } from './storage/types.js'

/**
 * What became of a file. `unchanged`: loaded by an earlier run, nothing done. `changed`: loaded again,
 * since its contents are others than those that were loaded. `skipped-being-written`: it changed while
 * it was read, so nothing of it was kept; the next run tries again. `failed`: it can't be read at all. `removed`: it is not
 * there any more, and a source that is replaced has lost its rows.
 */
export type FileStatus =
  'loaded' | 'unchanged' | 'changed' | 'skipped-being-written' | 'failed' | 'removed'

/** What became of a file, and how many of its lines went where. */
export interface LoadedFile {
  /** Relative to the data root. */
  readonly path: string
  readonly status: FileStatus
  readonly rowsLoaded: number
  readonly linesRejected: number
  /** The load that has the file's rows; null if there is none. */
  readonly loadId: number | null
}

/** What loading a source did. The counts are of this run alone. */
export interface LoadResult {
  readonly files: readonly LoadedFile[]
  readonly rowsLoaded: number
  readonly linesRejected: number
  readonly failure?: ActionFailure
}

/** How far the loading of a source is. */
export interface LoadProgress {
  /** Of the bytes that are to be read, 0 to 1. */
  readonly fraction: number
  /** For people: the file and its number. */
  readonly message: string
  readonly rowsLoaded: number
}

/** How a source is loaded. */
export interface LoadSourceOptions {
  /** What the source's patterns start from. */
  readonly dataRoot: DataRoot
  /** Ends the load: the file at work is rolled back, those before it stay. */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: LoadProgress) => void
  /** Takes a line for people about something that is not right but fails nothing. */
  readonly onWarning?: (message: string) => void
  /** Read every file to see whether it has changed, even if the file system says that it has not. */
  readonly verify?: boolean
}

/**
 * Loads the files of a source that are new or have changed, in the order of their paths, each in a
 * transaction of its own. Lines that can't be read go to `raw.rejects`; they are no failure.
 * Load ids of one table become visible in their order, so a reader that remembers the highest one
 * that it has seen misses nothing.
 * @returns with `failure` if a file can't be read, the table has the wrong shape, or the signal was given
 * @throws the driver's error if the database fails; files that were loaded before stay loaded
 */
export async function loadSource(
  database: Database,
  source: SeedSource,
  options: LoadSourceOptions,
): Promise<LoadResult> {
  return database.withSession(async (session) => {
    const failure = await ensureRawTable(session, source)
    if (failure !== null) return { files: [], rowsLoaded: 0, linesRejected: 0, failure }
    return new SourceLoad(session, source, options).run()
  })
}

/** Of a file of which nothing was loaded. */
const NOTHING = { rowsLoaded: 0, linesRejected: 0, loadId: null } as const

class SourceLoad {
  readonly #session: Session
  readonly #source: SeedSource
  readonly #options: LoadSourceOptions
  #rowsLoaded = 0
  #linesRejected = 0
  /** Bytes of the files that this run reads, and of those that it has read. */
  #totalBytes = 0
  #doneBytes = 0
  #lastFraction = -1

  constructor(session: Session, source: SeedSource, options: LoadSourceOptions) {
    this.#session = session
    this.#source = source
    this.#options = options
  }

  async run(): Promise<LoadResult> {
    const { signal, verify } = this.#options
    const found = await this.#find()
    if ('kind' in found) return { files: [], rowsLoaded: 0, linesRejected: 0, failure: found }
    const recorded = await readLoads(this.#session, this.#source.target)
    const bySignature = new Map(
      comparable(this.#source, recorded).map((load) => [
        `${load.path}\n${load.signature ?? ''}`,
        load,
      ]),
    )
    const settled = (file: FoundFile): RecordedLoad | undefined => {
      const load = bySignature.get(`${file.path}\n${file.signature}`)
      return verify !== true && load !== undefined && isSame(load, file) ? load : undefined
    }
    this.#totalBytes = found
      .filter((file) => settled(file) === undefined)
      .reduce((sum, { size }) => sum + size, 0)

    const files: LoadedFile[] = []
    let failure: ActionFailure | undefined
    for (const [index, file] of found.entries()) {
      if (signal?.aborted === true) {
        failure = {
          kind: 'cancelled',
          message: 'cancelled; files that were loaded before stay loaded',
        }
        break
      }
      const known = settled(file)
      if (known !== undefined) {
        files.push({
          path: file.path,
          status: 'unchanged',
          ...NOTHING,
          loadId: known.loadId,
        })
        continue
      }
      const place = `${file.path} (${index + 1} of ${found.length})`
      const result = await this.#file(file, place)
      if ('kind' in result) {
        failure ??= result
        if (result.kind === 'cancelled') break
        files.push({
          path: file.path,
          status: 'failed',
          ...NOTHING,
        })
      } else files.push(result)
    }
    if (failure === undefined) {
      const gone = await forgetGone(this.#session, this.#source, found, recorded)
      files.push(...gone.map((path) => ({ path, status: 'removed' as const, ...NOTHING })))
    }
    return {
      files,
      rowsLoaded: this.#rowsLoaded,
      linesRejected: this.#linesRejected,
      ...(failure === undefined ? {} : { failure }),
    }
  }

  async #find(): Promise<readonly FoundFile[] | ActionFailure> {
    try {
      return await findFiles(this.#options.dataRoot, this.#source.paths)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      return {
        kind: 'load',
        message: `cannot list the files of "${this.#source.name}": ${error.message}`,
        hint: error.hint,
      }
    }
  }

  /** Loads one file if it has to be; a failure is one of reading the file. */
  async #file(file: FoundFile, place: string): Promise<LoadedFile | ActionFailure> {
    try {
      return await this.#loadInTransaction(file, place)
    } catch (error) {
      await this.#session.query('rollback').catch(() => undefined)
      if (error instanceof FileChanged) {
        this.#options.onWarning?.(
          `${file.path} changed while it was read, so it is being written: nothing of it was loaded; the next run tries again`,
        )
        return {
          path: file.path,
          status: 'skipped-being-written',
          ...NOTHING,
        }
      }
      if (this.#options.signal?.aborted === true) {
        return {
          kind: 'cancelled',
          message: `cancelled while ${file.path} was loaded; nothing of it was kept`,
        }
      }
      if (!(error instanceof StorageError)) throw error
      const message = `cannot read ${file.path}: ${error.message}`
      return { kind: 'load', message, hint: error.hint }
    } finally {
      this.#doneBytes += file.size
    }
  }

  async #loadInTransaction(file: FoundFile, place: string): Promise<LoadedFile> {
    const session = this.#session
    const target = targetKey(this.#source.target)
    await session.query('begin')
    await lockLoads(session, this.#source)
    const earlier = await readLoads(session, this.#source.target, file.path)
    const readAtMs = Date.now()
    // Another command may have loaded it just now.
    const unchanged = await findUnchanged(file, comparable(this.#source, earlier), this.#options)
    if (unchanged !== undefined) {
      const signature = trustedSignature(file, readAtMs)
      if (signature !== null) await recordSignature(session, unchanged.loadId, signature)
      await session.query('commit')
      return {
        path: file.path,
        status: 'unchanged',
        ...NOTHING,
        loadId: unchanged.loadId,
      }
    }
    const loadId = await nextLoadId(session)
    await using stored = await this.#options.dataRoot.open(file, this.#options.signal)
    const input = new InputFile(stored)
    const counts = await copyFile(
      session,
      this.#source,
      { path: file.path, input, loadId },
      (rowsLoaded) => {
        this.#options.signal?.throwIfAborted()
        this.#progress(input.bytesDone, rowsLoaded, place)
      },
    )
    const sha256 = await input.digest()
    const now = await this.#options.dataRoot.describe(file.path)
    if (now === null || now.signature !== file.signature || now.size !== file.size)
      throw new FileChanged()
    await recordLoad(session, {
      loadId,
      source: this.#source.name,
      target,
      path: file.path,
      size: file.size,
      sha256,
      signature: trustedSignature(file, readAtMs),
      header: counts.header,
      rowsLoaded: counts.rowsLoaded,
      linesRejected: counts.linesRejected,
      linesRead: counts.linesRead,
    })
    if (this.#source.mode === 'replace') await forgetLoads(session, this.#source, earlier)
    await session.query('commit')
    return this.#finished(file, loadId, counts, earlier)
  }

  #finished(
    file: FoundFile,
    loadId: number,
    counts: {
      readonly rowsLoaded: number
      readonly linesRejected: number
      readonly remark: string | null
    },
    earlier: readonly RecordedLoad[],
  ): LoadedFile {
    const { rowsLoaded, linesRejected, remark } = counts
    this.#rowsLoaded += rowsLoaded
    this.#linesRejected += linesRejected
    if (remark !== null) this.#options.onWarning?.(`${file.path}: ${remark}`)
    const last = earlier.at(-1)
    if (last !== undefined && this.#source.mode !== 'replace') {
      this.#options.onWarning?.(
        `${file.path} has changed since load ${last.loadId}: it was loaded again, as load ${loadId}; the earlier rows stay`,
      )
    }
    return {
      path: file.path,
      status: last === undefined ? 'loaded' : 'changed',
      rowsLoaded,
      linesRejected,
      loadId,
    }
  }

  /** Tells how far it is, in steps that can be seen. */
  #progress(bytesRead: number, rowsLoaded: number, place: string): void {
    const fraction = Math.min(1, (this.#doneBytes + bytesRead) / Math.max(1, this.#totalBytes))
    if (fraction - this.#lastFraction < 0.01 && fraction < 1) return
    this.#lastFraction = fraction
    this.#options.onProgress?.({
      fraction,
      message: place,
      rowsLoaded: this.#rowsLoaded + rowsLoaded,
    })
  }
}
