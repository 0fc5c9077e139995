/** Where records begin and end: lines, array elements, and what damage costs. */
import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KEPT_OF_OVERLONG, MAX_RECORD_BYTES } from '../../src/seed/rejects.js'
import { read, type Reading, type ReadingOptions } from './seed-reading.js'

const ids = (reading: Reading): readonly unknown[] => reading.rows.map((row) => row.id)
const lines = (reading: Reading): readonly number[] => reading.rows.map((row) => Number(row._line))
const rejected = (reading: Reading): readonly string[] =>
  reading.rejects.map(({ line, reason, text }) => `${line} ${reason} ${text.toString()}`)

describe('NDJSON', () => {
  test('blank lines are no records, but they count for the line numbers', () => {
    const reading = read('\n{"id":1}\n  \t\r\n\r\n{"id":2}\r\n\n{"id":3}')
    expect(ids(reading)).toEqual(['1', '2', '3'])
    expect(lines(reading)).toEqual([2, 5, 7])
    expect(reading.recordsRead).toBe(3)
  })

  test('a byte order mark is dropped, also where files were joined', () => {
    const reading = read('\ufeff{"id":1}\n\ufeff{"id":2}\n \ufeff {"id":3}')
    expect(ids(reading)).toEqual(['1', '2', '3'])
    expect(lines(reading)).toEqual([1, 2, 3])
  })

  test('bad lines are rejected as they are, the others are loaded', () => {
    const reading = read(
      '{"id":1}\nnot json\n{"id":2,}\n{"id":3}{"id":4}\n17\n[{"id":5}]\n"text"\nnull\n{"id":6}\n{"id":7,"na',
    )
    expect(ids(reading)).toEqual(['1', '6'])
    expect(rejected(reading)).toEqual([
      '2 malformed_json not json',
      '3 malformed_json {"id":2,}',
      '4 malformed_json {"id":3}{"id":4}',
      '5 schema_drift 17',
      '6 schema_drift [{"id":5}]',
      '7 schema_drift "text"',
      '8 schema_drift null',
      '10 malformed_json {"id":7,"na',
    ])
    expect(reading.rejects.map(({ detail }) => detail)).toEqual([
      'expected null at byte 2 of the line',
      'expected a key at byte 9 of the line',
      'text after the JSON value at byte 9 of the line',
      'a JSON number where an object should be',
      'a JSON array where an object should be',
      'a JSON string where an object should be',
      'a JSON null where an object should be',
      'the text ends inside a string',
    ])
  })

  test('bytes that are not UTF-8 are rejected as they are', () => {
    const bad = Buffer.from([...Buffer.from('{"id":"'), 0xe9, ...Buffer.from('"}')])
    const reading = read(
      Buffer.concat([Buffer.from('{"id":1}\n'), bad, Buffer.from('\n{"id":"é"}\n')]),
    )
    expect(ids(reading)).toEqual(['1', 'é'])
    expect(reading.rejects).toMatchObject([
      { line: 2, reason: 'malformed_json', detail: 'not UTF-8', text: bad },
    ])
  })

  test('an empty file, a blank one and one of a byte order mark have no records', () => {
    for (const text of ['', '\n\n \r\n', '\ufeff', '\ufeff\n']) {
      expect(read(text)).toEqual({ rows: [], rejects: [], recordsRead: 0, remark: null })
    }
  })

  test('half a byte order mark is a bad line', () => {
    const reading = read(Buffer.from([0xef, 0xbb]))
    expect(reading.rejects).toMatchObject([{ line: 1, reason: 'malformed_json' }])
    expect(reading.recordsRead).toBe(1)
  })

  test('format ndjson does not take a first bracket for an array', () => {
    const reading = read('[{"id":1},\n{"id":2}]\n{"id":3}', { format: 'ndjson' })
    expect(ids(reading)).toEqual(['3'])
    expect(reading.rejects.map(({ line }) => line)).toEqual([1, 2])
  })

  test('a line that is too long is rejected with its beginning, and reading goes on', () => {
    const long = (length: number): string => `{"id":"${'x'.repeat(length - 9)}"}`
    for (const chunks of [[2 ** 40], [256 * 1024]]) {
      const reading = read(
        `{"id":1}\n${long(MAX_RECORD_BYTES)}\n${long(MAX_RECORD_BYTES + 1)}\n{"id":2}\n${long(3 * MAX_RECORD_BYTES)}`,
        { chunks },
      )
      expect(lines(reading)).toEqual([1, 2, 4])
      expect(reading.rejects.map(({ line, text }) => [line, text.length])).toEqual([
        [3, KEPT_OF_OVERLONG],
        [5, KEPT_OF_OVERLONG],
      ])
      expect(reading.rejects[1]?.detail).toBe(
        'a line of 50331648 bytes, of which the beginning is kept: the longest that is read has 16777216',
      )
      expect(reading.recordsRead).toBe(5)
    }
  })

  test('keys that come and go from line to line are found', () => {
    const reading = read(
      '{"id":1,"name":"a","x":1}\n{"name":"b","id":2}\n{"x":1}\n{"id":3,"x":2,"name":"c"}\n',
    )
    expect(reading.rows.map(({ id, name, _extra }) => [id, name, _extra])).toEqual([
      ['1', 'a', '{"x":1}'],
      ['2', 'b', null],
      [null, null, '{"x":1}'],
      ['3', 'c', '{"x":2}'],
    ])
  })
})

