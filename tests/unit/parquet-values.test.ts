/** What the values of a Parquet file become. The files were written by DuckDB: tests/fixtures/parquet/README.md. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readParquet, type Row } from '../support/parquet-reading.js'

const fixture = (name: string): Uint8Array =>
  readFileSync(join(import.meta.dirname, '..', 'fixtures', 'parquet', `${name}.parquet`))

/** A row without what every row has. */
function fields(row: Row | undefined): Readonly<Record<string, string | null>> {
  return Object.fromEntries(
    Object.entries(row ?? {}).filter(([name]) => !['_file', '_line', '_load_id'].includes(name)),
  )
}

const FIRST = {
  b: 'true',
  i8: '1',
  i16: '-2',
  i32: '3',
  i64: '9223372036854775807',
  u8: '255',
  u32: '4294967295',
  u64: '18446744073709551615',
  f32: '1.5',
  f64: '0.1',
  d4: '12.30',
  d9: '-0.05',
  d18: '123456789.123456789',
  d38: '12345678901234567890.1234567890',
  s: 'é😀',
  bin: 'bytes',
  d: '2025-01-31',
  t: '12:05:00.500',
  ts: '2025-01-31T12:05:00',
  tz: '2025-01-31T12:05:00.123456Z',
  tn: '2025-01-31T12:05:00.000000001',
  tm: '1969-12-31T23:59:59.999',
  u: '00112233-4455-6677-8899-aabbccddeeff',
  iv: 'P1M2DT3.004S',
  e: 'sad',
  j: '{"a": [1.50]}',
}
const SECOND = {
  b: 'false',
  i8: '-128',
  i16: '32767',
  i32: '-2147483648',
  i64: '-9223372036854775808',
  u8: '0',
  u32: '0',
  u64: '0',
  f32: 'NaN',
  f64: '-Infinity',
  d4: '-99.99',
  d9: '0.00',
  d18: '-0.000000001',
  d38: '-0.0000000001',
  s: '',
  bin: '\\xff00',
  d: '0044-03-15',
  t: '00:00:00',
  ts: '9999-12-31T23:59:59.999999',
  tz: '1969-12-31T23:59:59Z',
  tn: '1970-01-01T00:00:00',
  tm: '2025-01-01T00:00:00',
  u: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
  iv: 'P0M0DT0S',
  e: 'ok',
  j: '"x"',
}
const NULLS = Object.fromEntries(Object.keys(FIRST).map((name) => [name, null]))
const COLUMNS = Object.fromEntries(Object.keys(FIRST).map((name) => [name, 'text' as const]))

describe('values', () => {
  // The first file has plain values in pages of the old kind; the second differences, split bytes, and Zstandard.
  test.each(['types', 'types-v2'])('of every type become text, in %s', async (name) => {
    const { rows, rejects } = await readParquet(fixture(name), { columns: COLUMNS })
    expect(rejects).toEqual([])
    expect(rows.map(fields)).toEqual([
      { ...FIRST, _extra: null },
      { ...SECOND, _extra: null },
      { ...NULLS, _extra: null },
    ])
  })

  test('of columns that are not declared are kept as JSON; numbers stay numbers, NULL is left out', async () => {
    const { rows } = await readParquet(fixture('types'), { columns: { i64: 'text' } })
    expect(rows[0]?._extra).toBe(
      '{"b":true,"i8":1,"i16":-2,"i32":3,"u8":255,"u32":4294967295,"u64":18446744073709551615,"f32":1.5,"f64":0.1,"d4":12.30,"d9":-0.05,"d18":123456789.123456789,"d38":12345678901234567890.1234567890,"s":"é😀","bin":"bytes","d":"2025-01-31","t":"12:05:00.500","ts":"2025-01-31T12:05:00","tz":"2025-01-31T12:05:00.123456Z","tn":"2025-01-31T12:05:00.000000001","tm":"1969-12-31T23:59:59.999","u":"00112233-4455-6677-8899-aabbccddeeff","iv":"P1M2DT3.004S","e":"sad","j":"{\\"a\\": [1.50]}"}',
    )
    expect(rows[1]?._extra).toContain('"f32":"NaN","f64":"-Infinity"')
    expect(rows[2]?._extra).toBeNull()
  })

  test('in a jsonb column: numbers and booleans, times in quotes, text as the JSON that it is', async () => {
    const columns = {
      i64: 'jsonb',
      b: 'jsonb',
      f32: 'jsonb',
      d38: 'jsonb',
      tz: 'jsonb',
      j: 'jsonb',
    } as const
    const { rows } = await readParquet(fixture('types'), { columns })
    expect(fields(rows[0])).toMatchObject({
      i64: '9223372036854775807',
      b: 'true',
      f32: '1.5',
      d38: '12345678901234567890.1234567890',
      tz: '"2025-01-31T12:05:00.123456Z"',
      j: '{"a": [1.50]}',
    })
    expect(rows[1]?.f32).toBe('"NaN"')
  })

  test('in a jsonb column: a text that is no JSON costs its row', async () => {
    const { rows, rejects, linesRead } = await readParquet(fixture('types'), {
      columns: { s: 'jsonb' },
    })
    expect(rows.map((row) => row._line)).toEqual(['3'])
    expect(rejects.map(({ line, reason, detail }) => ({ line, reason, detail }))).toEqual([
      {
        line: 1,
        reason: 'malformed_parquet',
        detail: 'the value of "s" is no JSON that jsonb can hold',
      },
      {
        line: 2,
        reason: 'malformed_parquet',
        detail: 'the value of "s" is no JSON that jsonb can hold',
      },
    ])
    expect(rejects[0]?.text.toString()).toContain('"s":"é😀","bin":"bytes"')
    expect(linesRead).toBe(3)
  })
})

