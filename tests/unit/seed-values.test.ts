/** What becomes of a record's values: exactly what was written, or a reject that says why not. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { read, type Row } from './seed-reading.js'

const one = (text: string, options?: Parameters<typeof read>[1]): Row => {
  const { rows, rejects } = read(text, options)
  expect(rejects).toEqual([])
  expect(rows).toHaveLength(1)
  return rows[0] ?? {}
}

const whyNot = (text: string, options?: Parameters<typeof read>[1]): string => {
  const { rows, rejects } = read(text, options)
  expect(rows).toEqual([])
  expect(rejects).toHaveLength(1)
  return `${rejects[0]?.reason ?? ''}: ${rejects[0]?.detail ?? ''}`
}

describe('values of a declared column', () => {
  test.each([
    ['"x"', 'x'],
    ['""', ''],
    ['null', null],
    ['0.10', '0.10'],
    ['-0', '-0'],
    ['1e400', '1e400'],
    ['12345678901234567890', '12345678901234567890'],
    ['1.5E+03', '1.5E+03'],
    ['true', 'true'],
    ['false', 'false'],
    ['{"a": [1, {"b":null}]}', '{"a": [1, {"b":null}]}'],
    ['[ ]', '[ ]'],
    ['"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\/\b\f\n\r\t'],
    ['"\\u00e9\\u20AC\\ud83d\\ude00é€😀"', 'é€😀é€😀'],
    ['{"a":"\\u0000"}', '{"a":"\\u0000"}'],
  ])('%s is stored as %j', (json, stored) => {
    expect(one(`{"id":${json}}`).id).toBe(stored)
  })

  test('jsonb takes the text of the value, a JSON null is NULL', () => {
    expect(one('{"items":[1.50, "a\\nb"]}').items).toBe('[1.50, "a\\nb"]')
    expect(one('{"items":"a"}').items).toBe('"a"')
    expect(one('{"items":null}').items).toBeNull()
  })

  test.each([
    [
      '{"id":"a\\u0000b"}',
      'malformed_json: the value of "id" has a NUL character (\\u0000), which PostgreSQL cannot store',
    ],
    [
      '{"id":"\\ud83d"}',
      'malformed_json: the value of "id" has half a surrogate pair, which is no character',
    ],
    [
      '{"id":"\\ude00\\ud83d"}',
      'malformed_json: the value of "id" has half a surrogate pair, which is no character',
    ],
    [
      '{"items":{"a\\u0000":1}}',
      'malformed_json: the value of "items" has a NUL character (\\u0000), which PostgreSQL cannot store',
    ],
    [
      '{"items":[1e200000]}',
      'malformed_json: the value of "items" has a number too large for jsonb',
    ],
    [
      '{"other":[1e-99999]}',
      'malformed_json: an undeclared field has a number too large for jsonb',
    ],
    [
      '{"other\\ud83d":1}',
      'malformed_json: an undeclared field has half a surrogate pair, which is no character',
    ],
    [
      `{"id":${'['.repeat(1001)}${']'.repeat(1001)}}`,
      'malformed_json: nested deeper than 1000 levels at byte 1007 of the line',
    ],
  ])('%s is rejected', (line, why) => {
    expect(whyNot(line)).toBe(why)
  })

  test('1000 levels of nesting are read', () => {
    const deep = `${'['.repeat(1000)}${']'.repeat(1000)}`
    expect(one(`{"items":${deep}}`).items).toBe(deep)
  })
})

describe('keys', () => {
  test('what is not declared is kept in _extra as it was written; nothing is NULL', () => {
    const row = one('{"zz": 1.0, "id": 1, "né\\"w" :{"a":[]}, "empty":null}')
    expect(row._extra).toBe('{"zz":1.0,"né\\"w":{"a":[]},"empty":null}')
    expect(one('{"id":1}')._extra).toBeNull()
  })

  test('a key that is there twice has its last value', () => {
    expect(one('{"id":1,"id":2}').id).toBe('2')
    expect(one('{"id":1,"id":null}').id).toBeNull()
  })

  test('a key may be written with escapes', () => {
    expect(one('{"\\u0069d":5}')).toMatchObject({ id: '5', _extra: null })
  })

  test('an alias fills its column; a second value is kept in _extra under its own key', () => {
    const options = { aliases: { clientId: 'id', client_id: 'id' } }
    expect(one('{"clientId":"a"}', options)).toMatchObject({ id: 'a', _extra: null })
    expect(one('{"id":null,"client_id":"b"}', options)).toMatchObject({ id: 'b', _extra: null })
    expect(one('{"client_id":"b","clientId":"a","id":"c"}', options)).toMatchObject({
      id: 'c',
      _extra: '{"clientId":"a","client_id":"b"}',
    })
  })

  test('names that objects have from their prototype are ordinary keys', () => {
    const row = one('{"__proto__":1,"constructor":2,"hasOwnProperty":3}', {
      columns: new Map([['constructor', 'text']]),
    })
    expect(row).toMatchObject({ constructor: '2', _extra: '{"__proto__":1,"hasOwnProperty":3}' })
  })

  test('an empty object is a row of NULLs', () => {
    expect(one('{ }')).toEqual({
      id: null,
      name: null,
      items: null,
      _extra: null,
      _file: 'a.json',
      _line: '1',
      _load_id: '7',
    })
  })
})

/** JSON texts with odd spacing, escapes and numbers, and damaged ones. */
const jsonTexts = fc
  .tuple(
    fc.json({ depthSize: 'medium' }),
    fc.constantFrom('', ' ', '\t', '\r'),
    fc.option(
      fc.record({
        at: fc.nat(),
        put: fc.constantFrom(
          '',
          '"',
          '\\',
          '{',
          '}',
          '[',
          ']',
          ',',
          ':',
          '0',
          'e',
          '-',
          '\u0001',
          'é',
          '\\u12',
          '\\ud800',
        ),
      }),
      { freq: 2 },
    ),
  )
  .map(([json, space, damage]) => {
    const spaced = json.replaceAll(',', `${space},${space}`).replaceAll('\n', '')
    if (damage === null) return spaced
    const at = damage.at % (spaced.length + 1)
    return spaced.slice(0, at) + damage.put + spaced.slice(at + 1)
  })
  .filter(
    (text) => text.trim() !== '' && !text.includes('\n') && Buffer.from(text).toString() === text,
  )

