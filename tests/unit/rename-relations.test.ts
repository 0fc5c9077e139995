import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  countMentions,
  oldOffset,
  redirectRelations,
  renameRelations,
  withoutOwnAliases,
} from '../../src/sql/rename-relations.js'
import type { NewName } from '../../src/sql/rename-relations.js'
import { tokensOf } from '../../src/sql/tokens.js'

const toShadow: NewName = ({ schema, name }) =>
  schema === 's' && name === 't' ? { schema: 's', name: 'new' } : undefined

describe('redirectRelations', () => {
  test.each([
    ['select t.a from s.t', 'select t.a from "s"."new" as "t"'],
    ['SELECT t.a FROM s.t WHERE true', 'SELECT t.a FROM "s"."new" as "t" WHERE true'],
    ['select x.a from s.t x', 'select x.a from "s"."new" x'],
    ['select x.a from "s"."t" as x', 'select x.a from "s"."new" as x'],
    ['select x.a from s.t "where"', 'select x.a from "s"."new" "where"'],
    ['select s.t.a from s.t', 'select "t".a from "s"."new" as "t"'],
    ['select "s"."t".* from "s"."t"', 'select "t".* from "s"."new" as "t"'],
    ['select 1 from (s.t join s.u on true)', 'select 1 from ("s"."new" as "t" join s.u on true)'],
    ['select 1 from s.u, s.t', 'select 1 from s.u, "s"."new" as "t"'],
    ['select 1 from s.u cross join s.t;', 'select 1 from s.u cross join "s"."new" as "t";'],
    ['select null::s.t', 'select null::"s"."new"'],
    ["select 's.t', $$ from s.t $$ -- s.t", "select 's.t', $$ from s.t $$ -- s.t"],
    ['select 1 from x.s.t', 'select 1 from x.s.t'],
    ['select 1 from s . t', 'select 1 from "s"."new" as "t"'],
    ['select 1 from S.T', 'select 1 from "s"."new" as "t"'],
    ['select 1 from "S"."T"', 'select 1 from "S"."T"'],
    ['insert into s.t (a) select 1', 'insert into "s"."new" as "t" (a) select 1'],
    ['insert into s.t select t.a from s.u t', 'insert into "s"."new" as "t" select t.a from s.u t'],
    ['insert into s.t values (1)', 'insert into "s"."new" as "t" values (1)'],
    ['insert into s.t as known (a)', 'insert into "s"."new" as known (a)'],
    ['update s.t set a = t.a + 1', 'update "s"."new" as "t" set a = t.a + 1'],
    ['merge into s.t using s.u u on true', 'merge into "s"."new" as "t" using s.u u on true'],
    [
      'select 1 from s.t tablesample system (1)',
      'select 1 from "s"."new" as "t" tablesample system (1)',
    ],
  ])('%s', (before, after) => {
    expect(redirectRelations(before, toShadow).sql).toBe(after)
  })
})

test('renameRelations adds no alias', () => {
  expect(renameRelations('CREATE TRIGGER x BEFORE INSERT ON s.t FOR EACH ROW', toShadow)).toBe(
    'CREATE TRIGGER x BEFORE INSERT ON "s"."new" FOR EACH ROW',
  )
})

test('withoutOwnAliases', () => {
  expect(
    withoutOwnAliases('SELECT t.a FROM (s.t t JOIN s.u x ON true), "S"."T" "T" WHERE s.t = 1'),
  ).toBe('SELECT t.a FROM (s.t JOIN s.u x ON true), "S"."T" WHERE s.t = 1')
})

test('countMentions', () => {
  const sql = `select "s"."t".*, 's.t' from s.t -- s.t\nwhere id in (select id from s.t)`
  expect(countMentions(sql, { schema: 's', name: 't' })).toBe(3)
})

test('an offset in the new text is found in the old one', () => {
  const sql = 'select missing from s.t where alsomissing and s.t.x'
  const renamed = redirectRelations(sql, toShadow)
  for (const word of ['missing', 'where', 'alsomissing', 'x'])
    expect(oldOffset(renamed, renamed.sql.indexOf(word))).toBe(sql.indexOf(word))
  expect(oldOffset(renamed, renamed.sql.indexOf('"new"'))).toBe(sql.indexOf('s.t'))
})

test('tokens have no gaps, whatever the text', () => {
  const piece = fc.constantFrom(`'`, '"', '$', '$a$', '--', '/*', '*/', ';', '\n', 'E', '\\', '1.5')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const sql = pieces.join('')
      let at = 0
      for (const token of tokensOf(sql)) {
        expect(token.start).toBe(at)
        expect(token.end).toBeGreaterThan(at)
        at = token.end
      }
      expect(at).toBe(sql.length)
    }),
    { numRuns: 2000 },
  )
})
