import { Readable } from 'node:stream'
import type { Target } from '../graph/types.js'
import type { Session } from '../postgres/session.js'
import { quoteIdent, quoteQualified } from '../sql/identifiers.js'
import { copyStream } from './copy-buffer.js'
import type { SeedSource } from './declaration.js'
import { extractDateOf } from './extract-date.js'
import type { Framer } from './framing/framer.js'
import type { InputFile } from './input-file.js'
import { metaColumns, type LoadWriter } from './load-writer.js'
import { readerFor } from './reader.js'
import { REJECT_COLUMNS, RejectWriter } from './rejects.js'

/** Rejected text that is collected, in bytes, before the rows' COPY pauses for it. */
const MOST_REJECT_BYTES = 8 * 1024 * 1024

/** Rejects without text cost memory too. */
const MOST_REJECTS = 5000

const REJECTS: Target = { schema: 'raw', name: 'rejects' }

/** What the reading of one file gave. */
export interface FileCounts {
  readonly rowsLoaded: number
  readonly linesRejected: number
  readonly linesRead: number
  /** Something about the file as a whole that is worth a warning. */
  readonly remark: string | null
  /** The header of a CSV file. */
  readonly header: string | null
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
  const load = {
    file: file.path,
    loadId: file.loadId,
    extractDate: source.mode === 'snapshot' ? extractDateOf(file.path) : null,
  }
  const { framer, writer: rows } = readerFor(source, load)
  const blocks = new RowBlocks(file.input, framer, rows, onBlock)
  const columns = [...source.columns.map(({ name }) => name), ...metaColumns(load)]

  // Rows and rejects go into two tables, but a connection takes one COPY at a time: the rows' COPY
  // ends where many rejects have come together, and goes on after them.
  const writer = new RejectWriter(source.name, file.path, file.loadId)
  let rowsTaken = 0
  let rejectsTaken = 0
  for (let first = await blocks.next(); first !== null; first = await blocks.next()) {
    rowsTaken += await copyRows(session, source.target, columns, segment(first, blocks, rows))
    rejectsTaken += await copyRejects(session, writer, rows)
  }

  const { rowsLoaded, linesRejected } = rows
  const linesRead = framer.recordsRead + blocks.damagedEnds
  const isBalanced = linesRead === rowsLoaded + linesRejected
  if (!isBalanced || rowsTaken !== rowsLoaded || rejectsTaken !== linesRejected) {
    throw new Error(
      `${file.path}: ${linesRead} lines read, ${rowsLoaded} rows made, ${linesRejected} lines rejected, ` +
        `but the server took ${rowsTaken} rows and ${rejectsTaken} rejects`,
    )
  }
  return { rowsLoaded, linesRejected, linesRead, remark: framer.remark, header: framer.header }
}

function isFull(rows: LoadWriter): boolean {
  return rows.rejectBytes > MOST_REJECT_BYTES || rows.rejects.length > MOST_REJECTS
}

/** The blocks of one COPY: up to the end, or to where there are enough rejects to be sent. */
async function* segment(
  first: Buffer,
  blocks: RowBlocks,
  rows: LoadWriter,
): AsyncGenerator<Buffer> {
  yield first
  while (!isFull(rows)) {
    const block = await blocks.next()
    if (block === null) return
    yield block
  }
}

/** Reads a file, a chunk at a time: rows are handed on, rejects are collected beside them. */
class RowBlocks {
  /** 1 if the file is compressed and damaged: what can't be read of it counts as one rejected line. */
  damagedEnds = 0
  readonly #contents: AsyncGenerator<Uint8Array, string | null>
  readonly #framer: Framer
  readonly #rows: LoadWriter
  readonly #onBlock: (rowsLoaded: number) => void
  #isOver = false

  constructor(
    input: InputFile,
    framer: Framer,
    rows: LoadWriter,
    onBlock: (rowsLoaded: number) => void,
  ) {
    this.#contents = input.contents()
    this.#framer = framer
    this.#rows = rows
    this.#onBlock = onBlock
  }

  /**
   * The next rows. Of chunks that give none, one block without rows is handed on if rejects have to be
   * sent. Null after the last.
   */
  async next(): Promise<Buffer | null> {
    const rows = this.#rows
    while (!this.#isOver) {
      const next = await this.#contents.next()
      const isLast = next.done === true
      if (isLast) this.#end(next.value)
      else this.#framer.push(next.value)
      this.#onBlock(rows.rowsLoaded)
      const hasRejects = isFull(rows) || (isLast && rows.rejects.length > 0)
      if (rows.rows.at > 0 || hasRejects) return rows.rows.take()
    }
    return null
  }

  #end(damage: string | null): void {
    this.#isOver = true
    this.#framer.end()
    if (damage === null) return
    this.damagedEnds = 1
    const detail = `the compressed file is damaged or cut off: ${damage}; what comes after is lost`
    this.#rows.rejectText(this.#rows.malformed, detail, Buffer.alloc(0), this.#framer.nextLine)
  }
}

/** Sends the collected rejects; gives how many. */
async function copyRejects(
  session: Session,
  writer: RejectWriter,
  rows: LoadWriter,
): Promise<number> {
  const { rejects } = rows
  if (rejects.length === 0) return 0
  rows.rejects = []
  rows.rejectBytes = 0
  return copyRows(session, REJECTS, REJECT_COLUMNS, writer.blocks(rejects))
}

/** Sends blocks of rows into a table; gives how many the server took. */
export async function copyRows(
  session: Session,
  table: Target,
  columns: readonly string[],
  blocks: AsyncIterable<Buffer> | Iterable<Buffer>,
): Promise<number> {
  const sql = `copy ${quoteQualified(table)} (${columns.map(quoteIdent).join(', ')}) from stdin with (format binary)`
  return session.copyFrom(
    sql,
    Readable.from(copyStream(blocks), { objectMode: true, highWaterMark: 1 }),
  )
}
