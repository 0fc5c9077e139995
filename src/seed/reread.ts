/**
 * Reading a record that was rejected before, by the declaration as it is now.
 */
import { layoutOf, layoutWithoutHeader } from './csv/header.js'
import { CsvFramer } from './csv/csv-framer.js'
import { CsvRows } from './csv/csv-rows.js'
import { decodingOf } from './csv/decoding.js'
import { originalOf } from './csv/original-lines.js'
import { readHeader } from './csv/read-header.js'
import { sniffDialect } from './csv/sniff-dialect.js'
import type { SeedSource } from './declaration.js'
import { formatOf } from './file-format.js'
import { readJsonRecord } from './framing/json-record.js'
import { SENTINEL } from './json/scanner.js'
import type { LoadIdentity, LoadWriter } from './load-writer.js'
import { Projection } from './projection.js'

/** A record as it is kept in `raw.rejects`. */
export interface Kept {
  readonly line: number
  readonly text: Buffer
  /** True if `text` is the file's own bytes, which are not UTF-8. */
  readonly isRaw: boolean
}

/** Reads kept records one by one. */
export interface Rereader {
  readonly writer: LoadWriter
  /** @returns true if it is one row now, which was written */
  read(record: Kept): boolean
}

/**
 * What reads the rejects of one load; null if they are not read again: of a Parquet file no row is kept as it was.
 * @param header of the CSV file
 */
export function rereaderOf(
  source: SeedSource,
  load: LoadIdentity,
  header: string | null,
): Rereader | null {
  const format = formatOf(source, load.file)
  if (format === 'parquet') return null
  if (format === 'csv') return csvRereader(source, load, header)
  const writer = new Projection({ ...load, columns: source.columns, aliases: source.aliases })
  const read = attempt(writer, ({ text, line }) => {
    const { scanner } = writer.reader
    scanner.bytes = Buffer.concat([text, Buffer.of(SENTINEL)])
    scanner.limit = text.length
    const at = scanner.skipSpace(0)
    readJsonRecord(writer, { start: 0, at, end: text.length }, line, false)
  })
  return { writer, read }
}

/** Null for a file whose header was not kept. */
function csvRereader(
  source: SeedSource,
  load: LoadIdentity,
  header: string | null,
): Rereader | null {
  const { columns, csv } = source
  const head = Buffer.from(header ?? '')
  const dialect = sniffDialect(head, csv, source)
  const names = csv.header === false ? null : readHeader(head, dialect, source, true)
  if (names === 'needs more' || (names !== null && head.length === 0)) return null
  const layout = names === null ? layoutWithoutHeader(columns) : layoutOf(names.names, source)
  const writer = new CsvRows(load, columns)
  const read = attempt(writer, ({ text, line, isRaw }) => {
    const decoding = isRaw ? decodingOf(csv.encoding ?? 'utf-8') : null
    const original = decoding === null ? null : originalOf(decoding, dialect, line)
    original?.append(text, line)
    const file = { dialect, layout, header: head, firstLine: line, original }
    const framer = new CsvFramer(writer, file)
    framer.push(decoding === null ? text : Buffer.concat([decoding.decode(text), decoding.end()]))
    framer.end()
  })
  return { writer, read }
}

/** Takes back what an attempt has written, unless that is one row and nothing else. */
function attempt(writer: LoadWriter, read: (record: Kept) => void): (record: Kept) => boolean {
  return (record) => {
    const { rowsLoaded } = writer
    const { at } = writer.rows
    read(record)
    const isLoaded = writer.rowsLoaded === rowsLoaded + 1 && writer.rejects.length === 0
    if (!isLoaded) {
      writer.rows.at = at
      writer.rowsLoaded = rowsLoaded
    }
    writer.rejects = []
    writer.rejectBytes = 0
    writer.linesRejected = 0
    return isLoaded
  }
}
