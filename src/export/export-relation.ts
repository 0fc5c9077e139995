import { join } from 'node:path'
import type { PostgresSession } from '../postgres/pg-session.js'
import type { ResultReader } from '../postgres/result-reader.js'
import { hiveFolder } from './hive-folder.js'
import type { ExportColumn, Relation } from './relation.js'
import type { Format, Row, RowFile } from './row-file.js'
import { rowQuery } from './row-query.js'
import type { StagedFile, StagedFiles } from './staged-files.js'

/** A file that was written. */
export interface ExportedFile {
  readonly path: string
  readonly rows: number
  readonly bytes: number
}

/** How a relation is written. */
export interface RelationExport {
  readonly relation: Relation
  readonly format: Format
  readonly key: readonly string[]
  readonly partition: ExportColumn | null
  /** Absolute path of the folder. */
  readonly out: string
  readonly onRows: (rows: number) => void
}

/** The name that an exported relation's file or folder has. */
export function exportName({ target }: Relation): string {
  return encodeURIComponent(`${target.schema}.${target.name}`)
}

/** The name of the one file in each folder of a partitioned export. */
export function partitionFile(format: Format): string {
  return `data.${format.extension}`
}

/**
 * Streams a relation's rows into hidden files, one at a time.
 * @throws the driver's error, the file system's
 */
export async function exportRelation(
  session: PostgresSession,
  files: StagedFiles,
  options: RelationExport,
): Promise<readonly ExportedFile[]> {
  const { relation, format, key, partition } = options
  const writer = new RelationWriter(files, options)
  // A file without rows is a file too; a partition without rows is none.
  if (partition === null) await writer.next(null)
  await session.stream(rowQuery(relation, format.expressions, { key, partition }), writer)
  return writer.end()
}

/** How many rows go by between two reports of progress. */
const PROGRESS_ROWS = 10_000

class RelationWriter implements ResultReader {
  readonly #files: StagedFiles
  readonly #options: RelationExport
  readonly #done: ExportedFile[] = []
  #open: { readonly path: string; readonly file: StagedFile; readonly rows: RowFile } | null = null
  /** The value of the partition whose file is open; undefined before the first one. */
  #value: string | null | undefined
  #rows = 0
  #allRows = 0
  /** Rows come in without waiting for the file; they are written one after the other. */
  #queue: Promise<void> = Promise.resolve()
  #isBusy = false

  constructor(files: StagedFiles, options: RelationExport) {
    this.#files = files
    this.#options = options
  }

  onFields(): void {
    // The columns are known.
  }

  onRow(values: Row): Promise<void> | undefined {
    if (this.#isBusy) return this.#enqueue(values)
    const waiting = this.#write(values)
    if (waiting === undefined) return undefined
    this.#isBusy = true
    this.#queue = waiting
    void this.#settle(waiting)
    return waiting
  }

  onCopyData(): undefined {
    return undefined
  }

  onComplete(): void {
    // `end` is called when the query is done.
  }

  async end(): Promise<readonly ExportedFile[]> {
    await this.#queue
    await this.#finish()
    return this.#done
  }

  /** Finishes the open file and begins the next one. */
  async next(value: string | null): Promise<void> {
    await this.#finish()
    const { relation, format, partition, out } = this.#options
    const name = exportName(relation)
    const path =
      partition === null
        ? join(out, `${name}.${format.extension}`)
        : join(out, name, hiveFolder(partition.name, value), partitionFile(format))
    const file = await this.#files.open(path)
    this.#open = { path, file, rows: format.open(file) }
    this.#value = value
  }

  /** What the socket had already given before it was paused waits for its turn. */
  #enqueue(values: Row): Promise<void> {
    this.#queue = this.#queue.then(() => this.#write(values))
    void this.#settle(this.#queue)
    return this.#queue
  }

  async #settle(last: Promise<void>): Promise<void> {
    await last.catch(() => undefined)
    if (this.#queue === last) this.#isBusy = false
  }

  #write(values: Row): Promise<void> | undefined {
    if (this.#options.partition === null) return this.#put(values)
    const [value = null, ...rest] = values
    if (value === this.#value) return this.#put(rest)
    return this.next(value).then(() => this.#put(rest))
  }

  #put(values: Row): Promise<void> | undefined {
    this.#rows++
    this.#allRows++
    if (this.#allRows % PROGRESS_ROWS === 0) this.#options.onRows(this.#allRows)
    return this.#open?.rows.row(values)
  }

  async #finish(): Promise<void> {
    if (this.#open === null) return
    const { path, file, rows } = this.#open
    this.#open = null
    await rows.end()
    await file.finish()
    this.#done.push({ path, rows: this.#rows, bytes: file.bytes })
    this.#rows = 0
  }
}
