import { describe, expect, test } from 'vitest'
import { changedWithoutSchema, changesData } from '../../src/validate/changed-relations.js'
import { readStatement } from '../../src/validate/user-statement.js'

describe('readStatement', () => {
  test.each([
    'select 1',
    '-- why\n(select 1) union select 2',
    'WITH a AS (select 1) insert into t select * from a',
    'values (1)',
    'table t',
    'insert into t values (1)',
    'update t set a = 1',
    'delete from t',
    'merge into t using u on true when matched then delete',
    'select extract(year from (select 1 into_the_wild))',
  ])('%j can be analysed', (sql) => {
    expect(readStatement(sql)).toEqual({ kind: 'analysable' })
  })

  test.each([
    ['do $$ begin end $$', 'do'],
    ['call p()', 'call'],
    ['select 1 as a into t', 'select into'],
    ['create index i on t (a)', 'create index'],
    ['create unique index i on t (a)', 'create index'],
    ['create or replace function f() returns int language sql return 1', 'create function'],
    ['alter table t add a int', 'alter table'],
    ['refresh materialized view v', 'refresh materialized'],
    ['set local work_mem = 1', 'set'],
    ['drop table t', 'drop table'],
    ['create table t of kind', 'create table'],
    ['create table t partition of p for values in (1)', 'create table'],
    ['create table t (a int) inherits (p)', 'create table'],
    ['create table t as execute q', 'create table'],
    ['create recursive view v (n) as select 1', 'create recursive'],
  ])('%j is only executed: %s', (sql, what) => {
    expect(readStatement(sql)).toEqual({ kind: 'other', what })
  })

  test.each([
    ['create table t as select 1 as a', null, 't', 'query', 'select 1 as a', null],
    [
      'create temp table if not exists T (b, c) on commit drop as (select 1, 2)',
      null,
      't',
      'query',
      '(select 1, 2)',
      'b, c',
    ],
    [
      'create unlogged table s."T" with (fillfactor = 70) as values (1) with no data',
      's',
      'T',
      'query',
      'values (1)',
      null,
    ],
    [
      'create or replace temporary view v as select 1 with local check option',
      null,
      'v',
      'query',
      'select 1',
      null,
    ],
    [
      'create materialized view s.v as select x as y with data',
      's',
      'v',
      'query',
      'select x as y',
      null,
    ],
    [
      'create table s.t (a int generated always as (1) stored, primary key (a)) partition by range (a)',
      's',
      't',
      'columns',
      'a int generated always as (1) stored, primary key (a)',
      null,
    ],
  ])('%j makes a relation', (sql, schema, name, kind, body, columnNames) => {
    const statement = readStatement(sql)
    if (statement.kind !== 'create') throw new Error(statement.kind)
    expect(statement.name).toEqual({ schema, name })
    expect(statement.ifNotExists).toBe(sql.includes('if not exists'))
    expect(statement.body.kind).toBe(kind)
    expect(sql.slice(statement.body.start, statement.body.end)).toBe(body)
    const names = statement.columnNames
    expect(names === null ? null : sql.slice(names.start, names.end)).toBe(columnNames)
  })
})

test.each<[string, readonly string[]]>([
  ['insert into t select 1', ['t']],
  ['insert into s.t select 1', []],
  ['with a as (delete from only "T" returning 1) update x set b = 1', ['T', 'x']],
  [
    'merge into t using u on true when matched then update set a = 1 when not matched then insert (a) values (1)',
    ['t'],
  ],
  ['insert into s.t values (1) on conflict (a) do update set a = 1', []],
  ['select 1 from t for update', []],
  ['select 1 from t for no key update of t', []],
  ["select 'insert into t'", []],
])('what %j changes without naming a schema', (sql, names) => {
  expect(changedWithoutSchema(sql)).toEqual(names)
})

test('changesData', () => {
  expect(changesData('with a as (insert into s.t values (1) returning 1) select * from a')).toBe(
    true,
  )
  expect(changesData('select update from t for update')).toBe(false)
})
