import { Readable } from 'node:stream'
import type { Session } from '../postgres/session.js'
import { quoteIdent, quoteQualified } from '../sql/identifiers.js'
import { copyStream } from './copy-buffer.js'
import type { SeedSource } from './declaration.js'
import { SniffingFramer } from './framing/sniffing-framer.js'
import type { InputFile } from './input-file.js'
import type { LoadWriter } from './load-writer.js'
import { ParquetFile } from './parquet/parquet-file.js'
import { META_COLUMNS, Projection } from './projection.js'
import { REJECT_COLUMNS, RejectWriter } from './rejects.js'

/** Rejected text that is collected, in bytes, before the rows' COPY pauses for it. */
const MOST_REJECT_BYTES = 8 * 1024 * 1024

/** Smaller blocks are not worth a message of their own. */
const LEAST_BLOCK_BYTES = 64 * 1024

/** Rejects without text cost memory too. */
const MOST_REJECTS = 5000

/** What the reading of one file gave. */
export interface FileCounts {
  readonly rowsLoaded: number
  readonly linesRejected: number
  readonly linesRead: number
  /** Something about the file as a whole that is worth a warning. */
  readonly remark: string | null
}

/**
 * Sends a file's rows and rejects to the server, in the caller's transaction.
 * @param onBlock called after every block that was read; what it throws ends the load
 * @throws the driver's error, the file system's, or what `onBlock` threw
 */
export async function copyFile(
  session: Session,
  source: SeedSource,
  file: { readonly path: string; readonly input: InputFile; readonly loadId: number },
  onBlock: (rowsLoaded: number) => void,
): Promise<FileCounts> {
  const blocks = await openBlocks(source, file, onBlock)
  const columns = [...source.columns.map(({ name }) => name), ...META_COLUMNS]

  // Rows and rejects go into two tables, but a connection takes one COPY at a time: the rows' COPY
  // ends where many rejects have come together, and goes on after them.
  const writer = new RejectWriter(source.name, file.path, file.loadId)
  const table = quoteQualified(source.target)
  let rowsTaken = 0
  let rejectsTaken = 0
  for (let first = await blocks.next(); first !== null; first = await blocks.next()) {
    rowsTaken += await copy(session, table, columns, segment(first, blocks))
    rejectsTaken += await copyRejects(session, writer, blocks.rows)
  }

  const { linesRead, remark } = blocks
  const { rowsLoaded, linesRejected } = blocks.rows
  const isBalanced = linesRead === rowsLoaded + linesRejected
  if (!isBalanced || rowsTaken !== rowsLoaded || rejectsTaken !== linesRejected) {
    throw new Error(
      `${file.path}: ${linesRead} lines read, ${rowsLoaded} rows made, ${linesRejected} lines rejected, ` +
        `but the server took ${rowsTaken} rows and ${rejectsTaken} rejects`,
    )
  }
  return { rowsLoaded, linesRejected, linesRead, remark }
}

/** What a file's records have become so far. */
type Rows = Pick<
  LoadWriter,
  'rows' | 'rejects' | 'rejectBytes' | 'rowsLoaded' | 'linesRejected'
>

/** A file that is read a block of rows at a time; rejects are collected beside them. */
interface Blocks {
  readonly rows: Rows
  readonly linesRead: number
  /** Something about the file as a whole that is worth a warning, once it is read. */
  readonly remark: string | null
  /**
   * The next rows. Where there are none, one block without rows is handed on if rejects have to be
   * sent. Null after the last.
   */
  next(): Promise<Buffer | null>
}

async function openBlocks(
  source: SeedSource,
  file: { readonly path: string; readonly input: InputFile; readonly loadId: number },
  onBlock: (rowsLoaded: number) => void,
): Promise<Blocks> {
  const options = {
    columns: source.columns,
    aliases: source.aliases,
    file: file.path,
    loadId: file.loadId,
    extractDate: null,
  }
  if (source.format === 'parquet') {
    const ranges = await file.input.ranges()
    return new ParquetBlocks(new ParquetFile(ranges, options), onBlock)
  }
  const projection = new Projection(options)
  const framer = new SniffingFramer(projection, source.format)
  return new RowBlocks(file.input, framer, projection, onBlock)
}

