/** Damaged Parquet files: nothing crashes or hangs, what can be read is read, and every account balances. */
import fc from 'fast-check'
import { parquetMetadata, readOffsetIndex } from 'hyparquet'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { thriftLength } from '../../src/seed/parquet/thrift-check.js'
import { readParquet, type Reading } from '../support/parquet-reading.js'

const fixture = (name: string): Uint8Array =>
  readFileSync(join(import.meta.dirname, '..', 'fixtures', 'parquet', `${name}.parquet`))

const COLUMNS = { id: 'text', name: 'text', parts: 'jsonb', list: 'jsonb', s: 'text' } as const

const read = (bytes: Uint8Array): Promise<Reading> => readParquet(bytes, { columns: COLUMNS })

function expectBalance({ rows, rejects, linesRead }: Reading): void {
  expect(rows.length + rejects.length).toBe(linesRead)
}

const details = ({ rejects }: Reading): readonly string[] => rejects.map(({ detail }) => detail)

/** Rows 1 to 1,000 in row groups of 500, the columns in several pages. */
function sample(): Uint8Array {
  const ids = Array.from({ length: 1000 }, (_, index) => index + 1)
  return new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'id', data: ids, type: 'INT32' },
        { name: 'name', data: ids.map((id) => `name ${id}`), type: 'STRING' },
      ],
      rowGroupSize: 500,
      pageSize: 1000,
    }),
  )
}

interface PagePlace {
  /** Of the page's header. */
  readonly offset: number
  readonly firstRow: number
  readonly rows: number
}

/** Where the pages of a column of a row group are. */
function pages(file: Uint8Array, rowGroup: number, column: number): readonly PagePlace[] {
  const chunk = parquetMetadata(file).row_groups[rowGroup]?.columns[column]
  const at = Number(chunk?.offset_index_offset)
  const view = new DataView(file.buffer, at, chunk?.offset_index_length)
  const { page_locations: places } = readOffsetIndex({ view, offset: 0 })
  const starts = [...places.map(({ first_row_index: row }) => Number(row)), 500]
  return places.map(({ offset }, index) => ({
    offset: Number(offset),
    firstRow: rowGroup * 500 + (starts[index] as number) + 1,
    rows: (starts[index + 1] as number) - (starts[index] as number),
  }))
}

/** Makes the beginning of a page's contents something that no decompressor takes; its header stays. */
function spoil(file: Uint8Array, { offset }: PagePlace): void {
  const at = offset + (thriftLength(file.subarray(offset)) ?? 0)
  file.fill(0xff, at, at + 24)
}

describe('a file that is none', () => {
  test.each([
    ['nothing', Buffer.alloc(0), 'the file does not begin with PAR1'],
    ['text', Buffer.from('id,name\n1,a\n'), 'the file does not begin with PAR1'],
    [
      'magic bytes alone',
      Buffer.from('PAR1'),
      'the file does not end with PAR1: it was cut off, or is still being written',
    ],
    ['an encrypted file', Buffer.from('PARE00000000PARE'), 'the file is encrypted'],
    [
      'a compressed file',
      Buffer.from('1f8b0800000000000003', 'hex'),
      'the file is compressed as a whole, so that no part of it can be found; decompress it',
    ],
    [
      'a footer longer than the file',
      Buffer.from('PAR1\xff\xff\0\0PAR1', 'latin1'),
      'a footer of 65535 bytes in a file that has room for 0',
    ],
    [
      'an empty footer',
      Buffer.from('PAR1\0\0\0\0PAR1', 'latin1'),
      "the footer can't be read: it is cut off",
    ],
  ])('%s is one reject', async (_, bytes, detail) => {
    const reading = await read(bytes)
    expect(details(reading)).toEqual([detail])
    expect(reading.rejects[0]?.line).toBe(1)
    expect(reading.linesRead).toBe(1)
  })

  test('a cut file is one reject, wherever it was cut', async () => {
    const file = fixture('nested')
    for (let length = 0; length < file.length; length += 7) {
      const reading = await read(file.subarray(0, length))
      expect(reading.rows).toEqual([])
      expect(reading.rejects).toHaveLength(1)
    }
  })

  test('a footer whose numbers never end is given up', async () => {
    const footer = Buffer.alloc(2_000_000, 0xff)
    const length = Buffer.alloc(4)
    length.writeUInt32LE(footer.length)
    const bytes = Buffer.concat([Buffer.from('PAR1'), footer, length, Buffer.from('PAR1')])
    expect((await read(bytes)).rejects).toHaveLength(1)
  })
})

