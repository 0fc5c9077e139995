import { Readable } from 'node:stream'
import type { Session } from '../postgres/session.js'
import { quoteIdent, quoteQualified } from '../sql/identifiers.js'
import { copyStream } from './copy-buffer.js'
import type { SeedSource } from './declaration.js'
import { SniffingFramer } from './framing/sniffing-framer.js'
import type { InputFile } from './input-file.js'
import { META_COLUMNS, Projection } from './projection.js'
import { REJECT_COLUMNS, RejectWriter } from './rejects.js'

/** Rejected text that is collected, in bytes, before the rows' COPY pauses for it. */
const MOST_REJECT_BYTES = 8 * 1024 * 1024

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
  const projection = new Projection({
    columns: source.columns,
    aliases: source.aliases,
    file: file.path,
    loadId: file.loadId,
  })
  const framer = new SniffingFramer(projection, source.format)
  const blocks = new RowBlocks(file.input, framer, projection, onBlock)
  const columns = [...source.columns.map(({ name }) => name), ...META_COLUMNS]

  // Rows and rejects go into two tables, but a connection takes one COPY at a time: the rows' COPY
  // ends where many rejects have come together, and goes on after them.
  const writer = new RejectWriter(source.name, file.path, file.loadId)
  const table = quoteQualified(source.target)
  let rowsTaken = 0
  let rejectsTaken = 0
  for (let first = await blocks.next(); first !== null; first = await blocks.next()) {
    rowsTaken += await copy(session, table, columns, segment(first, blocks, projection))
    rejectsTaken += await copyRejects(session, writer, projection)
  }

  const { rowsLoaded, linesRejected } = projection
  const linesRead = framer.recordsRead + blocks.damagedEnds
  const isBalanced = linesRead === rowsLoaded + linesRejected
  if (!isBalanced || rowsTaken !== rowsLoaded || rejectsTaken !== linesRejected) {
    throw new Error(
      `${file.path}: ${linesRead} lines read, ${rowsLoaded} rows made, ${linesRejected} lines rejected, ` +
        `but the server took ${rowsTaken} rows and ${rejectsTaken} rejects`,
    )
  }
  return { rowsLoaded, linesRejected, linesRead, remark: framer.remark }
}

function isFull(projection: Projection): boolean {
  return projection.rejectBytes > MOST_REJECT_BYTES || projection.rejects.length > MOST_REJECTS
}

/** The blocks of one COPY: up to the end, or to where there are enough rejects to be sent. */
async function* segment(
  first: Buffer,
  blocks: RowBlocks,
  projection: Projection,
): AsyncGenerator<Buffer> {
  yield first
  while (!isFull(projection)) {
    const block = await blocks.next()
    if (block === null) return
    yield block
  }
}

/** Reads a file, a chunk at a time: rows are handed on, rejects are collected in the projection. */
class RowBlocks {
  /** 1 if the file is compressed and damaged: what can't be read of it counts as one rejected line. */
  damagedEnds = 0
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

  /**
   * The next rows. Of chunks that give none, one block without rows is handed on if rejects have to be
   * sent. Null after the last.
   */
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
    this.damagedEnds = 1
    const detail = `the compressed file is damaged or cut off: ${damage}; what comes after is lost`
    this.#projection.rejectText('malformed_json', detail, Buffer.alloc(0), this.#framer.nextLine)
  }
}

/** Sends the collected rejects; gives how many. */
async function copyRejects(
  session: Session,
  writer: RejectWriter,
  projection: Projection,
): Promise<number> {
  const { rejects } = projection
  if (rejects.length === 0) return 0
  projection.rejects = []
  projection.rejectBytes = 0
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
