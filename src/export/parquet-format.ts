import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import type { DecodedArray, SchemaElement } from 'hyparquet'
import type { ParquetColumn } from './parquet-type.js'
import type { ByteSink, Format, Row, RowFile } from './row-file.js'

/** Rows of a row group, and the most that its texts have together, in characters: what is held in memory. */
const MOST_ROWS = 50_000
const MOST_CHARACTERS = 16 * 1024 * 1024

/** Parquet, compressed by Snappy, which every reader knows. */
export function parquetFormat(columns: readonly ParquetColumn[]): Format {
  return {
    extension: 'parquet',
    expressions: columns.map(({ expression }) => expression),
    open: (sink) => new ParquetRows(columns, sink),
  }
}

class ParquetRows implements RowFile {
  readonly #columns: readonly ParquetColumn[]
  readonly #writer: ParquetWriter
  readonly #output: FlushedWriter
  #data: unknown[][]
  #rows = 0
  #characters = 0

  constructor(columns: readonly ParquetColumn[], sink: ByteSink) {
    this.#columns = columns
    this.#data = columns.map(() => [])
    const root: SchemaElement = { name: 'root', num_children: columns.length }
    this.#output = new FlushedWriter(sink)
    this.#writer = new ParquetWriter({
      writer: this.#output,
      schema: [root, ...columns.map(({ element }) => element)],
      createdBy: 'dataform-postgres',
    })
  }

  row(values: Row): Promise<void> | undefined {
    for (let index = 0; index < this.#columns.length; index++) {
      const text = values[index] ?? null
      this.#characters += text?.length ?? 0
      this.#data[index]?.push(text === null ? null : this.#columns[index]?.value(text))
    }
    this.#rows++
    const isFull = this.#rows >= MOST_ROWS || this.#characters > MOST_CHARACTERS
    return isFull ? this.#flush() : undefined
  }

  async end(): Promise<void> {
    if (this.#rows > 0) await this.#flush()
    await this.#writer.finish()
    await this.#output.flush()
  }

  async #flush(): Promise<void> {
    const columnData = this.#columns.map(({ element }, index) => ({
      name: element.name,
      data: (this.#data[index] ?? []) as DecodedArray,
    }))
    const rowGroupSize = this.#rows
    this.#data = this.#columns.map(() => [])
    this.#rows = 0
    this.#characters = 0
    await this.#writer.write({ columnData, rowGroupSize })
  }
}

/** The library's writer with its bytes passed on after each row group; the end is flushed by who ends it. */
class FlushedWriter extends ByteWriter {
  readonly #sink: ByteSink

  constructor(sink: ByteSink) {
    super()
    this.#sink = sink
  }

  async flush(): Promise<void> {
    const bytes = Buffer.from(this.getBytes())
    this.index = 0
    await this.#sink.write(bytes)
  }
}
