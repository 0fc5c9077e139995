/**
 * How a CSV file is written. Whatever is not declared is found out from the file itself.
 */

/** What `seeds.yaml` says of a source's CSV files; `undefined` is found out. */
export interface CsvOptions {
  /** One ASCII character. */
  readonly delimiter?: string
  /** One ASCII character; null if no field is quoted. By default `"`. */
  readonly quote?: string | null
  /** What makes a quote within a quoted field a plain one; by default the quote itself. */
  readonly escape?: string
  /** Of the files, as the WHATWG's encodings are called: `utf-8`, `windows-1252`, `utf-16le`. */
  readonly encoding?: string
  /** Whether the first record names the columns; by default it does. */
  readonly header?: boolean
}

/** How one file is written, in bytes of its text as UTF-8. */
export interface Dialect {
  readonly delimiter: number
  /** -1 if no field is quoted. */
  readonly quote: number
  readonly escape: number
  /** What ends a record: a line feed (with or without a carriage return before it), or a carriage return alone. */
  readonly lineEnd: number
}

export const LINE_FEED = 0x0a
export const CARRIAGE_RETURN = 0x0d

/** Tried in this order where nothing tells them apart. */
export const DELIMITERS = [',', ';', '\t', '|'] as const
