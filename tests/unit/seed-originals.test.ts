/** CSV in encodings that can be damaged: what can't be decoded is kept byte by byte. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_RECORD_BYTES } from '../../src/seed/rejects.js'
import { read, type Reading, type ReadingOptions } from './seed-reading.js'

const csv = (input: Uint8Array, options: Omit<ReadingOptions, 'format'> = {}): Reading =>
  read(input, { ...options, format: 'csv' })
const kept = ({ rejects }: Reading): readonly unknown[] =>
  rejects.map(({ line, original }) => [line, original?.toString('hex') ?? null])
const ids = ({ rows }: Reading): readonly unknown[] => rows.map(({ id }) => id)

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le')
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe.each([1, 3, 1 << 20])('in chunks of %i bytes', (size) => {
  const chunks = [size]

  test.each([
    ['line feeds', '\n', '\n'],
    ['carriage returns and line feeds', '\r\n', '\n'],
    ['carriage returns', '\r', '\r'],
  ])('UTF-16 with half a surrogate pair, %s', (_, end, inside) => {
    const bad = `2,"b\ud800${inside}c"`
    const text = `\ufeffid,name${end}${end}1,\u0a0d${inside === '\r' ? '' : '\u0d0a'}${end}${bad}${end}3,\udc00${end}4,d`
    const reading = csv(utf16(text), { chunks })
    expect(ids(reading)).toEqual(['1', '4'])
    expect(kept(reading)).toEqual([
      [4, hex(utf16(bad))],
      [6, hex(utf16('3,\udc00'))],
    ])
    const swapped = csv(utf16(text).swap16(), { chunks })
    expect(ids(swapped)).toEqual(['1', '4'])
    expect(kept(swapped)).toEqual([
      [4, hex(utf16(bad).swap16())],
      [6, hex(utf16('3,\udc00').swap16())],
    ])
  })

  test('Shift JIS with bytes that are none', () => {
    const bytes = latin1('id,name\n1,\x82\xa0\n2,b\x82\n3,c\xff"\n"4,d\n5,\x81,x\n')
    const reading = csv(bytes, { chunks, csv: { encoding: 'shift_jis' } })
    expect(reading.rows.map(({ id, name }) => [id, name])).toEqual([['1', 'あ']])
    expect(kept(reading)).toEqual([
      [3, hex(latin1('2,b\x82'))],
      [4, hex(latin1('3,c\xff"'))],
      [5, null],
      [6, hex(latin1('5,\x81,x'))],
    ])
  })

  test('a replacement character that the file has is text', () => {
    const reading = csv(utf16('\ufeffid,name\n1,\ufffd\n2,\ufffd\ud800\n'), { chunks })
    expect(reading.rows.map(({ id, name }) => [id, name])).toEqual([['1', '\ufffd']])
    expect(kept(reading)).toEqual([[3, hex(utf16('2,\ufffd\ud800'))]])
  })
})

const HALF_A_PAIR = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

test('of every line of a damaged file the bytes are those of that line', () => {
  const unit = fc.constantFrom(
    'a',
    ',',
    '\n',
    '\u0a0a',
    '\u0a00',
    '\ud800',
    '\udc00',
    '\ufffd',
    'é',
  )
  const lines = fc.array(fc.string({ unit, maxLength: 80 }), { maxLength: 4 })
  fc.assert(
    fc.property(
      lines,
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 3 }),
      (all, chunks) => {
        const text = ['id,name', ...all].join('\n')
        const reading = csv(utf16(`\ufeff${text}`), { chunks, csv: { quote: null } })
        const byLine = text.split('\n')
        for (const { line, original } of reading.rejects) {
          const isBad = HALF_A_PAIR.test(byLine[line - 1] ?? '')
          expect(original?.toString('hex')).toBe(
            isBad ? hex(utf16(byLine[line - 1] ?? '')) : undefined,
          )
        }
        for (const { _line } of reading.rows)
          expect(byLine[Number(_line) - 1]).not.toMatch(HALF_A_PAIR)
      },
    ),
    { numRuns: 1000 },
  )
})

test('a line that is too long costs no line after it', () => {
  const long = `1,${'x'.repeat(MAX_RECORD_BYTES * 2)}\ud800`
  const reading = csv(utf16(`\ufeffid,name\n${long}\n2,\ud800\n3,c\n`), { chunks: [1 << 18] })
  expect(ids(reading)).toEqual(['3'])
  expect(kept(reading)).toEqual([
    [2, null],
    [3, hex(utf16('2,\ud800'))],
  ])
})