describe('a damaged page costs its rows', () => {
  test('one that can not be decompressed', async () => {
    const file = sample()
    const page = pages(file, 0, 1)[2] as PagePlace
    spoil(file, page)
    const reading = await read(file)
    expectBalance(reading)
    const last = page.firstRow + page.rows - 1
    expect(details(reading)).toHaveLength(1)
    expect(details(reading)[0]).toMatch(
      new RegExp(
        `^rows ${page.firstRow} to ${last} \\(row group 1\\): column "name" can't be read: `,
      ),
    )
    expect(reading.rejects[0]?.line).toBe(page.firstRow)
    const lines = reading.rows.map((row) => Number(row._line))
    expect(lines).toHaveLength(1000 - page.rows)
    expect(lines.filter((line) => line >= page.firstRow && line <= last)).toEqual([])
    expect(
      reading.rows.every((row) => row.name === `name ${String(row._line)}` && row.id === row._line),
    ).toBe(true)
  })

  test('one whose header is broken takes the rest of its row group with it', async () => {
    const file = sample()
    const page = pages(file, 0, 1)[1] as PagePlace
    file.fill(0xff, page.offset, page.offset + 12)
    const reading = await read(file)
    expectBalance(reading)
    expect(details(reading)).toEqual([
      `rows ${page.firstRow} to 500 (row group 1): column "name" can't be read: it has a field of the unknown type 15`,
    ])
    expect(reading.rows.map((row) => row.id)).toEqual(
      Array.from({ length: 1000 }, (_, index) => String(index + 1)).filter(
        (id) => Number(id) < page.firstRow || Number(id) > 500,
      ),
    )
  })

  test('two columns that are damaged in different places lose both', async () => {
    const file = sample()
    const first = pages(file, 1, 0)[0] as PagePlace
    const second = pages(file, 1, 1)[1] as PagePlace
    spoil(file, first)
    spoil(file, second)
    const reading = await read(file)
    expectBalance(reading)
    const isLost = (line: number): boolean =>
      [first, second].some(({ firstRow, rows }) => line >= firstRow && line < firstRow + rows)
    expect(reading.rows.map((row) => Number(row._line))).toEqual(
      Array.from({ length: 1000 }, (_, index) => index + 1).filter((line) => !isLost(line)),
    )
  })

  test('text that is no UTF-8 costs its row, which is kept with the bytes in hexadecimal', async () => {
    const file = new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: 'id', data: [1, 2, 3], type: 'INT32' },
          { name: 'name', data: ['first', 'other', 'third'], type: 'STRING' },
        ],
        codec: 'UNCOMPRESSED',
        statistics: false,
      }),
    )
    file[Buffer.from(file).indexOf('other')] = 0xff
    const reading = await read(file)
    expect(reading.rows.map((row) => row.name)).toEqual(['first', 'third'])
    expect(reading.rejects.map(({ line, text }) => [line, text.toString()])).toEqual([
      [2, '{"id":2,"name":"\\\\xff74686572"}'],
    ])
    expect(details(reading)).toEqual([
      'the value of "name" is not text that PostgreSQL can store (UTF-8, no NUL)',
    ])
  })
})

test('a footer that gives a row group fewer rows than its columns have says what is lost', async () => {
  const file = new Uint8Array(
    parquetWriteBuffer({ columnData: [{ name: 'id', data: [1, 2, 3, 4, 5], type: 'INT32' }] }),
  )
  // The last bytes of the row group: its number of rows, 5, as a zigzag number.
  const view = Buffer.from(file.buffer)
  const footer = view.length - 8 - view.readUInt32LE(view.length - 8)
  const reads = await Promise.all(
    Array.from({ length: view.length - 8 - footer }, async (_, index) => {
      if (view[footer + index] !== 10) return null
      const changed = Buffer.from(view)
      changed[footer + index] = 4
      return read(changed)
    }),
  )
  const shortened = reads.filter((reading) => reading?.rows.length === 2)
  expect(shortened.length).toBeGreaterThan(0)
  for (const reading of shortened) {
    expect(details(reading as Reading)).toEqual([
      'row group 1 has 2 rows by the footer, but column "id" has 5 values; those beyond are lost',
    ])
    expectBalance(reading as Reading)
  }
})

describe('whatever is done to the bytes, the account balances', () => {
  test.each([
    'types',
    'types-v2',
    'nested',
    'codec-snappy',
    'codec-zstd',
    'codec-brotli',
    'codec-lz4_raw',
    'codec-gzip',
  ])('of %s', async (name) => {
    const file = fixture(name)
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            // Twice as likely in the footer and in headers, which is where damage is worst.
            at: fc.oneof(
              fc.nat(file.length - 1),
              fc.integer({ min: Math.max(0, file.length - 2000), max: file.length - 9 }),
            ),
            length: fc.integer({ min: 1, max: 40 }),
            byte: fc.oneof(fc.constantFrom(0x00, 0xff, 0x80, 0x7f), fc.nat(255)),
          }),
          { minLength: 1, maxLength: 4 },
        ),
        async (changes) => {
          const damaged = Buffer.from(file)
          for (const { at, length, byte } of changes)
            damaged.fill(byte, at, Math.min(at + length, file.length))
          const reading = await read(damaged)
          expectBalance(reading)
          expect(reading.rows.length).toBeLessThanOrEqual(3000)
        },
      ),
      { numRuns: 60 },
    )
  })
})
