/** CSV: where fields and records begin and end, what a header stands for, how a file is written, and what damage costs. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CsvOptions } from '../../src/seed/csv/options.js'
import { KEPT_OF_OVERLONG, MAX_RECORD_BYTES } from '../../src/seed/rejects.js'
import { read, type Reading, type ReadingOptions } from './seed-reading.js'

const csv = (input: string | Uint8Array, options: Omit<ReadingOptions, 'format'> = {}): Reading =>
  read(input, { ...options, format: 'csv' })
const values = (reading: Reading): readonly unknown[] =>
  reading.rows.map(({ _line, id, name }) => [Number(_line), id, name])
const rejected = (reading: Reading): readonly unknown[] =>
  reading.rejects.map(({ line, reason, detail, text }) => [line, reason, detail, text.toString()])
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')

describe('records', () => {
  test('quotes, line ends and delimiters within quotes, doubled quotes, quotes that are none', () => {
    const reading = csv(
      'id,name\n1,"a,b"\r\n2,"two\nlines"\n3,"say ""hi"""\n4,5" disk\n\n \n5,"\r\n"\r\n"6",x"y"',
    )
    expect(values(reading)).toEqual([
      [2, '1', 'a,b'],
      [3, '2', 'two\nlines'],
      [5, '3', 'say "hi"'],
      [6, '4', '5" disk'],
      [9, '5', '\r\n'],
      [11, '6', 'x"y"'],
    ])
    expect(rejected(reading)).toEqual([[8, 'schema_drift', '1 field where the header has 2', ' ']])
    expect(reading.recordsRead).toBe(7)
  })

  test('an empty field is NULL, a quoted one is an empty text', () => {
    expect(values(csv('id,name\n,\n"",""\n'))).toEqual([
      [2, null, null],
      [3, '', ''],
    ])
  })

  test.each<[string, CsvOptions, string]>([
    [
      'another delimiter, quote and escape',
      { delimiter: ';', quote: "'", escape: '\\' },
      `id;name\n1;'it\\'s; "so"\\\\'\n`,
    ],
    ['no quotes at all', { quote: null }, 'id,name\n1,it\'s; "so"\\\n'],
  ])('%s', (_, options, text) => {
    expect(values(csv(text, { csv: options }))).toEqual([[2, '1', `it's; "so"\\`]])
  })

  test('a file without a header', () => {
    const columns = new Map([
      ['id', 'text'],
      ['name', 'text'],
    ] as const)
    expect(values(csv('1,a\n2,b\n', { csv: { header: false }, columns }))).toEqual([
      [1, '1', 'a'],
      [2, '2', 'b'],
    ])
  })

  test('nothing, blank lines, a header alone: no records', () => {
    for (const text of ['', '\n\r\n', 'id,name', '\ufeffid,name\r\n', '\n\nid,name\n\n'])
      expect(csv(text)).toMatchObject({ rows: [], rejects: [], recordsRead: 0 })
  })

  test('carriage returns alone', () => {
    expect(values(csv('id,name\r1,a\r\r2,"b\rc"\r'))).toEqual([
      [2, '1', 'a'],
      [4, '2', 'b\rc'],
    ])
  })
})

describe('the header', () => {
  test('in another order, with columns missing and more than are declared', () => {
    const reading = csv('more,name,,id,more\nx,a,y,1,"q""\\\n\u0001"\n,,,2,\n')
    expect(reading.rows.map(({ id, name, items, _extra }) => [id, name, items, _extra])).toEqual([
      ['1', 'a', null, '{"more":"x","column_3":"y","more_2":"q\\"\\\\\\u000a\\u0001"}'],
      ['2', null, null, null],
    ])
    expect(reading.remark).toBe('its header lacks "items"')
  })

  test('aliases, blanks and upper case; what the column itself has comes first, the rest is kept', () => {
    const reading = csv(' Key , ID ,NAME\n1,2,a\n3,,b\n', { aliases: { key: 'id' } })
    expect(reading.rows.map(({ id, name, _extra }) => [id, name, _extra])).toEqual([
      ['2', 'a', '{" Key ":"1"}'],
      ['3', 'b', null],
    ])
  })

  test('once more in the middle of the file', () => {
    const reading = csv('id,name\n1,a\nid,name\n2,b\n')
    expect(values(reading)).toEqual([
      [2, '1', 'a'],
      [4, '2', 'b'],
    ])
    expect(rejected(reading)).toEqual([[3, 'schema_drift', 'the header once more', 'id,name']])
  })

  test('with a quote that is not closed: no record is lost', () => {
    const reading = csv('id,"name\n1,a\n2,b\n')
    expect(reading.rows.map(({ id, _extra }) => [id, _extra])).toEqual([
      ['1', '{"\\"name":"a"}'],
      ['2', '{"\\"name":"b"}'],
    ])
  })

  test('with nothing that is declared', () => {
    expect(csv('a,b\n1,2\n').remark).toBe(
      'its header has none of the declared columns: everything is in _extra',
    )
  })
})

describe('jsonb columns', () => {
  test('hold JSON, and what is none costs its record', () => {
    const reading = csv('id,items\n1,"[1, {""a"": null}]"\n2,\n3,[1\n4,"{""a"":""\\u0000""}"\n')
    expect(reading.rows.map(({ id, items }) => [id, items])).toEqual([
      ['1', '[1, {"a": null}]'],
      ['2', null],
    ])
    expect(reading.rejects.map(({ line, reason, detail }) => [line, reason, detail])).toEqual([
      [4, 'malformed_csv', expect.stringContaining('column "items": not JSON')],
      [5, 'malformed_csv', 'column "items": JSON that PostgreSQL cannot store as jsonb'],
    ])
  })
})

describe('how a file is written', () => {
  test.each([
    ['comma', 'id,name\n1,"a;b|c\td"\n'],
    ['semicolon', 'id;name\n1;"a;b|c\td"\n'],
    ['tabulator', 'id\tname\n1\t"a;b|c\td"\n'],
    ['bar', 'id|name\n1|"a;b|c\td"\n'],
  ])('delimiter: %s', (_, text) => {
    expect(values(csv(text))).toEqual([[2, '1', 'a;b|c\td']])
  })

  test('a delimiter by how many fields the records have, where no name is known', () => {
    const reading = csv('x;y\n1,5;a\n2,5;b\n')
    expect(reading.rows.map(({ _extra }) => _extra)).toEqual([
      '{"x":"1,5","y":"a"}',
      '{"x":"2,5","y":"b"}',
    ])
  })

  const text = 'id,name\n1,é€ü\n2,"ß\n"\n'
  const utf16 = (bom: boolean): Buffer => Buffer.from(`${bom ? '\ufeff' : ''}${text}`, 'utf16le')
  test.each<[string, Buffer, CsvOptions]>([
    ['UTF-8', Buffer.from(text), {}],
    ['UTF-8 with its mark', Buffer.from(`\ufeff${text}`), {}],
    ['UTF-16, little end first, with its mark', utf16(true), {}],
    ['UTF-16, little end first', utf16(false), {}],
    ['UTF-16, big end first, with its mark', utf16(true).swap16(), {}],
    ['UTF-16, big end first', utf16(false).swap16(), {}],
    ['UTF-16 with its mark, whatever is declared', utf16(true), { encoding: 'windows-1252' }],
    ['declared', latin1(text.replace('€', '\x80')), { encoding: 'windows-1252' }],
    ['Western European', latin1(text.replace('€', '\x80')), {}],
  ])('encoding: %s', (_, bytes, options) => {
    for (const chunks of [[2 ** 20], [1]])
      expect(values(csv(bytes, { csv: options, chunks }))).toEqual([
        [2, '1', 'é€ü'],
        [3, '2', 'ß\n'],
      ])
  })

  test('an encoding that was found out and not declared is said', () => {
    expect(csv(latin1('id,name,items\n1,é,\n')).remark).toContain('was read as windows-1252')
    expect(csv('id,name,items\n1,é,\n').remark).toBeNull()
  })

  test('a few bad bytes in UTF-8 make it no other encoding: they cost their record', () => {
    const bad = Buffer.concat([
      Buffer.from('id,name\n1,é\n2,'),
      Buffer.of(0xe9),
      Buffer.from('\n3,x\n'),
    ])
    const reading = csv(bad)
    expect(values(reading)).toEqual([
      [2, '1', 'é'],
      [4, '3', 'x'],
    ])
    expect(reading.rejects).toMatchObject([
      { line: 3, detail: 'not UTF-8', text: Buffer.from([0x32, 0x2c, 0xe9]) },
    ])
  })

  test('half a character at the end of a file in another encoding costs its record', () => {
    const reading = csv(
      Buffer.concat([utf16(true), Buffer.from('3,x', 'utf16le'), Buffer.of(0x41)]),
    )
    expect(values(reading)).toHaveLength(2)
    expect(reading.rejects.map(({ detail }) => detail)).toEqual([
      'bytes that are no text in the encoding of the file',
    ])
  })

  test('a NUL costs its record', () => {
    const reading = csv('id,name\n1,a\u0000b\n2,b\n')
    expect(values(reading)).toEqual([[3, '2', 'b']])
    expect(reading.rejects[0]?.detail).toBe('a NUL character, which PostgreSQL cannot store')
  })
})

describe('damage', () => {
  test('too few and too many fields cost their record', () => {
    const reading = csv('id,name\n1\n2,b,c\n3,c\n4')
    expect(values(reading)).toEqual([[4, '3', 'c']])
    expect(rejected(reading)).toEqual([
      [2, 'schema_drift', '1 field where the header has 2', '1'],
      [3, 'schema_drift', '3 fields where the header has 2', '2,b,c'],
      [5, 'schema_drift', '1 field where the header has 2', '4'],
    ])
  })

  test('a quote that is not closed costs its line', () => {
    const reading = csv('id,name\n1,"a\n2,b\n3,"c\nd"\n4,d\n5,"e" f\n6,f\n')
    expect(values(reading)).toEqual([
      [3, '2', 'b'],
      [4, '3', 'c\nd'],
      [6, '4', 'd'],
      [8, '6', 'f'],
    ])
    expect(rejected(reading)).toEqual([
      [2, 'malformed_csv', 'text after a closing quote until a later line', '1,"a'],
      [7, 'malformed_csv', 'text after a closing quote at byte 6 of the line', '5,"e" f'],
    ])
  })

  test('a quote that is not closed until the end of the file costs its line', () => {
    const reading = csv('id,name\n1,a\n2,"b\n3,c\n4,d')
    expect(values(reading).map((row) => (row as unknown[])[1])).toEqual(['1', '3', '4'])
    expect(reading.rejects.map(({ line }) => line)).toEqual([3])
  })

  test('quotes that open and never close are read in time that grows with the file', () => {
    const lines = 200_000
    const reading = csv(`id,name\n${'a","\n'.repeat(lines)}`, { chunks: [256 * 1024] })
    expect(reading.recordsRead).toBe(lines)
  })

  test('a record that is too long is rejected with its beginning, and reading goes on', () => {
    const long = 'x'.repeat(MAX_RECORD_BYTES)
    const reading = csv(`id,name\n1,${long}\n2,b\n3,"${long}\n4,d\n5,${long}`, {
      chunks: [256 * 1024],
    })
    expect(values(reading).map((row) => (row as unknown[])[1])).toEqual(['2', '4'])
    expect(reading.rejects.map(({ line, text }) => [line, text.length])).toEqual([
      [2, KEPT_OF_OVERLONG],
      [4, KEPT_OF_OVERLONG],
      [6, KEPT_OF_OVERLONG],
    ])
  })
})

describe('names that differ in upper case alone', () => {
  const columns = (...names: readonly string[]): ReadonlyMap<string, 'text'> =>
    new Map(names.map((name) => [name, 'text']))

  test("the column's own key wins over an alias", () => {
    const options = { columns: columns('id'), aliases: { ID: 'id' } }
    for (const [header, row] of [
      ['ID,id', '1,2'],
      ['id,ID', '2,1'],
    ])
      expect(csv(`${header}\n${row}\n,3\n`, options).rows[0]).toMatchObject({
        id: '2',
        _extra: '{"ID":"1"}',
      })
    expect(csv('ID,id\n1,\n', options).rows[0]).toMatchObject({ id: '1', _extra: null })
  })

  test('what is written just so comes first, in whatever order', () => {
    const reading = csv('ID,id,Id\n1,2,3\n', { columns: columns('Id', 'id', 'ID') })
    expect(reading.rows[0]).toMatchObject({ Id: '3', id: '2', ID: '1', _extra: null })
    expect(reading.remark).toBeNull()
    expect(csv('ID,id\n1,2\n', { columns: columns('id') }).rows[0]).toMatchObject({
      id: '2',
      _extra: '{"ID":"1"}',
    })
    expect(csv('A, a \n1,2\n', { columns: columns('a') }).rows[0]).toMatchObject({
      a: '1',
      _extra: '{"a":"2"}',
    })
  })

  test('a header that spans lines is known by them too', () => {
    const reading = csv(' ID ,"a\nb"\n1,2\n', { columns: columns('id') })
    expect(reading.rows).toMatchObject([{ id: '1', _extra: '{"a\\nb":"2"}', _line: '3' }])
  })
})

test('the header once more is no row, however it is written; one value that is like its name is', () => {
  const reading = csv('id,Name\n1,a\nID,name\n"id", "Name" \n id ,"NAME"\nid,b\n')
  expect(reading.rejects.map(({ line, detail }) => [line, detail])).toEqual([
    [3, 'the header once more'],
    [5, 'the header once more'],
  ])
  expect(csv('name\nName\nname\n').rejects.map(({ line }) => line)).toEqual([3])
})

describe('whatever the fields are', () => {
  const field = fc.oneof(
    { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 8 }) },
    fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ';', ' '), maxLength: 6 }),
    fc.constant(null),
  )
  const quoted = (value: string | null): string =>
    value === null ? '' : `"${value.replaceAll('"', '""')}"`
  // A NUL can't be stored.
  const rows = fc
    .array(fc.tuple(field, field), { minLength: 1, maxLength: 12 })
    .map((all) => all.map((row) => row.map((value) => value?.replaceAll('\0', '') ?? null)))

  test('what is written as RFC 4180 has it comes back, however it arrives', () => {
    fc.assert(
      fc.property(
        rows,
        fc.constantFrom('\n', '\r\n'),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (all, end, chunks) => {
          const text = [['id', 'name'], ...all].map((row) => row.map(quoted).join(',')).join(end)
          const reading = csv(text, { chunks, csv: { delimiter: ',' } })
          expect(reading.rejects).toEqual([])
          expect(reading.rows.map(({ id, name }) => [id, name])).toEqual(
            // Two NULLs are a line with a delimiter alone.
            all,
          )
        },
      ),
      { numRuns: 500 },
    )
  })
})
