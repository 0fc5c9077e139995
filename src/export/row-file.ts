import type { ExportColumn } from './relation.js'

/** A row as the server gives it: texts, null for NULL. */
export type Row = readonly (string | null)[]

/** Takes the bytes of one file. */
export interface ByteSink {
  /** May be called without waiting for the last call; the bytes must stay as they are until then. */
  write(bytes: Uint8Array): Promise<void>
}

/** Writes the rows of one file in its format. */
export interface RowFile {
  /** A promise means that no more rows should come before it is settled. */
  row(values: Row): Promise<void> | undefined
  /** Writes what is held back, and whatever ends the file. */
  end(): Promise<void>
}

/** A format: what is asked of the database for each row, and how it is written. */
export interface Format {
  /** Of file names, without the dot. */
  readonly extension: string
  /** Expressions of the query, for the values of a row. */
  readonly expressions: readonly string[]
  /** Begins a file. */
  open(sink: ByteSink): RowFile
}

/** What a format is made for. */
export interface FormatOptions {
  /** The columns that are written. */
  readonly columns: readonly ExportColumn[]
  readonly escapeFormulas: boolean
}