describe('a first line with a bracket that is no array', () => {
  test.each([
    '[2026-01-01] log started',
    '["x',
    '[INFO',
    '[1, 2] and more',
    '[1, 2 3]',
    '[{not json}]',
    '[]x',
  ])('costs that line: %s', (line) => {
    const text = `\n ${line}\nmore\n{"id":1}\r\n\n{"id":2}\n{"id":`
    for (const chunks of [[text.length], [1]]) {
      const reading = read(text, { chunks })
      expect(ids(reading)).toEqual(['1', '2'])
      expect(lines(reading)).toEqual([4, 6])
      expect(rejected(reading)).toEqual([
        `2 malformed_json  ${line}`,
        '3 malformed_json more',
        '7 malformed_json {"id":',
      ])
    }
  })

  test('one that is an array among objects is no object', () => {
    const reading = read('[1, 2]\nmore\n{"id":1}\n{"id":2}\n')
    expect(ids(reading)).toEqual(['1', '2'])
    expect(rejected(reading)).toEqual(['1 schema_drift [1, 2]', '2 malformed_json more'])
  })

  test('nothing of a long file is lost, in whatever chunks it comes', () => {
    const junk = `[2026-01-01] ${'x'.repeat(100)}\n`
    const text = junk.repeat(170_000)
    expect(text.length).toBeGreaterThan(MAX_RECORD_BYTES)
    for (const chunks of [[1 << 18], [99_991]]) {
      const reading = read(`${text}{"id":1}\n`, { chunks })
      expect(reading.rejects).toHaveLength(170_000)
      expect(reading.rejects.every(({ text: kept }) => kept.length === junk.length - 1)).toBe(true)
      expect(ids(reading)).toEqual(['1'])
    }
  })

  test.each([
    '[junk,\n{"id":1},\n{"id":2}\n]',
    '[junk, {"id":1}, {"id":2}]',
    '[junk\n,{"id":1}\n,{"id":2}\n]',
    '[{"id":"x},\n{"id":1},\n{"id":2}]',
    '[{"id":0,x},{"id":1},{"id":2}]',
    '[\njunk,\n{"id":1},\n{"id":2}]',
  ])('an array whose first element is broken is one: %s', (text) => {
    const reading = read(text)
    expect(ids(reading)).toEqual(['1', '2'])
    expect(reading.rejects).toHaveLength(1)
  })
})

