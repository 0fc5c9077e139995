import type { ColumnChunk, CompressionCodec, Encoding, ParquetType, SchemaElement } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { writePageHeader } from 'hyparquet-writer/src/datapage.js'
import { writeRleBitPackedHybrid } from 'hyparquet-writer/src/encoding.js'
import { snappyCompress } from 'hyparquet-writer/src/snappy.js'
import { noDay, noText, type Column, type DateColumn, type IdColumn } from './columns.js'
import type { InstantColumn, TextColumn } from './columns.js'

/** What Parquet calls a column. */
export function schemaElement({ kind, name }: Column): SchemaElement {
  const base = { name, repetition_type: 'OPTIONAL' } as const
  switch (kind) {
    case 'text':
    case 'id':
      return {
        ...base,
        type: 'BYTE_ARRAY',
        converted_type: 'UTF8',
        logical_type: { type: 'STRING' },
      }
    case 'instant':
      return {
        ...base,
        type: 'INT64',
        converted_type: 'TIMESTAMP_MILLIS',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
      }
    case 'date':
      return {
        ...base,
        type: 'INT32',
        converted_type: 'DATE',
        logical_type: { type: 'DATE' },
      }
  }
}

/** The values of a column chunk, encoded, without the ones that are missing. */
interface Page {
  readonly type: ParquetType
  readonly encoding: Encoding
  readonly bytes: Uint8Array
  /** 1 for each row that has a value; undefined if all have. */
  readonly levels?: Uint8Array | undefined
  readonly codec: CompressionCodec
  readonly dictionary?: { readonly bytes: Uint8Array; readonly count: number }
}

/**
 * Writes the rows of a column as one page (and one of its dictionary). The library's own way takes values one by one, as
 * objects, looks through them for a dictionary that is known here, and needs thirty times as long; headers, runs, Snappy
 * and the end of the file are the library's.
 */
export function writeChunk(writer: ByteWriter, column: Column, rows: number): ColumnChunk {
  const page = encode(column, rows)
  const start = writer.offset
  let uncompressed = 0
  if (page.dictionary !== undefined) {
    const { bytes, count } = page.dictionary
    const packed = snappyCompress(bytes)
    writePageHeader(writer, {
      type: 'DICTIONARY_PAGE',
      uncompressed_page_size: bytes.length,
      compressed_page_size: packed.length,
      dictionary_page_header: { num_values: count, encoding: 'PLAIN' },
    })
    uncompressed += writer.offset - start + bytes.length
    writer.appendBytes(packed)
  }
  const dataStart = writer.offset
  const levels = new ByteWriter(16)
  const nulls = writeLevels(levels, page.levels, rows)
  const packed = page.codec === 'SNAPPY' ? snappyCompress(page.bytes) : page.bytes
  writePageHeader(writer, {
    type: 'DATA_PAGE_V2',
    uncompressed_page_size: levels.offset + page.bytes.length,
    compressed_page_size: levels.offset + packed.length,
    data_page_header_v2: {
      num_values: rows,
      num_nulls: nulls,
      num_rows: rows,
      encoding: page.encoding,
      definition_levels_byte_length: levels.offset,
      repetition_levels_byte_length: 0,
      is_compressed: page.codec === 'SNAPPY',
    },
  })
  uncompressed += writer.offset - dataStart + levels.offset + page.bytes.length
  writer.appendBytes(levels.getBytes())
  writer.appendBytes(packed)
  return {
    file_offset: BigInt(start),
    meta_data: {
      type: page.type,
      encodings:
        page.dictionary === undefined ? ['RLE', page.encoding] : ['PLAIN', 'RLE', page.encoding],
      path_in_schema: [column.name],
      codec: page.codec,
      num_values: BigInt(rows),
      total_uncompressed_size: BigInt(uncompressed),
      total_compressed_size: BigInt(writer.offset - start),
      data_page_offset: BigInt(dataStart),
      ...(page.dictionary === undefined ? {} : { dictionary_page_offset: BigInt(start) }),
      statistics: { null_count: BigInt(nulls) },
    },
  }
}