function isFull(rows: Rows): boolean {
  return rows.rejectBytes > MOST_REJECT_BYTES || rows.rejects.length > MOST_REJECTS
}

/** The blocks of one COPY: up to the end, or to where there are enough rejects to be sent. */
async function* segment(
  first: Buffer,
  blocks: Blocks,
): AsyncGenerator<Buffer> {
  yield first
  while (!isFull(blocks.rows)) {
    const block = await blocks.next()
    if (block === null) return
    yield block
  }
}

/** Reads a Parquet file. */
class ParquetBlocks implements Blocks {
  readonly #file: ParquetFile
  readonly #onBlock: (rowsLoaded: number) => void

  constructor(file: ParquetFile, onBlock: (rowsLoaded: number) => void) {
    this.#file = file
    this.#onBlock = onBlock
  }

  get rows(): Rows {
    return this.#file.writer
  }

  get linesRead(): number {
    return this.#file.linesRead
  }

  get remark(): string | null {
    return this.#file.remark
  }

  async next(): Promise<Buffer | null> {
    const { writer } = this.#file
    while (await this.#file.step()) {
      this.#onBlock(writer.rowsLoaded)
      if (writer.rows.at >= LEAST_BLOCK_BYTES || isFull(writer)) return writer.rows.take()
    }
    return writer.rows.at > 0 || writer.rejects.length > 0 ? writer.rows.take() : null
  }
}

/** Reads a file, a chunk at a time: rows are handed on, rejects are collected in the projection. */
class RowBlocks implements Blocks {
  /** 1 if the file is compressed and damaged: what can't be read of it counts as one rejected line. */
  #damagedEnds = 0
  readonly #contents: AsyncGenerator<Uint8Array, string | null>
  readonly #framer: SniffingFramer
  readonly #projection: Projection
  readonly #onBlock: (rowsLoaded: number) => void
  #isOver = false

  constructor(
    input: InputFile,
    framer: SniffingFramer,
    projection: Projection,
    onBlock: (rowsLoaded: number) => void,
  ) {
    this.#contents = input.contents()
    this.#framer = framer
    this.#projection = projection
    this.#onBlock = onBlock
  }

  get rows(): Rows {
    return this.#projection
  }

  get linesRead(): number {
    return this.#framer.recordsRead + this.#damagedEnds
  }

  get remark(): string | null {
    return this.#framer.remark
  }

  async next(): Promise<Buffer | null> {
    const projection = this.#projection
    while (!this.#isOver) {
      const next = await this.#contents.next()
      const isLast = next.done === true
      if (isLast) this.#end(next.value)
      else this.#framer.push(next.value)
      this.#onBlock(projection.rowsLoaded)
      const hasRejects = isFull(projection) || (isLast && projection.rejects.length > 0)
      if (projection.rows.at > 0 || hasRejects) return projection.rows.take()
    }
    return null
  }

  #end(damage: string | null): void {
    this.#isOver = true
    this.#framer.end()
    if (damage === null) return
    this.#damagedEnds = 1
    const detail = `the compressed file is damaged or cut off: ${damage}; what comes after is lost`
    this.#projection.rejectText('malformed_json', detail, Buffer.alloc(0), this.#framer.nextLine)
  }
}

/** Sends the collected rejects; gives how many. */
async function copyRejects(
  session: Session,
  writer: RejectWriter,
  rows: Rows,
): Promise<number> {
  const { rejects } = rows
  if (rejects.length === 0) return 0
  rows.rejects = []
  rows.rejectBytes = 0
  return copy(session, '"raw"."rejects"', REJECT_COLUMNS, writer.blocks(rejects))
}

/** Sends blocks of rows; gives how many the server took. */
async function copy(
  session: Session,
  table: string,
  columns: readonly string[],
  blocks: AsyncIterable<Buffer> | Iterable<Buffer>,
): Promise<number> {
  const sql = `copy ${table} (${columns.map(quoteIdent).join(', ')}) from stdin with (format binary)`
  return session.copyFrom(
    sql,
    Readable.from(copyStream(blocks), { objectMode: true, highWaterMark: 1 }),
  )
}
