/** Reading bytes by the loader's own framers, with the rows as plain values, without a database. */
import type { CsvOptions } from '../../src/seed/csv/options.js'
import type { ColumnType } from '../../src/seed/declaration.js'
import { readerFor, type Readable } from '../../src/seed/reader.js'
import type { Reject } from '../../src/seed/rejects.js'

/** A row as PostgreSQL would get it: fields as text, NULL as null. */
export type Row = Readonly<Record<string, string | null>>

export interface Reading {
  readonly rows: readonly Row[]
  readonly rejects: readonly Reject[]
  readonly recordsRead: number
  readonly remark: string | null
}

export interface ReadingOptions {
  readonly columns?: ReadonlyMap<string, ColumnType>
  readonly aliases?: Readonly<Record<string, string>>
  readonly format?: Readable['format']
  readonly csv?: CsvOptions
  /** Lengths of the chunks in which the bytes arrive, over and over; all at once if not given. */
  readonly chunks?: readonly number[]
}

const DEFAULT_COLUMNS: ReadonlyMap<string, ColumnType> = new Map([
  ['id', 'text'],
  ['name', 'text'],
  ['items', 'jsonb'],
])

/** Reads bytes as one file. */
export function read(input: string | Uint8Array, options: ReadingOptions = {}): Reading {
  const bytes = typeof input === 'string' ? Buffer.from(input, 'utf8') : input
  const types = options.columns ?? DEFAULT_COLUMNS
  const { framer, writer } = readerFor(
    {
      columns: [...types].map(([name, type]) => ({ name, type, description: '' })),
      aliases: options.aliases ?? {},
      format: options.format ?? 'json',
      csv: options.csv ?? {},
    },
    { file: 'a.json', loadId: 7, extractDate: null },
  )
  const lengths = options.chunks ?? [bytes.length]
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = Math.max(1, lengths[turn % lengths.length] ?? bytes.length)
    // A copy, overwritten afterwards: a framer must not keep what it was given.
    const chunk = Buffer.from(bytes.subarray(at, at + length))
    framer.push(chunk)
    chunk.fill(0x3f)
    at += length
  }
  framer.end()
  const names = [...types.keys(), '_extra', '_file', '_line', '_load_id']
  const jsonb = new Set([
    ...[...types.keys()].filter((name) => types.get(name) === 'jsonb'),
    '_extra',
  ])
  return {
    rows: decodeRows(writer.rows.take(), names, jsonb),
    rejects: writer.rejects,
    recordsRead: framer.recordsRead,
    remark: framer.remark,
  }
}

/** Takes the rows of COPY's binary format apart. */
function decodeRows(
  bytes: Buffer,
  names: readonly string[],
  jsonb: ReadonlySet<string>,
): readonly Row[] {
  const rows: Row[] = []
  let at = 0
  while (at < bytes.length) {
    const count = bytes.readInt16BE(at)
    at += 2
    if (count !== names.length) throw new Error(`${count} fields instead of ${names.length}`)
    const row: Record<string, string | null> = {}
    for (const name of names) {
      const length = bytes.readInt32BE(at)
      at += 4
      if (length < 0) {
        row[name] = null
        continue
      }
      const field = bytes.subarray(at, at + length)
      at += length
      if (name === '_line' || name === '_load_id') row[name] = field.readBigInt64BE().toString()
      else if (!jsonb.has(name)) row[name] = field.toString('utf8')
      else {
        if (field[0] !== 1) throw new Error(`jsonb version ${field[0] ?? 'missing'}`)
        row[name] = field.subarray(1).toString('utf8')
      }
    }
    rows.push(row)
  }
  return rows
}
