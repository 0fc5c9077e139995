import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { withoutTail } from '../../src/sql/statement-end.js'

describe('withoutTail', () => {
  test.each([
    ['select 1', 'select 1'],
    ['select 1 ;\n', 'select 1'],
    ['select 1; -- the end', 'select 1'],
    ['select 1 /* a /* nested */ ; */ ;;', 'select 1'],
    ["select '--'", "select '--'"],
    ["select ';' ; ", "select ';'"],
    ["select E'\\';' -- x", "select E'\\';'"],
    ["select date'2020-01-01';", "select date'2020-01-01'"],
    ['select $$;--$$;', 'select $$;--$$'],
    ['select $x$ $$ ; $x$ ; -- y', 'select $x$ $$ ; $x$'],
    ['select 1 as a$b; --', 'select 1 as a$b'],
    ['select ";" ;', 'select ";"'],
    ['select 1; select 2;', 'select 1; select 2'],
    ['-- only a comment', ''],
  ])('%j', (sql, expected) => {
    expect(withoutTail(sql)).toBe(expected)
  })

  test('is a prefix, and taking the tail off twice changes nothing', () => {
    const piece = fc.constantFrom(
      "'",
      '"',
      '$',
      '$$',
      '--',
      '/*',
      '*/',
      ';',
      '\n',
      ' ',
      'a',
      'E',
      '\\',
      '漢',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const sql = pieces.join('')
        const once = withoutTail(sql)
        expect(sql.startsWith(once)).toBe(true)
        expect(withoutTail(once)).toBe(once)
      }),
      { numRuns: 2000 },
    )
  })
})