/** Which rows have a value. @returns how many have none */
function writeLevels(writer: ByteWriter, levels: Uint8Array | undefined, rows: number): number {
  if (levels === undefined) {
    // One run of ones.
    writer.appendVarInt(rows << 1)
    writer.appendUint8(1)
    return 0
  }
  writeRleBitPackedHybrid(writer, levels, 1)
  return rows - levels.reduce((sum, level) => sum + level, 0)
}

function encode(column: Column, rows: number): Page {
  switch (column.kind) {
    case 'text':
      return encodeTexts(column, rows)
    case 'id':
      return encodeIds(column, rows)
    case 'instant':
      return encodeInstants(column, rows)
    case 'date':
      return encodeDates(column, rows)
  }
}

function encodeTexts({ codes, values }: TextColumn, rows: number): Page {
  const levels = levelsOf(rows, (row) => codes[row] !== noText)
  const present =
    levels === undefined
      ? codes.subarray(0, rows)
      : codes.subarray(0, rows).filter((code) => code !== noText)
  const width = Math.ceil(Math.log2(Math.max(2, values.length)))
  const writer = new ByteWriter(rows)
  writer.appendUint8(width)
  writeRleBitPackedHybrid(writer, present, width)
  let size = 0
  for (const value of values) size += 4 + Buffer.byteLength(value)
  const bytes = Buffer.allocUnsafe(size)
  let at = 0
  for (const value of values) {
    const written = bytes.write(value, at + 4)
    at = bytes.writeUInt32LE(written, at) + written
  }
  return {
    type: 'BYTE_ARRAY',
    encoding: 'RLE_DICTIONARY',
    bytes: writer.getBytes(),
    levels,
    codec: 'SNAPPY',
    dictionary: { bytes, count: values.length },
  }
}

/** Digits of random numbers: Snappy would find nothing in them. */
function encodeIds({ bytes: ids, isNull, width }: IdColumn, rows: number): Page {
  const bytes = new Uint8Array(rows * (width + 4))
  let at = 0
  for (let row = 0; row < rows; row++) {
    if (isNull[row] === 1) continue
    bytes[at] = width
    bytes.set(ids.subarray(row * width, (row + 1) * width), at + 4)
    at += width + 4
  }
  const levels = levelsOf(rows, (row) => isNull[row] === 0)
  return {
    type: 'BYTE_ARRAY',
    encoding: 'PLAIN',
    bytes: bytes.subarray(0, at),
    levels,
    codec: 'UNCOMPRESSED',
  }
}

function encodeInstants({ milliseconds }: InstantColumn, rows: number): Page {
  const words = new DataView(new ArrayBuffer(rows * 8))
  let at = 0
  for (let row = 0; row < rows; row++) {
    const value = milliseconds[row] ?? Number.NaN
    if (Number.isNaN(value)) continue
    const high = Math.floor(value / 0x1_0000_0000)
    words.setUint32(at, value - high * 0x1_0000_0000, true)
    words.setInt32(at + 4, high, true)
    at += 8
  }
  return {
    type: 'INT64',
    encoding: 'PLAIN',
    bytes: new Uint8Array(words.buffer, 0, at),
    levels: levelsOf(rows, (row) => !Number.isNaN(milliseconds[row])),
    codec: 'SNAPPY',
  }
}

function encodeDates({ days }: DateColumn, rows: number): Page {
  const words = new DataView(new ArrayBuffer(rows * 4))
  let at = 0
  for (let row = 0; row < rows; row++) {
    const day = days[row] ?? noDay
    if (day === noDay) continue
    words.setInt32(at, day, true)
    at += 4
  }
  return {
    type: 'INT32',
    encoding: 'PLAIN',
    bytes: new Uint8Array(words.buffer, 0, at),
    levels: levelsOf(rows, (row) => days[row] !== noDay),
    codec: 'SNAPPY',
  }
}

/** 1 for each row that has a value, 0 for the others; undefined if all have. */
function levelsOf(rows: number, hasValue: (row: number) => boolean): Uint8Array | undefined {
  let levels: Uint8Array | undefined
  for (let row = 0; row < rows; row++) {
    if (hasValue(row)) continue
    levels ??= new Uint8Array(rows).fill(1)
    levels[row] = 0
  }
  return levels
}
