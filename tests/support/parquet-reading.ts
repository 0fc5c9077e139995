/** Reading Parquet bytes by the loader's own reader, with the rows as plain values, without a database. */
import type { ColumnType } from '../../src/seed/declaration.js'
import type { ByteSource } from '../../src/seed/parquet/byte-source.js'
import { ParquetFile } from '../../src/seed/parquet/parquet-file.js'
import type { Reject } from '../../src/seed/rejects.js'

/** A row as PostgreSQL would get it: fields as text, NULL as null. */
export type Row = Readonly<Record<string, string | null>>

export interface Reading {
  readonly rows: readonly Row[]
  readonly rejects: readonly Reject[]
  readonly linesRead: number
  readonly remark: string | null
}

export interface ReadingOptions {
  readonly columns?: Readonly<Record<string, ColumnType>>
  readonly aliases?: Readonly<Record<string, string>>
  readonly file?: string
}

/** Bytes as a file that is read by ranges. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    byteLength: bytes.length,
    // A copy: who reads may write into it.
    read: (offset, length) => Promise.resolve(Buffer.from(bytes.subarray(offset, offset + length))),
  }
}

/** Reads bytes as one file. */
export async function readParquet(
  bytes: Uint8Array,
  options: ReadingOptions = {},
): Promise<Reading> {
  const types = options.columns ?? {}
  const file = new ParquetFile(bytesSource(bytes), {
    columns: Object.entries(types).map(([name, type]) => ({ name, type, description: '' })),
    aliases: options.aliases ?? {},
    file: options.file ?? 'a.parquet',
    loadId: 7,
    extractDate: null,
  })
  const names = [...Object.keys(types), '_extra', '_file', '_line', '_load_id']
  const jsonb = new Set([...names.filter((name) => types[name] === 'jsonb'), '_extra'])
  const rows: Row[] = []
  while (await file.step()) rows.push(...decodeRows(file.writer.rows.take(), names, jsonb))
  const { rejects } = file.writer
  return { rows, rejects, linesRead: file.linesRead, remark: file.remark }
}

/** Takes the rows of COPY's binary format apart. */
function decodeRows(
  bytes: Buffer,
  names: readonly string[],
  jsonb: ReadonlySet<string>,
): readonly Row[] {
  const rows: Row[] = []
  let at = 0
  const field = (): Buffer | null => {
    const length = bytes.readInt32BE(at)
    at += 4
    if (length < 0) return null
    at += length
    return bytes.subarray(at - length, at)
  }
  while (at < bytes.length) {
    const count = bytes.readInt16BE(at)
    at += 2
    if (count !== names.length) throw new Error(`${count} fields instead of ${names.length}`)
    rows.push(Object.fromEntries(names.map((name) => [name, decode(name, field(), jsonb)])))
  }
  return rows
}

function decode(name: string, field: Buffer | null, jsonb: ReadonlySet<string>): string | null {
  if (field === null) return null
  if (name === '_line' || name === '_load_id') return field.readBigInt64BE().toString()
  if (!jsonb.has(name)) return field.toString('utf8')
  if (field[0] !== 1) throw new Error(`jsonb version ${field[0] ?? 'missing'}`)
  return field.toString('utf8', 1)
}
