import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { mkdir, open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Column, TableFile } from './columns.js'
import { schemaElement, writeChunk } from './parquet-chunk.js'

/** A Parquet file with a row group for each batch. Memory holds one of them. */
export class ParquetTable implements TableFile {
  readonly #handle: FileHandle
  readonly #output = new ByteWriter(1 << 16)
  readonly #parquet: ParquetWriter

  private constructor(handle: FileHandle, columns: readonly Column[]) {
    this.#handle = handle
    this.#parquet = new ParquetWriter({
      writer: this.#output,
      schema: [{ name: 'root', num_children: columns.length }, ...columns.map(schemaElement)],
      createdBy: 'dataform-postgres',
    })
  }

  /** Creates the file, and the folders above it. */
  static async create(path: string, columns: readonly Column[]): Promise<ParquetTable> {
    await mkdir(dirname(path), { recursive: true })
    return new ParquetTable(await open(path, 'w'), columns)
  }

  async write(columns: readonly Column[], rows: number): Promise<void> {
    if (rows === 0) return
    const start = this.#output.offset
    const chunks = columns.map((column) => writeChunk(this.#output, column, rows))
    this.#parquet.num_rows += BigInt(rows)
    this.#parquet.row_groups.push({
      columns: chunks,
      total_byte_size: chunks.reduce(
        (sum, { meta_data }) => sum + (meta_data?.total_uncompressed_size ?? 0n),
        0n,
      ),
      num_rows: BigInt(rows),
      total_compressed_size: BigInt(this.#output.offset - start),
    })
    await this.#flush()
  }

  async close(): Promise<void> {
    try {
      await this.#parquet.finish()
      await this.#flush()
    } finally {
      await this.#handle.close()
    }
  }

  async #flush(): Promise<void> {
    await this.#handle.writeFile(this.#output.getBytes())
    this.#output.index = 0
  }
}
