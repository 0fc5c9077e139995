/**
 * The rows of one file, a block at a time, whatever its format: read from its start to its end, or, of Parquet, by ranges.
 */
import type { SeedSource } from './declaration.js'
import { formatOf } from './file-format.js'
import type { Framer } from './framing/framer.js'
import type { InputFile } from './input-file.js'
import type { LoadIdentity, LoadWriter } from './load-writer.js'
import type { ParquetFile } from './parquet/parquet-file.js'
import { readerFor } from './reader.js'

/** Rejected text that is collected, in bytes, before the rows' COPY pauses for it. */
const MOST_REJECT_BYTES = 8 * 1024 * 1024

/** Rejects without text cost memory too. */
const MOST_REJECTS = 5000

/** Smaller blocks of a Parquet file are not worth a message of their own. */
const LEAST_BLOCK_BYTES = 64 * 1024

/** A file that is read a block of rows at a time; rejects are collected beside them. */
export abstract class Blocks {
  abstract readonly rows: LoadWriter
  /** Rows found, and parts that could not be read. */
  abstract readonly linesRead: number
  /** Something about the file as a whole that is worth a warning, once it is read. */
  abstract readonly remark: string | null
  /** The header of a CSV file, once it is read. */
  abstract readonly header: string | null
  /** Smaller blocks are not handed on before the end. */
  protected abstract readonly leastBytes: number
  readonly #onBlock: (rowsLoaded: number) => void
  #isOver = false

  constructor(onBlock: (rowsLoaded: number) => void) {
    this.#onBlock = onBlock
  }

  /** Reads on a little; false at the end. */
  protected abstract step(): Promise<boolean>

  /**
   * The next rows. Where there are none, one block without rows is handed on if rejects have to be
   * sent. Null after the last.
   */
  async next(): Promise<Buffer | null> {
    const { rows } = this
    while (!this.#isOver) {
      this.#isOver = !(await this.step())
      this.#onBlock(rows.rowsLoaded)
      const hasRejects = isFull(rows) || (this.#isOver && rows.rejects.length > 0)
      const hasRows = rows.rows.at >= (this.#isOver ? 1 : this.leastBytes)
      if (hasRows || hasRejects) return rows.rows.take()
    }
    return null
  }
}

/** Whether so many rejects have come together that they should be sent. */
export function isFull(rows: LoadWriter): boolean {
  return rows.rejectBytes > MOST_REJECT_BYTES || rows.rejects.length > MOST_REJECTS
}

/**
 * Opens a file of a source.
 * @param onBlock called after every block that was read; what it throws ends the reading
 */
export async function openBlocks(
  source: SeedSource,
  load: LoadIdentity,
  input: InputFile,
  onBlock: (rowsLoaded: number) => void,
): Promise<Blocks> {
  const { columns, aliases, csv } = source
  const format = formatOf(source, load.file)
  if (format !== 'parquet') {
    const { framer, writer } = readerFor({ columns, aliases, format, csv }, load)
    return new RecordBlocks(input, framer, writer, onBlock)
  }
  // Its libraries are loaded only by those who have such files.
  const { ParquetFile } = await import('./parquet/parquet-file.js')
  return new ParquetBlocks(new ParquetFile(input.ranges, { ...load, columns, aliases }), onBlock)
}

/** Reads a file, a chunk at a time. */
class RecordBlocks extends Blocks {
  readonly rows: LoadWriter
  protected readonly leastBytes = 1
  readonly #contents: AsyncGenerator<Uint8Array, string | null>
  readonly #framer: Framer
  /** 1 if the file is compressed and damaged: what can't be read of it counts as one rejected line. */
  #damagedEnds = 0

  constructor(
    input: InputFile,
    framer: Framer,
    rows: LoadWriter,
    onBlock: (rowsLoaded: number) => void,
  ) {
    super(onBlock)
    this.#contents = input.contents()
    this.#framer = framer
    this.rows = rows
  }

  get linesRead(): number {
    return this.#framer.recordsRead + this.#damagedEnds
  }

  get remark(): string | null {
    return this.#framer.remark
  }

  get header(): string | null {
    return this.#framer.header
  }

  protected async step(): Promise<boolean> {
    const next = await this.#contents.next()
    if (next.done === true) this.#end(next.value)
    else this.#framer.push(next.value)
    return next.done !== true
  }

  #end(damage: string | null): void {
    this.#framer.end()
    if (damage === null) return
    this.#damagedEnds = 1
    const detail = `the compressed file is damaged or cut off: ${damage}; what comes after is lost`
    this.rows.rejectText(this.rows.malformed, detail, Buffer.alloc(0), this.#framer.nextLine)
  }
}

/** Reads a Parquet file. */
class ParquetBlocks extends Blocks {
  readonly rows: LoadWriter
  readonly header = null
  protected readonly leastBytes = LEAST_BLOCK_BYTES
  readonly #file: ParquetFile

  constructor(file: ParquetFile, onBlock: (rowsLoaded: number) => void) {
    super(onBlock)
    this.rows = file.writer
    this.#file = file
  }

  get linesRead(): number {
    return this.#file.linesRead
  }

  get remark(): string | null {
    return this.#file.remark
  }

  protected step(): Promise<boolean> {
    return this.#file.step()
  }
}