describe('arrays', () => {
  test('an element is a record, its index is its line', () => {
    for (const text of [
      '[{"id":1},{"id":2}]',
      '\ufeff\n [ {"id":1}\n,\n{"id":2} ]\n',
      '[{"id":1},\r\n{"id":2},]',
      '[{"id":1}{"id":2}]',
      '[{"id":1}]\n[{"id":2}]',
    ]) {
      const reading = read(text)
      expect(ids(reading)).toEqual(['1', '2'])
      expect(lines(reading)).toEqual([1, 2])
      expect(reading.rejects).toEqual([])
      expect(reading.remark).toBeNull()
    }
  })

  test('an empty array has no records', () => {
    expect(read('[]')).toEqual({ rows: [], rejects: [], recordsRead: 0, remark: null })
  })

  test('elements that are no objects are rejected', () => {
    const reading = read('[1, "a,b", {"id":1}, [{"id":2}], null]')
    expect(ids(reading)).toEqual(['1'])
    expect(rejected(reading)).toEqual([
      '1 schema_drift 1',
      '2 schema_drift "a,b"',
      '4 schema_drift [{"id":2}]',
      '5 schema_drift null',
    ])
  })

  test('an array that was cut off loses the element that was cut', () => {
    const reading = read('[{"id":1},{"id":2},{"id":3,"na')
    expect(ids(reading)).toEqual(['1', '2'])
    expect(rejected(reading)).toEqual(['3 malformed_json {"id":3,"na'])
    expect(reading.remark).toBe('the array is not closed; the file may have been cut off')
    expect(read('[{"id":1},').remark).toBe(
      'the array is not closed; the file may have been cut off',
    )
  })

  // Each costs itself and nothing else, whether the array is written on one line or not.
  const broken: readonly (readonly [string, string])[] = [
    ['a comma too many', '{"id":9,,"name":"x"}'],
    ['no value', '{"id":}'],
    ['no colon', '{"id" 9}'],
    ['no comma', '{"id":9 "name":"x"}'],
    ['single quotes', "{'id':9}"],
    ['NaN', '{"id":NaN}'],
    ['a bad escape', '{"id":"\\x"}'],
    ['a string that is not closed', '{"id":"x}'],
    ['a key that is not closed', '{"id:9}'],
    ['an object that is not closed', '{"id":9'],
    ['a nested object that is not closed', '{"items":{"a":1,"id":9}'],
    ['an array closed by a brace', '{"items":[1}}'],
    ['an object that lost its brace', '"id":9,"items":[{"id":1},{"id":2}]}'],
    ['a word', 'oops'],
    ['a word with a comma in a string', 'oops "a,b"'],
    ['a nested list of objects in a broken object', '{"id":9 "items":[{"id":8},{"id":7}]}'],
  ]
  describe.each([
    ['on one line', ',', ''],
    ['an element a line', ',\n', ''],
    ['on many lines', ' ,\n', '\n  '],
  ])('%s', (_, comma, space) => {
    test.each(broken)('%s', (__, element) => {
      const good = (id: number): string =>
        `{${space}"id":${space}${id},"items":[{"id":"n"},{"id":"m"}]${space}}`
      const reading = read(
        `[${[good(1), good(2), element, good(3), good(4), good(5)].join(comma)}]`,
      )
      expect(ids(reading)).toEqual(['1', '2', '3', '4', '5'])
      expect(rejected(reading)).toEqual([`3 malformed_json ${element}`])
      expect(lines(reading)).toEqual([1, 2, 4, 5, 6])
    })
  })

  test('an array inside an element that is not closed: layout says where the element ends', () => {
    const reading = read(
      '[\n  {"id":1},\n  {"id":9,"items":[{"id":8},{"id":7},\n  {"id":2},\n  {"id":3}\n]',
    )
    expect(ids(reading)).toEqual(['1', '2', '3'])
    expect(rejected(reading)).toEqual(['2 malformed_json {"id":9,"items":[{"id":8},{"id":7}'])
  })

  test('the same on one line can not be told from an element that has the others inside: all is kept', () => {
    const reading = read('[{"id":1},{"id":9,"items":[{"id":8},{"id":7},{"id":2},{"id":3}]')
    expect(ids(reading)).toEqual(['1'])
    expect(rejected(reading)).toEqual([
      '2 malformed_json {"id":9,"items":[{"id":8},{"id":7},{"id":2},{"id":3}]',
    ])
  })

  test('two broken neighbours are two rejects', () => {
    const reading = read('[{"id":1},{"id":,},{"id":;},{"id":2}]')
    expect(ids(reading)).toEqual(['1', '2'])
    expect(rejected(reading)).toEqual(['2 malformed_json {"id":,}', '3 malformed_json {"id":;}'])
  })

  test('what comes after the array is rejected', () => {
    expect(rejected(read('[{"id":1}] trailing'))).toEqual(['2 malformed_json trailing'])
  })

  test('an element that is too long is rejected with its beginning', () => {
    const long = `{"id":"${'x'.repeat(4 * MAX_RECORD_BYTES)}"}`
    const reading = read(`[{"id":1},${long},{"id":2}]`, { chunks: [256 * 1024] })
    expect(ids(reading)).toEqual(['1', '2'])
    expect(reading.rejects).toHaveLength(1)
    expect(reading.rejects[0]?.text.toString()).toBe(`{"id":"${'x'.repeat(KEPT_OF_OVERLONG - 7)}`)
    expect(reading.rejects[0]?.detail).toMatch(
      /^longer than 16777216 bytes, .* of which the beginning is kept$/,
    )
    expect(reading.recordsRead).toBe(3)
  })

  test.each([
    ['begin lines', '[\n', '{"id":1\n'],
    ['begin lines with brackets', '[\n', '{[\n'],
    ['are on one line', '[', '{"a":{,{"id":1},'],
  ])(
    'elements that are not closed and %s are read in time that grows with the file',
    (_, head, element) => {
      const count = 300_000
      const reading = read(head + element.repeat(count), { chunks: [1 << 18] })
      expect(reading.recordsRead).toBe(reading.rows.length + reading.rejects.length)
      expect(reading.rejects.length).toBeGreaterThanOrEqual(count - 1)
    },
  )

  test('a long element is read', () => {
    const name = 'y'.repeat(MAX_RECORD_BYTES - 100)
    const reading = read(`[{"id":1,"name":"${name}"},{"id":2}]`, { chunks: [256 * 1024] })
    expect(reading.rows[0]?.name).toBe(name)
    expect(ids(reading)).toEqual(['1', '2'])
  })
})

