import { OutputFile } from '../output-file.js'

/** A CSV file with a header, written row by row. */
export class CsvFile<T extends object> {
  rows = 0

  private constructor(
    readonly path: string,
    readonly columns: readonly (keyof T & string)[],
    readonly output: OutputFile,
  ) {}

  /** Creates the file. @param root the folder that the path starts from */
  static async create<T extends object>(
    root: string,
    path: string,
    columns: readonly (keyof T & string)[],
  ): Promise<CsvFile<T>> {
    const output = await OutputFile.create(`${root}/${path}`, false)
    output.write(`${columns.join(',')}\n`)
    return new CsvFile<T>(path, columns, output)
  }

  /** Adds a row. */
  write(row: T): void {
    this.output.write(`${this.columns.map((column) => field(String(row[column]))).join(',')}\n`)
    this.rows += 1
  }

  /** Ends the file. @returns what the manifest says of it */
  async close(): Promise<{ readonly path: string; readonly rows: number }> {
    await this.output.close()
    return { path: this.path, rows: this.rows }
  }
}

const field = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
