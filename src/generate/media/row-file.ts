import { OutputFile } from '../output-file.js'

/** What a manifest says about a file. */
export interface FileRecord {
  /** Path below the data root, with `/`. */
  readonly path: string
  readonly format: 'ndjson' | 'array'
  readonly gzip: boolean
  readonly byte_order_mark: boolean
  /** Lines of the text, blank ones and the brackets of an array included. */
  lines: number
  blank_lines: number
  /** JSON objects. */
  rows: number
  /** Lines, or elements of an array, that are not JSON objects. */
  rejected: number
}

/** What a file is to be like. */
export type FileShape = Pick<FileRecord, 'path' | 'format' | 'gzip' | 'byte_order_mark'>

/** A file of rows, one JSON text a line: plain, or as the elements of an array. */
export class RowFile {
  readonly record: FileRecord
  readonly #output: OutputFile

  private constructor(record: FileRecord, output: OutputFile) {
    this.record = record
    this.#output = output
  }

  /** Creates the file. @param root the folder that the shape's path starts from */
  static async create(root: string, shape: FileShape): Promise<RowFile> {
    const output = await OutputFile.create(`${root}/${shape.path}`, shape.gzip)
    const isArray = shape.format === 'array'
    output.write(`${shape.byte_order_mark ? '\uFEFF' : ''}${isArray ? '[' : ''}`)
    const record = { ...shape, lines: isArray ? 1 : 0, blank_lines: 0, rows: 0, rejected: 0 }
    return new RowFile(record, output)
  }

  /** Adds a row. @param json the text of a JSON object, on one line */
  writeRow(json: string): void {
    this.#writeElement(json)
    this.record.rows += 1
  }

  /** Adds something that is not a row. In an array it has to be valid JSON. */
  writeRejected(text: string): void {
    this.#writeElement(text)
    this.record.rejected += 1
  }

  /** Adds an empty line; not for arrays. */
  writeBlankLine(): void {
    this.#output.write('\n')
    this.record.lines += 1
    this.record.blank_lines += 1
  }

  /** Whether `drain` should be awaited before more is written. */
  get isFull(): boolean {
    return this.#output.isFull
  }

  /** Writes what is waiting. */
  async drain(): Promise<void> {
    await this.#output.drain()
  }

  /**
   * Ends the file.
   * @param truncated the beginning of a row, left without an end as by a writer that died
   */
  async close(truncated?: string): Promise<FileRecord> {
    if (this.record.format === 'array') {
      this.#output.write('\n]\n')
      this.record.lines += 1
    } else if (truncated !== undefined) {
      this.#output.write(truncated)
      this.record.lines += 1
      this.record.rejected += 1
    }
    await this.#output.close()
    return this.record
  }

  #writeElement(text: string): void {
    const isFirst = this.record.rows + this.record.rejected === 0
    this.#output.write(
      this.record.format === 'ndjson' ? `${text}\n` : `${isFirst ? '' : ','}\n${text}`,
    )
    this.record.lines += 1
  }
}