/** A way to damage bytes. */
const damages = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), bit: fc.nat(7) }),
  fc.record({
    kind: fc.constant('cut' as const),
    at: fc.nat(),
    length: fc.integer({ min: 1, max: 40 }),
  }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: fc.nat(),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 6 }),
  }),
  fc.record({
    kind: fc.constant('repeat' as const),
    at: fc.nat(),
    length: fc.integer({ min: 1, max: 60 }),
  }),
  fc.record({ kind: fc.constant('end' as const), at: fc.nat() }),
  fc.record({ kind: fc.constantFrom('latin1' as const, 'utf16' as const), at: fc.nat() }),
)
type Damage = typeof damages extends fc.Arbitrary<infer T> ? T : never

function damage(bytes: Buffer, how: Damage): Buffer {
  const at = bytes.length === 0 ? 0 : how.at % bytes.length
  const before = bytes.subarray(0, at)
  switch (how.kind) {
    case 'flip': {
      const copy = Buffer.from(bytes)
      if (copy.length > 0) copy[at] = (copy[at] ?? 0) ^ (1 << how.bit)
      return copy
    }
    case 'cut':
      return Buffer.concat([before, bytes.subarray(at + how.length)])
    case 'insert':
      return Buffer.concat([before, how.bytes, bytes.subarray(at)])
    case 'repeat':
      return Buffer.concat([before, bytes.subarray(at, at + how.length), bytes.subarray(at)])
    case 'end':
      return Buffer.from(before)
    case 'latin1':
      return Buffer.from(bytes.toString('utf8'), 'latin1')
    case 'utf16':
      return Buffer.concat([
        Buffer.from([0xff, 0xfe]),
        Buffer.from(bytes.toString('utf8'), 'utf16le'),
      ])
  }
}

const texts = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('a, {"id":1}, ', '}]{[', '"\\'),
)
const objects = fc.record(
  {
    id: fc.oneof(fc.integer(), fc.double({ noNaN: true }), texts),
    name: fc.option(texts),
    items: fc.array(fc.record({ id: texts }), { maxLength: 3 }),
    more: fc.jsonValue({ maxDepth: 2 }),
  },
  { requiredKeys: [] },
)
const chunkings = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 4 })

/** What reading lines must give, the slow way. */
function expectedOfLines(bytes: Buffer): { rows: readonly number[]; rejects: readonly string[] } {
  const rows: number[] = []
  const rejects: string[] = []
  const start = bytes.subarray(0, 3).equals(Buffer.from('\ufeff')) ? 3 : 0
  let at = start
  for (let line = 1; at <= bytes.length; line++) {
    const feed = bytes.indexOf(0x0a, at)
    const end = feed < 0 ? bytes.length : feed
    const text = bytes.subarray(at, end)
    at = end + 1
    if (/^[ \t\r]*$/.test(text.toString('latin1'))) continue
    const decoded = text.toString('utf8').replace(/^([ \t\r]*)\ufeff/, '$1')
    let value: unknown
    try {
      value = JSON.parse(decoded)
    } catch {
      rejects.push(`${line} malformed_json ${text.toString('hex')}`)
      continue
    }
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (!isObject) rejects.push(`${line} schema_drift ${text.toString('hex')}`)
    else if (isUtf8(text) && isStorable(decoded)) rows.push(line)
    else rejects.push(`${line} malformed_json ${text.toString('hex')}`)
  }
  return { rows, rejects }
}