test('nested columns are JSON: lists, groups and maps, with what is missing at each level', async () => {
  const { rows, rejects } = await readParquet(fixture('nested'), {
    columns: { id: 'text', list: 'jsonb', struct: 'jsonb', map: 'text', deep: 'jsonb' },
  })
  expect(rejects).toEqual([])
  expect(rows.map(fields)).toEqual([
    {
      id: '1',
      list: '[1,2,null]',
      struct: '{"a":1.50,"b":{"c":"x\\"y","d":null}}',
      map: '{"k":[1],"l":null,"m":[]}',
      deep: '[[{"n":1}],[],null,[{"n":null},{"n":3}]]',
      _extra: '{"dates":{"1":"2025-01-01"}}',
    },
    { id: '2', list: '[]', struct: null, map: '{}', deep: '[]', _extra: null },
    {
      id: '3',
      list: null,
      struct: '{"a":null,"b":null}',
      map: null,
      deep: null,
      _extra: '{"dates":{}}',
    },
    {
      id: '4',
      list: '[null]',
      struct: '{"a":-0.01,"b":{"c":null,"d":"z"}}',
      map: '{"":[null,2]}',
      deep: '[[null]]',
      _extra: '{"dates":{"2":null}}',
    },
  ])
})

test.each(['snappy', 'gzip', 'zstd', 'brotli', 'lz4_raw'])(
  'a file of two row groups, compressed by %s',
  async (codec) => {
    const { rows, rejects, linesRead } = await readParquet(fixture(`codec-${codec}`), {
      columns: { id: 'text', name: 'text', price: 'text', parts: 'jsonb' },
    })
    expect(rejects).toEqual([])
    expect(linesRead).toBe(3000)
    const expected = Array.from({ length: 3000 }, (_, index) => {
      const id = index + 1
      return {
        id: String(id),
        name: id % 7 === 0 ? null : `name ${id % 50}`,
        price: String(id * 0.25),
        parts: JSON.stringify([...Array(id % 4).keys()]),
        _extra: null,
        _file: 'a.parquet',
        _line: String(id),
        _load_id: '7',
      }
    })
    expect(rows).toEqual(expected)
  },
)

describe('keys of folders', () => {
  const columns = { country: 'text', dt: 'text', id: 'text' } as const
  const read = async (
    file: string,
    aliases: Readonly<Record<string, string>> = {},
  ): Promise<Row | undefined> =>
    (await readParquet(fixture('codec-zstd'), { columns, file, aliases })).rows[0]

  test('are values of declared columns; others go to _extra', async () => {
    const row = await read('x/dt=2026-01-01/country=c%C3%B4te%20d%2FIvoire/part=7/a.parquet')
    expect(row).toMatchObject({ dt: '2026-01-01', country: 'côte d/Ivoire', id: '1' })
    expect(JSON.parse(row?._extra ?? '')).toEqual({
      name: 'name 1',
      price: 0.25,
      parts: [0],
      part: '7',
    })
  })

  test('give way to a column of the file, declared or not', async () => {
    const row = await read('id=99/name=other/a.parquet')
    expect(row?.id).toBe('1')
    expect(row?._extra).toContain('"name":"name 1"')
    expect(row?._extra).not.toContain('other')
  })

  test('can be aliases, can be no value, and are taken as they are if they are not encoded', async () => {
    expect(await read('day=2026-01-01/country=50%/a.parquet', { day: 'dt' })).toMatchObject({
      dt: '2026-01-01',
      country: '50%',
    })
    expect(await read('country=__HIVE_DEFAULT_PARTITION__/a.parquet')).toMatchObject({
      country: null,
    })
    expect(await read('country=/a.parquet')).toMatchObject({ country: '' })
  })
})

test('aliases: the own name first, then they in their order; NULL gives way, other values are kept', async () => {
  const { rows } = await readParquet(fixture('codec-zstd'), {
    columns: { label: 'text' },
    aliases: { name: 'label', id: 'label', nothing: 'label' },
  })
  expect(rows[0]).toMatchObject({ label: 'name 1', _extra: '{"price":0.25,"parts":[0],"id":1}' })
  expect(rows[6]).toMatchObject({ label: '7', _extra: '{"price":1.75,"parts":[0,1,2]}' })
})
