import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findUnsound, splitStatements } from '../../src/sql/split-statements.js'

describe('splitStatements', () => {
  test.each<[string, readonly string[]]>([
    ['select 1', ['select 1']],
    [' select 1 ; -- one\n select 2;;', ['select 1', 'select 2']],
    [
      "select ';'; select $$;$$; select 1 /* ; */ + 1",
      ["select ';'", 'select $$;$$', 'select 1 /* ; */ + 1'],
    ],
    [
      'create rule r as on insert to t do (select 1; select 2); select 3',
      ['create rule r as on insert to t do (select 1; select 2)', 'select 3'],
    ],
    [
      'create function f() begin atomic; select case when true then 1 end; end; select 3',
      ['create function f() begin atomic; select case when true then 1 end; end', 'select 3'],
    ],
    ['begin; select 1; end', ['begin', 'select 1', 'end']],
    ['select 1); select 2', ['select 1)', 'select 2']],
    ['-- nothing', []],
  ])('%j', (sql, expected) => {
    expect(splitStatements(sql).map(({ text }) => text)).toEqual(expected)
  })

  test('every statement stands where it says', () => {
    const piece = fc.constantFrom("'", '"', '$$', ';', '(', ')', '--', '\n', '/*', '*/', 'a', ' ')
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const sql = pieces.join('')
        for (const { text, start } of splitStatements(sql))
          expect(sql.slice(start, start + text.length)).toBe(text)
      }),
    )
  })
})

describe('findUnsound', () => {
  test.each([
    'select 1',
    "select '(' || ')' -- )",
    'select (1) /* ) */',
    'select $a$ ) $a$',
    '',
    '-- x',
  ])('%j is sound', (sql) => {
    expect(findUnsound(sql)).toBeNull()
  })

  test.each([
    ['select 1)', 'syntax error at or near ")"', 8],
    ['select (1)) + (2', 'syntax error at or near ")"', 10],
    ["select 'a", 'unterminated quoted string', 7],
    ["select E'a\\'", 'unterminated quoted string', 7],
    ['select "a', 'unterminated quoted identifier', 7],
    ['select $x$ a $$', 'unterminated dollar-quoted string', 7],
    ['select 1 /* /* */', 'unterminated /* comment', 9],
  ])('%j: %s', (sql, message, offset) => {
    expect(findUnsound(sql)).toEqual({ message, offset })
  })
})