/** Without NUL, lone surrogates and huge numbers. */
function isStorable(json: string): boolean {
  const backslashes = json.replaceAll('\\\\', '')
  if (/\\u0000/i.test(backslashes)) return false
  // JSON.stringify writes half a surrogate pair as an escape.
  return !/\\ud[89a-f]/.test(JSON.stringify(JSON.parse(json)))
}

const accounted = (reading: Reading): void => {
  expect(reading.recordsRead).toBe(reading.rows.length + reading.rejects.length)
}

describe('under random damage', () => {
  test('lines: exactly the lines that are JSON objects are loaded, the others are kept byte by byte', () => {
    fc.assert(
      fc.property(
        fc.array(objects, { maxLength: 12 }),
        fc.array(damages, { maxLength: 3 }),
        fc.constantFrom('\n', '\r\n', '\n\n'),
        chunkings,
        (records, how, separator, chunks) => {
          const text = records.map((record) => JSON.stringify(record)).join(separator)
          const bytes = how.reduce(damage, Buffer.from(text, 'utf8'))
          // A damaged exponent may be too large for jsonb, but not for text: tested by itself.
          fc.pre(!/e[+-]?\d{5}/i.test(bytes.toString('latin1')))
          const reading = read(bytes, { format: 'ndjson', chunks })
          accounted(reading)
          const expected = expectedOfLines(bytes)
          expect(
            reading.rejects.map(
              (reject) => `${reject.line} ${reject.reason} ${reject.text.toString('hex')}`,
            ),
          ).toEqual(expected.rejects)
          expect(lines(reading)).toEqual(expected.rows)
        },
      ),
      { numRuns: 1500 },
    )
  })

  test('arrays: the account balances, and it does not matter how the bytes arrive', () => {
    fc.assert(
      fc.property(
        fc.array(objects, { maxLength: 12 }),
        fc.array(damages, { maxLength: 3 }),
        fc.constantFrom(undefined, 1, 2),
        chunkings,
        (records, how, indent, chunks) => {
          const bytes = how.reduce(
            damage,
            Buffer.from(JSON.stringify(records, null, indent), 'utf8'),
          )
          const reading = read(bytes, { chunks })
          accounted(reading)
          expect(reading).toEqual(read(bytes))
        },
      ),
      { numRuns: 1500 },
    )
  })

  test('arrays with elements on lines of their own: a damaged one costs itself, and at most becomes one row', () => {
    const options: ReadingOptions = {
      columns: new Map([
        ['key', 'text'],
        ['payload', 'jsonb'],
      ]),
    }
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 12 }),
        fc.nat(),
        objects,
        damages.filter(
          (how) =>
            how.kind === 'flip' || how.kind === 'insert' || (how.kind === 'cut' && how.length <= 3),
        ),
        fc.constantFrom(undefined, 1),
        (count, which, payload, how, indent) => {
          const elements = Array.from({ length: count }, (_, index) =>
            JSON.stringify({ key: `k${index}`, payload }, null, indent),
          )
          const index = which % count
          // Commas and the brackets of the array stay whole: the damage is inside of one element.
          const damaged = damage(Buffer.from(elements[index] ?? '', 'utf8'), how)
          const bytes = Buffer.concat([
            Buffer.from('[\n'),
            ...elements.flatMap((element, at) => [
              at === index ? damaged : Buffer.from(element),
              Buffer.from(at === count - 1 ? '\n]' : ',\n'),
            ]),
          ])
          const reading = read(bytes, options)
          accounted(reading)
          const keys = reading.rows.map(({ key }) => key)
          const whole = elements.map((_, at) => `k${at}`).filter((_, at) => at !== index)
          const lost = whole.filter((key) => !keys.includes(key))
          expect(lost.length).toBeLessThanOrEqual(1)
          // Whatever is loaded is one of the elements, or the damaged one as far as it is JSON still.
          const invented = keys.filter((key) => !whole.includes(key ?? ''))
          expect(invented.length).toBeLessThanOrEqual(1)
        },
      ),
      // What is plausible is not certain: a cut can make two rows of one. So the cases are fixed.
      { numRuns: 3000, seed: 2 },
    )
  })
})
