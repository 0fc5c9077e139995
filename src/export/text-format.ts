/** CSV and NDJSON: rows are lines, which are put together before they are written. */
import { stringify } from 'csv-stringify/sync'
import { quoteIdent } from '../sql/identifiers.js'
import type { ExportColumn } from './relation.js'
import type { ByteSink, Format, FormatOptions, Row, RowFile } from './row-file.js'
import { textOf } from './row-query.js'

/** Rows that are written together, and the most that their texts have together, in characters. */
const MOST_ROWS = 500
const MOST_CHARACTERS = 1024 * 1024

/** Collects rows and writes them as text. */
class LineFile implements RowFile {
  readonly #sink: ByteSink
  readonly #render: (rows: readonly Row[]) => string
  #rows: Row[] = []
  #characters = 0

  constructor(sink: ByteSink, render: (rows: readonly Row[]) => string, header: Row | null) {
    this.#sink = sink
    this.#render = render
    if (header !== null) this.#rows.push(header)
  }

  row(values: Row): Promise<void> | undefined {
    this.#rows.push(values)
    for (const value of values) this.#characters += value?.length ?? 0
    const isFull = this.#rows.length >= MOST_ROWS || this.#characters > MOST_CHARACTERS
    return isFull ? this.#flush() : undefined
  }

  async end(): Promise<void> {
    await this.#flush()
  }

  async #flush(): Promise<void> {
    const rows = this.#rows
    this.#rows = []
    this.#characters = 0
    if (rows.length > 0) await this.#sink.write(Buffer.from(this.#render(rows), 'utf8'))
  }
}

/** What a spreadsheet takes for a formula if it comes first in a cell. */
const FORMULA = /^[=+\-@\t\r]/

/** CSV by RFC 4180: a header, lines that end with CR LF; nothing for NULL, `""` for an empty text. */
export function csvFormat({ columns, escapeFormulas }: FormatOptions): Format {
  const isEscaped = columns.map((column) => escapeFormulas && mayBeFormula(column))
  const escape = (value: string): string => (FORMULA.test(value) ? `'${value}` : value)
  const names = columns.map(({ name }) => (escapeFormulas ? escape(name) : name))
  const render = (rows: readonly Row[]): string =>
    stringify([...rows], {
      // Empty texts are quoted, and NULL is not, so the two stay apart. The library quotes whole line ends alone.
      quoted_match: /^$|[\r\n]/,
      record_delimiter: 'windows',
    })
  const escaped = (row: Row): Row =>
    row.map((value, index) => (value !== null && isEscaped[index] === true ? escape(value) : value))
  return {
    extension: 'csv',
    expressions: columns.map(textOf),
    open: (sink) => {
      const file = new LineFile(sink, render, names)
      if (!escapeFormulas) return file
      return { row: (values) => file.row(escaped(values)), end: () => file.end() }
    },
  }
}

/** Numbers, booleans, dates and times are no formulas, whatever they begin with. Intervals are: `-1 days` is no number. */
function mayBeFormula({ category }: ExportColumn): boolean {
  return !['N', 'B', 'D'].includes(category)
}

/** A `json` value keeps the line breaks that it was written with. Those within its texts are escaped, so these are blanks. */
function oneLine(object: string | null | undefined): string {
  return object?.replaceAll(/[\r\n]/g, ' ') ?? 'null'
}

/** An object a line; numbers have all the digits that the database gives them. */
export function ndjsonFormat({ columns }: FormatOptions): Format {
  const members = columns.map(({ name }) => quoteIdent(name)).join(', ')
  return {
    extension: 'ndjson',
    // A subquery's row has the names of its columns. `r.*` is the row, also where a column is called r.
    expressions: [`(select row_to_json(r.*) from (select ${members}) r)::text`],
    open: (sink) =>
      new LineFile(sink, (rows) => rows.map(([line]) => `${oneLine(line)}\n`).join(''), null),
  }
}
