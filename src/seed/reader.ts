/**
 * What reads the files of a source that are read from start to end, by their format.
 */
import { CsvRows } from './csv/csv-rows.js'
import { SniffingCsvFramer } from './csv/sniffing-csv-framer.js'
import type { FileFormat, SeedSource } from './declaration.js'
import type { Framer } from './framing/framer.js'
import { SniffingFramer } from './framing/sniffing-framer.js'
import type { LoadIdentity, LoadWriter } from './load-writer.js'
import { Projection } from './projection.js'

/** Finds the records of one file, and makes rows and rejects of them. */
export interface Reader {
  readonly framer: Framer
  readonly writer: LoadWriter
}

/** What a reader has to know of a source. */
export interface Readable extends Pick<SeedSource, 'columns' | 'aliases' | 'csv'> {
  readonly format: Exclude<FileFormat, 'parquet'>
}

/** The reader of one file of a source. */
export function readerFor(source: Readable, load: LoadIdentity): Reader {
  const { columns, aliases, format, csv } = source
  if (format === 'csv') {
    const writer = new CsvRows(load, columns)
    return { framer: new SniffingCsvFramer(writer, csv, { columns, aliases }), writer }
  }
  const writer = new Projection({ ...load, columns, aliases })
  return { framer: new SniffingFramer(writer, format), writer }
}
