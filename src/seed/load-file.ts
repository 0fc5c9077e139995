import { Readable } from 'node:stream'
import type { Target } from '../graph/types.js'
import type { Session } from '../postgres/session.js'
import { quoteIdent, quoteQualified } from '../sql/identifiers.js'
import { isFull, openBlocks, type Blocks } from './blocks.js'
import { copyStream } from './copy-buffer.js'
import type { SeedSource } from './declaration.js'
import { extractDateOf } from './extract-date.js'
import type { InputFile } from './input-file.js'
import { metaColumns, type LoadWriter } from './load-writer.js'
import { REJECT_COLUMNS, RejectWriter } from './rejects.js'

/** Blocks that are made ahead: reading goes by fits and starts, and the server should not wait for it. */
const BLOCKS_AHEAD = 4

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
  const blocks = await openBlocks(source, load, file.input, onBlock)
  const { rows } = blocks
  const columns = [...source.columns.map(({ name }) => name), ...metaColumns(load)]

  // Rows and rejects go into two tables, but a connection takes one COPY at a time: the rows' COPY
  // ends where many rejects have come together, and goes on after them.
  const writer = new RejectWriter(source.name, file.path, file.loadId)
  let rowsTaken = 0
  let rejectsTaken = 0
  for (let first = await blocks.next(); first !== null; first = await blocks.next()) {
    rowsTaken += await copyRows(session, source.target, columns, segment(first, blocks))
    rejectsTaken += await copyRejects(session, writer, rows)
  }

  const { rowsLoaded, linesRejected } = rows
  const { linesRead, remark, header } = blocks
  const isBalanced = linesRead === rowsLoaded + linesRejected
  if (!isBalanced || rowsTaken !== rowsLoaded || rejectsTaken !== linesRejected) {
    throw new Error(
      `${file.path}: ${linesRead} lines read, ${rowsLoaded} rows made, ${linesRejected} lines rejected, ` +
        `but the server took ${rowsTaken} rows and ${rejectsTaken} rejects`,
    )
  }
  return { rowsLoaded, linesRejected, linesRead, remark, header }
}

/** The blocks of one COPY: up to the end, or to where there are enough rejects to be sent. */
async function* segment(first: Buffer, blocks: Blocks): AsyncGenerator<Buffer> {
  yield first
  while (!isFull(blocks.rows)) {
    const block = await blocks.next()
    if (block === null) return
    yield block
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
    Readable.from(copyStream(blocks), { objectMode: true, highWaterMark: BLOCKS_AHEAD }),
  )
}
