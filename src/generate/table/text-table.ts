import { OutputFile } from '../output-file.js'
import type { Column, TableFile } from './columns.js'

/** How a text file holds its rows. */
export type TextFormat = 'csv' | 'ndjson'

/** A file of lines, with a header if it is CSV. */
export class TextTable implements TableFile {
  readonly #output: OutputFile
  readonly #format: TextFormat

  private constructor(output: OutputFile, format: TextFormat) {
    this.#output = output
    this.#format = format
  }

  /** Creates the file, and the folders above it. */
  static async create(
    path: string,
    columns: readonly Column[],
    format: TextFormat,
    compress: boolean,
  ): Promise<TextTable> {
    const output = await OutputFile.create(path, compress)
    if (format === 'csv') output.write(`${columns.map(({ name }) => name).join(',')}\n`)
    return new TextTable(output, format)
  }

  async write(columns: readonly Column[], rows: number): Promise<void> {
    const line = this.#format === 'csv' ? csvLine : jsonLine
    for (let row = 0; row < rows; row++) {
      this.#output.write(line(columns, row))
      if (this.#output.isFull) await this.#output.drain()
    }
  }

  async close(): Promise<void> {
    await this.#output.close()
  }
}

/** Nothing that is generated has a comma, a quote or a line end in it; what is missing is an empty field. */
function csvLine(columns: readonly Column[], row: number): string {
  let line = ''
  for (const [index, column] of columns.entries()) {
    line += `${index === 0 ? '' : ','}${csvField(column.text(row))}`
  }
  return `${line}\n`
}

/** An empty text is quoted, which tells it from none. */
const csvField = (text: string | null) => (text === '' ? '""' : (text ?? ''))

function jsonLine(columns: readonly Column[], row: number): string {
  let line = ''
  for (const column of columns) {
    line += `${line === '' ? '{' : ','}"${column.name}":${JSON.stringify(column.text(row))}`
  }
  return `${line}}\n`
}
