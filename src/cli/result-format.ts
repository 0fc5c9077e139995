/**
 * Prints the results of statements as a table, CSV or JSON, as they come.
 */
import { stringify } from 'csv-stringify/sync'
import type { Writable } from 'node:stream'
import type { ResultField, ResultReader } from '../postgres/result-reader.js'
import { typeOids } from '../postgres/values.js'
import { isNumeric, jsonValue, uniqueNames } from './result-json.js'
import { renderTable } from './table.js'

/** The forms in which results are printed. */
export const resultFormats = ['table', 'csv', 'json'] as const
export type ResultFormat = (typeof resultFormats)[number]

/** Where and how results are printed. */
export interface FormatOptions {
  readonly out: Writable
  /** What is for people and not part of the result, such as the tag of a statement without rows. */
  readonly remark: (line: string) => void
  /** Columns of the terminal for tables. */
  readonly width: number
  /** A table holds at most so many rows; the others are counted. */
  readonly maxTableRows: number
}

type Row = readonly (string | null)[]

/** Makes a printer; call `end` when all statements are done, or have failed. */
export function resultPrinter(format: ResultFormat, options: FormatOptions): ResultPrinter {
  switch (format) {
    case 'table':
      return new TablePrinter(options)
    case 'csv':
      return new CsvPrinter(options)
    case 'json':
      return new JsonPrinter(options)
  }
}

/** A reader of results that prints them. */
export abstract class ResultPrinter implements ResultReader {
  protected readonly options: FormatOptions
  protected fields: readonly ResultField[] | undefined
  /** How many results with rows have begun. */
  protected results = 0
  #draining: Promise<void> | undefined

  constructor(options: FormatOptions) {
    this.options = options
  }

  onFields(fields: readonly ResultField[]): void {
    this.fields = fields
    this.results += 1
    this.begin(fields)
  }

  onRow(values: Row): Promise<void> | undefined {
    this.row(values)
    return this.#draining
  }

  onCopyData(chunk: Buffer): Promise<void> | undefined {
    this.write(chunk)
    return this.#draining
  }

  onComplete(tag: string): void {
    if (this.fields === undefined) this.options.remark(tag)
    else this.finish(tag)
    this.fields = undefined
  }

  /** Prints what is held back, also after a failure in the middle of a result. */
  end(): void {
    if (this.fields !== undefined) this.finish(undefined)
    this.fields = undefined
  }

  protected abstract begin(fields: readonly ResultField[]): void
  protected abstract row(values: Row): void
  /** @param tag undefined if the statement failed half-way */
  protected abstract finish(tag: string | undefined): void

  protected write(text: string | Buffer): void {
    if (this.options.out.write(text) || this.#draining !== undefined) return
    this.#draining = new Promise((resolve) => {
      const goOn = (): void => {
        this.options.out.off('drain', goOn).off('close', goOn).off('error', goOn)
        this.#draining = undefined
        resolve()
      }
      this.options.out.on('drain', goOn).on('close', goOn).on('error', goOn)
    })
  }
}

class TablePrinter extends ResultPrinter {
  #rows: Row[] = []
  #count = 0

  protected begin(): void {
    this.#rows = []
    this.#count = 0
  }

  protected row(values: Row): void {
    this.#count += 1
    if (this.#rows.length < this.options.maxTableRows)
      this.#rows.push(readable(values, this.fields))
  }

  protected finish(): void {
    const columns = (this.fields ?? []).map(({ name, typeOid }) => ({
      name,
      align: isNumeric(typeOid) ? ('right' as const) : ('left' as const),
    }))
    if (columns.length > 0) {
      this.write(`${renderTable(columns, this.#rows, { width: this.options.width })}\n`)
    }
    const hidden = this.#count - this.#rows.length
    const more = hidden === 0 ? '' : `, the first ${this.#rows.length} shown (all: --limit 0)`
    this.write(`(${this.#count} ${this.#count === 1 ? 'row' : 'rows'}${more})\n`)
  }
}

/** Booleans in words; everything else as the server writes it. */
function readable(values: Row, fields: readonly ResultField[] | undefined): Row {
  return values.map((value, index) => {
    if (value === null || fields?.[index]?.typeOid !== typeOids.bool) return value
    return value === 't' ? 'true' : 'false'
  })
}

/** Rows that are put together before they are written. */
const BATCH = 500

class CsvPrinter extends ResultPrinter {
  #batch: Row[] = []

  protected begin(fields: readonly ResultField[]): void {
    if (this.results > 1) this.write('\n')
    this.#batch = [fields.map((field) => field.name)]
  }

  protected row(values: Row): void {
    this.#batch.push(readable(values, this.fields))
    if (this.#batch.length >= BATCH) this.#flush()
  }

  protected finish(): void {
    this.#flush()
  }

  #flush(): void {
    // An empty text is quoted and NULL is not, so the two stay apart, as in PostgreSQL's own CSV. The library by
    // itself quotes only the line ends that it writes.
    if (this.#batch.length > 0) this.write(stringify(this.#batch, { quoted_match: /^$|[\r\n]/ }))
    this.#batch = []
  }
}

class JsonPrinter extends ResultPrinter {
  #names: readonly string[] = []
  #separator = ''
  #batch: string[] = []

  protected begin(fields: readonly ResultField[]): void {
    this.#names = uniqueNames(fields).map((name) => JSON.stringify(name))
    this.#separator = '[\n'
    this.#batch = []
  }

  protected row(values: Row): void {
    const members = values.map(
      (value, index) =>
        `${this.#names[index] ?? ''}:${jsonValue(value, this.fields?.[index]?.typeOid ?? 0)}`,
    )
    this.#batch.push(`${this.#separator}{${members.join(',')}}`)
    this.#separator = ',\n'
    if (this.#batch.length >= BATCH) this.#flush()
  }

  protected finish(): void {
    this.#flush()
    this.write(this.#separator === '[\n' ? '[]\n' : '\n]\n')
  }

  #flush(): void {
    if (this.#batch.length > 0) this.write(this.#batch.join(''))
    this.#batch = []
  }
}