const parse = (text: string): { readonly value: unknown } | null => {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return null
  }
}

describe('against JSON.parse', () => {
  test('the same texts are read, with the same values', () => {
    fc.assert(
      fc.property(jsonTexts, (text) => {
        const line = `{"id": ${text},"more":${text}}`
        const expected = parse(line) as { value: { id: unknown; more: unknown } } | null
        const { rows, rejects } = read(line, { format: 'ndjson' })
        expect(rows.length + rejects.length).toBe(1)
        if (expected === null) {
          expect(rows).toEqual([])
          expect(rejects[0]?.text.toString()).toBe(line)
          return
        }
        // What JSON can say and PostgreSQL can't hold is rejected, with that reason.
        if (rejects.length > 0) {
          expect(rejects[0]?.detail).toMatch(/NUL character|surrogate|too large/)
          expect(line).toMatch(/\\u|e/i)
          return
        }
        const { id, more } = expected.value
        const row = rows[0] ?? {}
        if (id === null) expect(row.id).toBeNull()
        else if (typeof id === 'string') expect(row.id).toBe(id)
        else expect(JSON.parse(row.id ?? '')).toEqual(id)
        if (Object.keys(expected.value).length === 2 && 'more' in expected.value) {
          expect(JSON.parse(row._extra ?? '')).toEqual({ more })
        }
      }),
      { numRuns: 2000 },
    )
  })
})
