/** The typed dry run on a real database: what it finds, and that it disturbs nobody. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Action, DeclarationAction, LoadAction, UnitTest } from '../../src/graph/types.js'
import { openDatabase } from '../../src/postgres/pool.js'
import { Batch } from '../../src/validate/batch.js'
import { analysis } from '../../src/validate/checked-statement.js'
import type { SeedSource } from '../../src/seed/declaration.js'
import { assertion, operations, storage, table, target, view } from '../support/actions.js'
import { createTestDatabase } from '../support/database.js'
import type { TestDatabase } from '../support/database.js'
import { notCheckedOf, problemsOf, remarksOf, validateActions } from '../support/validate.js'
import type { ValidateActionsOptions } from '../support/validate.js'

let db: TestDatabase
beforeEach(async () => {
  db = await createTestDatabase()
})
afterEach(async () => {
  await db.drop()
})

const validate = (actions: readonly Action[], options?: ValidateActionsOptions) =>
  validateActions(db.database, actions, options)

const dependsOn = (...keys: readonly string[]) => ({ dependencies: keys.map(target) })

function declaration(key: string): DeclarationAction {
  const { type: _, query: __, preOps: ___, postOps: ____, storage: _____, ...base } = table(key)
  return { ...base, type: 'declaration' }
}

const CATALOG = `
select 'class' as what, oid::text, relname::text as name, xmin::text as version from pg_class
union all select 'schema', oid::text, nspname::text, xmin::text from pg_namespace
union all select 'type', oid::text, typname::text, xmin::text from pg_type
union all select 'depend', objid::text, refobjid::text, xmin::text from pg_depend
order by 1, 2, 3`

describe('a typed dry run', () => {
  test('finds nothing wrong with a sound project, and leaves nothing behind', async () => {
    await db.rows('create schema s; create table s.old as select 1 as id')
    const before = await db.rows(CATALOG)
    const report = await validate([
      declaration('s.old'),
      table('dw.a', { query: 'select id, now() as at from s.old', ...dependsOn('s.old') }),
      view('dw.b', {
        query: 'select b.id from dw.a b where dw.b.id > 0 or b.at is null'.replace('dw.b.', 'b.'),
        ...dependsOn('dw.a'),
      }),
      view('dw.m', { materialized: true, query: 'select a.id from dw.a', ...dependsOn('dw.a') }),
      assertion('checks.c', { query: 'select * from dw.b where id < 0', ...dependsOn('dw.b') }),
    ])
    expect(report).toMatchObject({ problems: [], remarks: [], changes: [], notChecked: [] })
    expect(report.created).toEqual([
      { relation: 'dw.a', kind: 'table' },
      { relation: 'dw.b', kind: 'view' },
      { relation: 'dw.m', kind: 'materialized view' },
    ])
    expect(report).toMatchObject({ actions: 5, tests: 0, unchanged: 0 })
    expect(await db.rows(CATALOG)).toEqual(before)
  })

  test('leaves nothing behind in its connection either', async () => {
    await db.database.withSession(async (session) => {
      const { validateGraph } = await import('../../src/validate/validate-graph.js')
      const actions = [table('dw.a'), assertion('c.c'), assertion('c.d', { query: 'select nix' })]
      const input = { projectDir: '.', chosen: actions, tests: [], sources: [], fullRefresh: false }
      await validateGraph(session, { ...input, graph: { actions, tests: [], vars: {} } })
      expect(session.isInTransaction).toBe(false)
      const { rows } = await session.query(
        `select (select count(*) from pg_prepared_statements)::int as prepared,
                (select count(*) from pg_locks where pid = pg_backend_pid() and locktype = 'relation'
                   and relation >= 16384)::int as locks,
                current_setting('lock_timeout') as timeout`,
      )
      expect(rows).toEqual([{ prepared: 0, locks: 0, timeout: '0' }])
    })
  })

  test('names what is wrong, with its place, and what could not be checked because of it', async () => {
    const report = await validate([
      table('dw.a', { query: "select 'ä' as x,\n  amuont from (select 1 as amount) q" }),
      table('dw.b', { query: 'select x from dw.a', ...dependsOn('dw.a') }),
      view('dw.c', { query: 'select x from dw.b', ...dependsOn('dw.b') }),
      assertion('checks.d', { query: 'select x from dw.c', ...dependsOn('dw.c') }),
      view('dw.e', { query: 'select now() + true as y' }),
    ])
    expect(report.problems).toMatchObject([
      {
        kind: 'sql',
        about: 'dw.a',
        message: 'column "amuont" does not exist',
        sqlstate: '42703',
        hint: 'Perhaps you meant to reference the column "q.amount".',
        at: { file: 'definitions/a.sqlx', column: 3, text: '  amuont from (select 1 as amount) q' },
      },
      { about: 'dw.e', sqlstate: '42883', at: { column: 14 } },
    ])
    expect(notCheckedOf(report)).toEqual([
      'dw.b: because of dw.a',
      'dw.c: because of dw.a',
      'checks.d: because of dw.a',
    ])
    expect(report.created).toEqual([])
  })

  test('lets a relation that exists stand in for one that can not be made', async () => {
    await db.rows('create schema dw; create table dw.a (id int, name text)')
    const report = await validate([
      table('dw.a', { query: 'select id, name, newly from (select 1 as id, 2 as name) q' }),
      table('dw.good', { query: 'select id from dw.a', ...dependsOn('dw.a') }),
      table('dw.new', { query: 'select newly from dw.a', ...dependsOn('dw.a') }),
      table('dw.typed', { query: 'select name + 1 as n from dw.a', ...dependsOn('dw.a') }),
      table('dw.typo', { query: 'select idd from dw.a', ...dependsOn('dw.a') }),
      table('dw.later', { query: 'select idd from dw.good', ...dependsOn('dw.good') }),
    ])
    expect(problemsOf(report)).toEqual([
      'dw.a: column "newly" does not exist',
      'dw.later: column "idd" does not exist',
      'dw.typo: column "idd" does not exist',
    ])
    // These may be right once dw.a is.
    expect(notCheckedOf(report)).toEqual(['dw.new: because of dw.a', 'dw.typed: because of dw.a'])
    expect(report.changes).toEqual([])
  })

  test('takes nothing for known of what a query with a star would give', async () => {
    await db.rows('create schema dw; create table dw.a (id int); create table dw.c (gone int)')
    const report = await validate([
      table('dw.a', { query: 'select *, nix from (select 1 as id, 2 as other) q' }),
      table('dw.b', { query: 'select other from dw.a', ...dependsOn('dw.a') }),
      table('dw.c', { query: 'select * from dw.a', ...dependsOn('dw.a') }),
    ])
    expect(problemsOf(report)).toEqual(['dw.a: column "nix" does not exist'])
    expect(notCheckedOf(report)).toEqual(['dw.b: because of dw.a'])
    // Nor is it said what would change.
    expect(report).toMatchObject({ changes: [], unchanged: 0 })
  })

  test('an error is excused by what its own statement reads, and by nothing else', async () => {
    await db.rows('create schema dw; create table dw.a (id int)')
    const report = await validate([
      table('dw.a', { query: 'select *, nix from (select 1 as id) q' }),
      table('dw.ok', { query: 'select 1 as id' }),
      table('dw.b', {
        preOps: ['create temp table x as select wrong from dw.ok'],
        query: 'select a.id from dw.a',
        ...dependsOn('dw.a', 'dw.ok'),
      }),
      table('dw.c', {
        preOps: ['create temp table x as select * from dw.a'],
        query: 'select newly from x',
        ...dependsOn('dw.a'),
      }),
      operations('dw.d', {
        statements: [
          'create table dw.side as select * from dw.ok',
          'select wrong from dw.side, dw.ok',
          'select id from dw.a',
        ],
        ...dependsOn('dw.a', 'dw.ok'),
      }),
    ])
    expect(problemsOf(report)).toEqual([
      'dw.a: column "nix" does not exist',
      'dw.b: column "wrong" does not exist',
      'dw.d: column "wrong" does not exist',
    ])
    expect(notCheckedOf(report)).toEqual(['dw.c: because of dw.a'])
  })

  test('finds every one of many errors among many good ones, with and without a place', async () => {
    const wrong = new Map([
      [7, 'select nix'],
      [8, 'select 1 as a, 2 as a'], // no position
      [60, 'select 1 as a frm b'],
      [61, "select 'never ends as a"],
      [62, 'select (1 as a'],
      [130, 'select nix'],
      [131, 'select 1 as b, 2 as b'],
      [132, 'select 1 as a; select 2 as b'],
      [149, '/* never ends select 1 as a'],
    ])
    const actions = Array.from({ length: 150 }, (_, i) =>
      table(`dw.t${String(i).padStart(3, '0')}`, { query: wrong.get(i) ?? 'select 1 as a' }),
    )
    const report = await validate(actions)
    expect(
      report.problems.map(({ about, message, sqlstate }) => [about, message, sqlstate]),
    ).toEqual([
      ['dw.t007', 'column "nix" does not exist', '42703'],
      ['dw.t008', 'column "a" specified more than once', '42701'],
      ['dw.t060', 'syntax error at or near "frm"', '42601'],
      ['dw.t061', 'unterminated quoted string', '42601'],
      ['dw.t062', 'syntax error at or near "as"', '42601'],
      ['dw.t130', 'column "nix" does not exist', '42703'],
      ['dw.t131', 'column "b" specified more than once', '42701'],
      ['dw.t132', 'syntax error at or near ";"', '42601'],
      ['dw.t149', 'unterminated /* comment', '42601'],
    ])
    expect(report.created).toHaveLength(141)
  })

  test('never sends what would end the parentheses around it', async () => {
    const evil = (table: string) =>
      `select 1 as id) with no data; create table public.${table} (id int); prepare x as (select 1 as id`
    const report = await validate([
      table('dw.a', { query: evil('evil_1') }),
      assertion('dw.b', { query: evil('evil_2') }),
      view('dw.c', {
        query: 'select 1 as id',
        preOps: [`create temp table x as ${evil('evil_3')}`],
      }),
    ])
    expect(report.problems.map(({ about, message, at }) => [about, message, at.column])).toEqual([
      ['dw.a', 'syntax error at or near ")"', 15],
      ['dw.b', 'syntax error at or near ")"', 15],
      ['dw.c', 'syntax error at or near ")"', 38],
    ])
    expect(await db.rows(`select relname from pg_class where relname like 'evil%'`)).toEqual([])
  })

  test('what is only analysed could not write anything, whatever the text is', async () => {
    await db.database.withSession(async (session) => {
      await session.query('begin')
      const batch = new Batch(session)
      await batch.open()
      const whole = 'select 1; create table public.evil (id int)'
      const redirected = { sql: whole, exchanges: [], mentions: new Set<string>() }
      const result = await batch.run({ statements: [analysis({ whole, start: 0, redirected })] })
      expect(result).toMatchObject({ ok: false, error: { sqlstate: '25006' } })
      // The transaction goes on, and may write.
      expect(await batch.run({ statements: [{ sql: 'create table public.x ()' }] })).toMatchObject({
        ok: true,
      })
      await session.query('rollback')
    })
  })

  test('checks names that are cut, and names with quotes in them', async () => {
    const long = 'a'.repeat(50)
    const report = await validate([
      table(`${long}.${long}1`, { query: 'select 1 as "Qu""oted"' }),
      table(`${long}.${long}2`, { query: 'select 2 as id' }),
      table('dw.b', {
        query: `select "Qu""oted", id from "${long}"."${long}1", ${long}.${long}2`,
        ...dependsOn(`${long}.${long}1`, `${long}.${long}2`),
      }),
    ])
    expect(problemsOf(report)).toEqual([])
    expect(report.created).toHaveLength(3)
  })

  test('a query that changes data in its WITH is checked, and nothing is changed', async () => {
    await db.rows('create schema s; create table s.log as select 1 as id')
    const query = 'with gone as (delete from s.log returning id) select id, idd from gone'
    const report = await validate([
      declaration('s.log'),
      table('dw.a', { query: query.replace(', idd', ''), ...dependsOn('s.log') }),
      table('dw.b', { query, ...dependsOn('s.log') }),
    ])
    expect(problemsOf(report)).toEqual(['dw.b: column "idd" does not exist'])
    expect(await db.rows('select id from s.log')).toEqual([{ id: 1 }])
  })

  test('a table may read what it was before', async () => {
    await db.rows('create schema dw; create table dw.a (id int, gone text)')
    const report = await validate([
      table('dw.a', { query: 'select id, length(gone) as n from dw.a' }),
      table('dw.b', { query: 'select id from dw.b' }),
    ])
    expect(problemsOf(report)).toEqual(['dw.b: relation "dw.b" does not exist'])
    expect(report.changes).toMatchObject([
      { relation: 'dw.a', added: [{ name: 'n', type: 'integer' }], removed: [{ name: 'gone' }] },
    ])
  })

  test('what is read without being a dependency is known, unless it comes later', async () => {
    const report = await validate([
      table('dw.a', { query: 'select id from dw.b' }),
      table('dw.b', { query: 'select 1 as id' }),
      table('dw.c', { query: 'select id from dw.d' }),
      table('dw.d', { query: 'select id from dw.c', ...dependsOn('dw.c') }),
    ])
    expect(problemsOf(report)).toEqual([])
    expect(notCheckedOf(report)).toEqual([
      'dw.c: dw.c reads dw.d, which comes after it',
      'dw.d: dw.c reads dw.d, which comes after it',
    ])
  })

  test('whole rows are columns too, and may not be given to functions', async () => {
    await db.rows(
      `create schema dw; create table dw.a (id int); create table dw.b as select a as row, array[a] as rows from dw.a;
       create function dw.f(dw.a) returns int language sql return 1`,
    )
    const report = await validate([
      table('dw.a', { query: 'select 1 as id' }),
      table('dw.b', {
        query: 'select a as row, array[a] as rows, (a).id from dw.a',
        ...dependsOn('dw.a'),
      }),
      table('dw.c', {
        query: 'select (b.row).id, (b.rows)[1].nix from dw.b',
        ...dependsOn('dw.b'),
      }),
      table('dw.d', { query: 'select dw.f(a) as id from dw.a', ...dependsOn('dw.a') }),
    ])
    expect(problemsOf(report)).toEqual(['dw.c: column "nix" not found in data type "dw.a"'])
    expect(notCheckedOf(report)).toEqual(['dw.d: it gives whole rows of a table to a function'])
    expect(report.changes).toMatchObject([
      { relation: 'dw.b', added: [{ name: 'id' }], removed: [], retyped: [] },
    ])
  })

  test('a relation in a literal is looked up in the database, where it need not be yet', async () => {
    const report = await validate([
      table('dw.a', {
        query: `select pg_relation_size('dw.b') as size, 'pg_class'::regclass as c`,
      }),
      table('dw.b'),
    ])
    expect(problemsOf(report)).toEqual([])
    expect(notCheckedOf(report)).toEqual(['dw.a: it names a relation in a literal'])
  })

  test('a query may give no column at all', async () => {
    const report = await validate([
      table('dw.a', { query: 'select' }),
      table('dw.b', { query: 'select id from dw.a', ...dependsOn('dw.a') }),
    ])
    expect(problemsOf(report)).toEqual(['dw.b: column "id" does not exist'])
  })

  test('a column named like one of the system is no column of a table', async () => {
    const query = 'select 1 as ctid'
    const report = await validate([table('dw.a', { query }), view('dw.b', { query })])
    expect(problemsOf(report)).toEqual(['dw.a: the column name "ctid" is one of the system\'s own'])
  })
})

describe('locks and rights', () => {
  test('it waits for nobody, not even where somebody has locked everything', async () => {
    await db.rows(
      `create schema s; create table s.src (id int primary key, at timestamptz); create view s.v as select * from s.src;
       create table s.elsewhere (id int); create schema dw; create table dw.a (id int); create view dw.v as select id from dw.a`,
    )
    const actions = [
      declaration('s.src'),
      declaration('s.v'),
      table('dw.a', {
        query: 'select s.src.id, v.at, x.idd from s.src, s.v, s.elsewhere x',
        ...dependsOn('s.src', 's.v'),
      }),
      view('dw.v', { query: 'select id from dw.a', ...dependsOn('dw.a') }),
      operations('dw.op', { statements: ['insert into s.elsewhere select id from dw.a'] }),
    ]
    await db.database.withSession(async (session) => {
      await session.query(
        'begin; lock table s.src, s.elsewhere, dw.a, s.v, dw.v in access exclusive mode',
      )
      const report = await validate(actions)
      await session.query('rollback')
      expect(problemsOf(report)).toEqual(['dw.a: column x.idd does not exist'])
      expect(notCheckedOf(report)).toEqual([])
    })
  })

  test('what is locked and named without its schema is not checked', async () => {
    await db.rows('create table public.plain (id int)')
    await db.database.withSession(async (session) => {
      await session.query('begin; lock table public.plain in access exclusive mode')
      const report = await validate([table('dw.a', { query: 'select id from plain' })])
      await session.query('rollback')
      expect(problemsOf(report)).toEqual([])
      expect(notCheckedOf(report)).toEqual([
        'dw.a: somebody else has locked a relation that it reads',
      ])
    })
  })

  test('a role needs nothing but TEMPORARY on the database', async () => {
    await db.rows(
      `create schema s; create table s.src (id int); create schema dw; create table dw.a (id bigint)`,
    )
    const role = `validator_${db.settings.database}`
    await db.rows(`create role ${role} login password 'x'; revoke all on database ${db.settings.database} from public;
      grant connect, temporary on database ${db.settings.database} to ${role}`)
    const limited = openDatabase(
      { ...db.settings, user: role, password: 'x' },
      { maxConnections: 1 },
    )
    const actions = [
      declaration('s.src'),
      table('dw.a', { query: 'select id from s.src', ...dependsOn('s.src') }),
    ]
    try {
      const report = await validateActions(limited, actions)
      expect(problemsOf(report)).toEqual([])
      expect(report.changes).toMatchObject([{ retyped: [{ from: 'bigint', to: 'integer' }] }])
      await db.rows(`revoke temporary on database ${db.settings.database} from ${role}`)
      await expect(validateActions(limited, actions)).rejects.toMatchObject({
        name: 'CommandError',
        exitCode: 1,
        message: `the role "${role}" may not make temporary tables in the database "${db.settings.database}"`,
      })
    } finally {
      await limited.close()
      await db.rows(`drop owned by ${role}; drop role ${role}`)
    }
  })
})

describe('sources', () => {
  const SOURCE: SeedSource = {
    name: 'clicks',
    description: '',
    paths: ['clicks/*.json'],
    format: 'json',
    target: target('raw.clicks'),
    columns: [
      { name: 'user_id', type: 'text', description: '' },
      { name: 'payload', type: 'jsonb', description: '' },
    ],
    aliases: {},
    mode: 'append',
    root: 'data',
    csv: {},
    tags: [],
    line: 3,
  }
  const load: LoadAction = { ...declaration('raw.clicks'), type: 'load', source: 'clicks' }
  const options = { sources: [SOURCE] }
  const reader = (columns: string): Action =>
    table('dw.a', { query: `select ${columns} from raw.clicks`, ...dependsOn('raw.clicks') })

  test('a declared relation has the columns that it has, types, collations and key included', async () => {
    await db.rows(
      `create schema s; create type s.mood as enum ('good'); create domain s.day as date;
       create table s.src (id int, code varchar(3), c text collate "C", d text collate "POSIX", mood s.mood, day s.day, list numeric(5, 2)[], primary key (id, code));
       create table s.copy as select * from s.src;
       create view s.v as select id from s.src`,
    )
    const report = await validate([
      declaration('s.src'),
      declaration('s.v'),
      table('s.copy', { query: 'select * from s.src', ...dependsOn('s.src') }),
      view('dw.b', {
        query: `select src.*, count(*) as n from s.src join s.v using (id) group by src.id, src.code having c < 'a' collate "C"`,
        ...dependsOn('s.src', 's.v'),
      }),
      view('dw.e', { query: 'select id from s.v group by code', ...dependsOn('s.v') }),
      view('dw.f', { query: 'select c || d as both from s.copy', ...dependsOn('s.copy') }),
    ])
    expect(problemsOf(report)).toEqual([
      'dw.e: column "code" does not exist',
      'dw.f: could not determine which collation to use for view column "both"',
    ])
    expect(report).toMatchObject({ unchanged: 1, changes: [] })
  })

  test('one that does not exist is a problem if it is read', async () => {
    await db.rows('create schema s; create table s.customers (id int)')
    const report = await validate([
      declaration('s.customer'),
      declaration('s.unread'),
      table('dw.a', { query: 'select id from s.customer', ...dependsOn('s.customer') }),
      view('dw.b', { query: 'select id from dw.a', ...dependsOn('dw.a') }),
    ])
    expect(report.problems).toMatchObject([
      {
        kind: 'missing-source',
        message: 'the source s.customer does not exist',
        hint: 'there is s.customers',
        at: { file: 'definitions/customer.sqlx' },
      },
    ])
    expect(remarksOf(report)).toEqual(['s.unread: the source s.unread does not exist'])
    expect(notCheckedOf(report)).toEqual([
      'dw.a: because of s.customer',
      'dw.b: because of s.customer',
    ])
  })

  test('the system catalogs are read as they are', async () => {
    const report = await validate([
      declaration('information_schema.tables'),
      view('dw.a', {
        query: 'select table_name, t.relname from information_schema.tables, pg_catalog.pg_class t',
        ...dependsOn('information_schema.tables'),
      }),
      view('dw.b', { query: 'select nix from pg_catalog.pg_class' }),
      // A column of a pseudo-type, which no table of ours can have.
      view('dw.c', { query: 'select tablename from pg_catalog.pg_stats' }),
    ])
    expect(problemsOf(report)).toEqual(['dw.b: column "nix" does not exist'])
    expect(notCheckedOf(report)).toEqual([])
  })

  test('a loaded table has the declared columns and those of the loader, before anything is loaded', async () => {
    const report = await validate(
      [
        load,
        declaration('raw.rejects'),
        reader(`user_id, payload->>'x' as x, _extra, _file, _line + 1 as l, _load_id, _loaded_at`),
        table('dw.b', { query: 'select nix from raw.clicks', ...dependsOn('raw.clicks') }),
        view('dw.c', {
          query: 'select reason, _bytes, _loaded_at from raw.rejects',
          ...dependsOn('raw.rejects'),
        }),
      ],
      options,
    )
    expect(problemsOf(report)).toEqual(['dw.b: column "nix" does not exist'])
    expect(report.created).toContainEqual({ relation: 'raw.clicks', kind: 'table' })
  })

  test('without loads nobody makes the table of the rejects', async () => {
    const report = await validate([
      declaration('raw.rejects'),
      view('dw.c', { query: 'select reason from raw.rejects', ...dependsOn('raw.rejects') }),
    ])
    expect(problemsOf(report)).toEqual(['raw.rejects: the source raw.rejects does not exist'])
  })

  test('a raw table that exists keeps its further columns and gets the new ones', async () => {
    await db.rows(
      'create schema raw; create table raw.clicks (user_id text, older text, _file text)',
    )
    const report = await validate([load, reader('older, payload, _line')], options)
    expect(problemsOf(report)).toEqual([])
    expect(report.changes).toMatchObject([
      {
        relation: 'raw.clicks',
        added: [
          { name: 'payload', type: 'jsonb' },
          { name: '_extra' },
          { name: '_line' },
          { name: '_load_id' },
          { name: '_loaded_at' },
        ],
        removed: [],
        retyped: [],
      },
    ])
  })

  test('a raw table with a column of another type can not be loaded', async () => {
    await db.rows('create schema raw; create table raw.clicks (user_id int)')
    const report = await validate([load, reader('user_id')], options)
    expect(report.problems).toMatchObject([
      {
        message: 'column user_id of raw.clicks is integer, and should be text',
        at: { file: 'seeds/seeds.yaml', line: 3 },
      },
    ])
  })
})

describe('operations', () => {
  test('are analysed and never executed', async () => {
    await db.rows('create schema s; create table s.log as select 1 as id')
    const report = await validate([
      declaration('s.log'),
      operations('dw.good', {
        statements: [
          'delete from s.log; update s.log set id = log.id + 1',
          'insert into s.log (id) values (2)',
          'merge into s.log using (select 1 as id) x on x.id = log.id when matched then delete',
          'truncate s.log',
          'with a as (select 1 as id) select * from a',
        ],
        ...dependsOn('s.log'),
      }),
      operations('dw.bad', {
        statements: [
          'select 1;\nupdate s.log set idd = 1; select nix()',
          'vacuum s.log; create index i on s.log (id)',
        ],
        ...dependsOn('s.log'),
      }),
    ])
    expect(report.problems).toMatchObject([
      {
        about: 'dw.bad',
        sqlstate: '42703',
        at: { text: 'update s.log set idd = 1; select nix()', column: 18 },
      },
      { about: 'dw.bad', sqlstate: '42883', at: { column: 34 } },
    ])
    expect(notCheckedOf(report)).toEqual([
      'dw.good: truncate',
      'dw.bad: vacuum',
      'dw.bad: create index',
    ])
    expect(await db.rows('select id from s.log')).toEqual([{ id: 1 }])
  })

  test('one with a quotation that never ends is sent nowhere', async () => {
    const report = await validate([
      operations('dw.a', {
        hasOutput: true,
        statements: ['create table dw.a as select 1 as id', "select 'never ends"],
      }),
      operations('dw.b', { hasOutput: true, statements: ["create table dw.b as select 'x"] }),
      view('dw.c', { query: 'select id from dw.a', ...dependsOn('dw.a') }),
      view('dw.d', { query: 'select id from dw.b', ...dependsOn('dw.b') }),
    ])
    expect(problemsOf(report)).toEqual([
      'dw.a: unterminated quoted string',
      'dw.b: unterminated quoted string',
    ])
    expect(notCheckedOf(report)).toEqual(['dw.d: because of dw.b'])
  })

  test('their output is made from its query or its definitions', async () => {
    const output = (key: string, statement: string): Action =>
      operations(key, { hasOutput: true, statements: [statement] })
    const report = await validate([
      output('dw.a', 'create table dw.a as select 1 as id with no data;'),
      output('dw.b', 'create or replace view dw.b (other) as (select 2 as id)'),
      output(
        'dw.c',
        'create unlogged table if not exists dw.c (id int primary key, n text not null)',
      ),
      output('dw.d', 'create materialized view dw.d as select nix'),
      table('dw.all', {
        query: 'select a.id, other, c.n from dw.a, dw.b, dw.c group by a.id, other, c.id',
        ...dependsOn('dw.a', 'dw.b', 'dw.c'),
      }),
      table('dw.e', { query: 'select * from dw.d', ...dependsOn('dw.d') }),
      table('dw.f', { query: 'select b.id from dw.b', ...dependsOn('dw.b') }),
    ])
    expect(problemsOf(report)).toEqual([
      'dw.d: column "nix" does not exist',
      'dw.f: column b.id does not exist',
    ])
    expect(notCheckedOf(report)).toEqual(['dw.e: because of dw.d'])
  })

  test('output that nobody can know is taken from the database, else not checked', async () => {
    await db.rows('create schema dw; create table dw.there (id int)')
    const statements = ['select dw.make_it()']
    const report = await validate([
      operations('dw.there', { hasOutput: true, statements: ['call dw.make_it()'] }),
      operations('dw.away', { hasOutput: true, statements: ['call dw.make_it()'] }),
      operations('dw.wrong', { hasOutput: true, statements }),
      table('dw.a', { query: 'select id from dw.there', ...dependsOn('dw.there') }),
      table('dw.b', { query: 'select id from dw.away', ...dependsOn('dw.away') }),
      table('dw.c', { query: 'select other from dw.there', ...dependsOn('dw.there') }),
    ])
    expect(problemsOf(report)).toEqual(['dw.wrong: function dw.make_it() does not exist'])
    expect(notCheckedOf(report)).toEqual([
      'dw.there: call',
      'dw.away: call',
      'dw.b: the columns of dw.away are not known before it has run',
      'dw.c: the statements of dw.there are not executed',
    ])
  })

  test('IF NOT EXISTS leaves what is there as it is', async () => {
    await db.rows('create schema dw; create table dw.a (old int)')
    const report = await validate([
      operations('dw.a', {
        hasOutput: true,
        statements: ['create table if not exists dw.a (id int)'],
      }),
      table('dw.b', { query: 'select old from dw.a', ...dependsOn('dw.a') }),
      table('dw.c', { query: 'select id from dw.a', ...dependsOn('dw.a') }),
    ])
    expect(problemsOf(report)).toEqual(['dw.c: column "id" does not exist'])
    expect(report).toMatchObject({ unchanged: 1, changes: [] })
  })

  test('a later statement may change what an earlier one made', async () => {
    const report = await validate([
      operations('dw.a', {
        hasOutput: true,
        statements: [
          'create table dw.a as select 1 as id',
          'alter table dw.a add column later int, alter column id type date',
        ],
      }),
      table('dw.b', { query: 'select later from dw.a', ...dependsOn('dw.a') }),
      table('dw.c', { query: 'select nix from dw.a', ...dependsOn('dw.a') }),
      table('dw.d', {
        query: `select id + interval '1 day' as id from dw.a`,
        ...dependsOn('dw.a'),
      }),
    ])
    expect(problemsOf(report)).toEqual(['dw.c: column "nix" does not exist'])
    expect(notCheckedOf(report)).toEqual([
      'dw.a: alter table',
      'dw.b: the statements of dw.a are not executed',
      'dw.d: the statements of dw.a are not executed',
    ])
  })

  test('what an operation makes besides its output is there for those who read it', async () => {
    const report = await validate([
      declaration('dw.side'),
      operations('dw.op', {
        statements: [
          'create table dw.side as select 1 as id; insert into dw.side select side.id from dw.side',
          'create temp table tmp as select id from dw.side; insert into tmp select id from tmp',
        ],
      }),
      table('dw.b', { query: 'select id, nix from dw.side', ...dependsOn('dw.side', 'dw.op') }),
    ])
    expect(problemsOf(report)).toEqual(['dw.b: column "nix" does not exist'])
    expect(notCheckedOf(report)).toEqual([])
  })

  test('what two operations make, or one makes that is declared, is made once', async () => {
    await db.rows('create schema dw; create table dw.declared (old int)')
    const report = await validate([
      declaration('dw.declared'),
      operations('dw.one', { statements: ['create table dw.side as select 1 as id'] }),
      operations('dw.two', {
        statements: [
          'drop table if exists dw.side; create table dw.side as select 2 as id; select nix from dw.side',
          'create table if not exists dw.declared (id int)',
        ],
      }),
      table('dw.a', { query: 'select old from dw.declared', ...dependsOn('dw.declared') }),
    ])
    expect(problemsOf(report)).toEqual(['dw.two: column "nix" does not exist'])
    expect(notCheckedOf(report)).toEqual(['dw.two: drop table'])
  })

  test('what is dropped and made anew is what is made', async () => {
    const report = await validate([
      operations('dw.a', {
        hasOutput: true,
        statements: ['drop table if exists dw.a', 'create table dw.a as select 1 as id'],
      }),
      table('dw.b', { query: 'select id + now() as x from dw.a', ...dependsOn('dw.a') }),
    ])
    expect(problemsOf(report)).toEqual([
      'dw.b: operator does not exist: integer + timestamp with time zone',
    ])
  })

  test('a function that an operation makes may be called by those who come after it', async () => {
    await db.rows('create schema dw')
    const report = await validate([
      operations('dw.make', {
        statements: ['create function dw.twice(int) returns int language sql return 2 * $1'],
      }),
      table('dw.a', { query: 'select dw.twice(1) as two', ...dependsOn('dw.make') }),
      table('dw.b', { query: 'select dw.thrice(1) as three', ...dependsOn('dw.a') }),
      table('dw.c', { query: 'select dw.twice(1) as two' }),
    ])
    expect(problemsOf(report)).toEqual([
      'dw.b: function dw.thrice(integer) does not exist',
      'dw.c: function dw.twice(integer) does not exist',
    ])
    expect(notCheckedOf(report)).toEqual([
      'dw.make: create function',
      'dw.a: the statements of dw.make are not executed',
    ])
  })

  test('a change of a table without its schema would lock it, and is not analysed', async () => {
    await db.rows('create table public.plain (id int)')
    await db.database.withSession(async (session) => {
      await session.query('begin; lock table public.plain in share mode')
      const report = await validate([
        operations('dw.a', { statements: ['update plain set nix = 1', 'delete from only plain'] }),
      ])
      await session.query('rollback')
      expect(problemsOf(report)).toEqual([])
      expect(notCheckedOf(report)).toEqual(['dw.a: a change of a table without its schema'])
    })
  })

  test('constraints that the stand-in does not have are no problem', async () => {
    await db.rows(
      'create schema s; create table s.log (id int, n int, constraint only_once unique (id))',
    )
    const report = await validate([
      declaration('s.log'),
      operations('dw.a', {
        statements: [
          'insert into s.log values (1, 2) on conflict (id) do update set n = log.n + 1',
          'insert into s.log values (1, 2) on conflict on constraint only_once do nothing',
          'create table dw.child (id int references s.log (id))',
        ],
        ...dependsOn('s.log'),
      }),
    ])
    expect(problemsOf(report)).toEqual([])
    expect(notCheckedOf(report)).toEqual([
      'dw.a: it is about constraints, and a dry run knows primary keys only',
    ])
  })
})

describe('pre_operations and post_operations', () => {
  test('temporary tables are there for the query and what comes after it', async () => {
    const report = await validate([
      table('dw.a', {
        preOps: [
          'create temporary table batch on commit drop as select 1 as id; insert into batch values (2)',
        ],
        query: 'select id from batch',
        postOps: ['update dw.a set id = a.id + 1; insert into batch select id from dw.a'],
      }),
      view('dw.b', {
        preOps: ['create temp table batch (name text)'],
        query: 'select name from batch',
        postOps: ['select nix from batch'],
      }),
      table('dw.c', {
        preOps: ['create temp table batch as select nix'],
        query: 'select id from batch',
      }),
    ])
    expect(problemsOf(report)).toEqual([
      'dw.b: column "nix" does not exist',
      'dw.c: column "nix" does not exist',
    ])
    expect(notCheckedOf(report)).toEqual([])
  })

  test('a change of a table without its schema is not analysed', async () => {
    await db.rows('create table public.plain (id int)')
    const report = await validate([
      table('dw.a', { preOps: ['insert into plain (nix) values (1)'], query: 'select 1 as id' }),
    ])
    expect(problemsOf(report)).toEqual([])
    expect(notCheckedOf(report)).toEqual([
      'dw.a: a change of a table without its schema in pre_operations',
    ])
  })

  test('of several statements the right one is named, also where the server gives no place', async () => {
    const report = await validate([
      table('dw.a', {
        preOps: ['create temp table batch as select 1 as id'],
        query: 'select id, id from batch',
      }),
      table('dw.b', {
        preOps: [
          'create temp table good as select 3 as id',
          'create temp table batch as select 1 as x, 2 as x',
        ],
        query: 'select id from good',
      }),
    ])
    expect(problemsOf(report)).toEqual([
      'dw.a: column "id" specified more than once',
      'dw.b: column "x" specified more than once',
    ])
    expect(report.created).toEqual([{ relation: 'dw.b', kind: 'table' }])
  })

  test('what they read of what comes later is not waited for', async () => {
    const report = await validate([
      table('dw.a', { query: 'select 1 as id', postOps: ['select id from dw.b'] }),
      table('dw.b', { query: 'select id from dw.a', ...dependsOn('dw.a') }),
    ])
    expect(problemsOf(report)).toEqual([])
    expect(notCheckedOf(report)).toEqual(['dw.a: dw.a reads dw.b, which comes after it'])
  })

  test('what is not executed excuses what it may have made, and nothing else', async () => {
    const once = 'do $$ begin perform 1; create temp table made (id int); end $$'
    const dynamic = "do $$ begin execute 'anything'; end $$"
    const report = await validate([
      table('dw.a', { preOps: [once], query: 'select id from made' }),
      table('dw.b', { preOps: [once], query: 'select id from other' }),
      table('dw.c', { preOps: [dynamic], query: 'select id from other' }),
      table('dw.d', { preOps: [dynamic], query: 'select 1 + now() as id' }),
      table('dw.e', { preOps: [once], query: 'select 1 as id' }),
      table('dw.f', { preOps: [dynamic], query: 'select 1 as id union select now()' }),
    ])
    expect(problemsOf(report)).toEqual([
      'dw.b: relation "other" does not exist',
      'dw.d: operator does not exist: integer + timestamp with time zone',
      'dw.f: UNION types integer and timestamp with time zone cannot be matched',
    ])
    expect(notCheckedOf(report)).toEqual([
      'dw.a: do in pre_operations',
      'dw.a: its pre_operations are not executed',
      'dw.b: do in pre_operations',
      'dw.c: do in pre_operations',
      'dw.c: its pre_operations are not executed',
      'dw.d: do in pre_operations',
      'dw.e: do in pre_operations',
      'dw.f: do in pre_operations',
    ])
  })
})

describe('assertions and unit tests', () => {
  test('an assertion is a query: two columns of one name are no problem', async () => {
    const report = await validate([
      table('dw.a', { query: 'select 1 as id' }),
      assertion('checks.b', {
        query: 'select x.id, y.id from dw.a x, dw.a y',
        ...dependsOn('dw.a'),
      }),
      assertion('checks.c', { query: 'select id from dw.a where id', ...dependsOn('dw.a') }),
    ])
    expect(problemsOf(report)).toEqual([
      'checks.c: argument of WHERE must be type boolean, not type integer',
    ])
  })

  test('the two queries of a unit test have to give the same columns', async () => {
    const unitTest = (name: string, testQuery: string, expectedOutputQuery: string): UnitTest => ({
      name,
      testQuery,
      expectedOutputQuery,
      tags: [],
      fileName: `definitions/${name}.sqlx`,
      disabled: false,
    })
    const report = await validate([table('dw.a')], {
      tests: [
        unitTest('good', "select 1 as id, 'x' as name", "select 'y' as name, 2 as id"),
        unitTest('wrong', "select 1 as id, 'x' as name", 'select now() as id, 2 as other'),
        unitTest('broken', 'select nix', 'select 1 as id from nowhere'),
        { ...unitTest('off', 'select nix', 'select nix'), disabled: true },
      ],
    })
    expect(problemsOf(report)).toEqual([
      'broken: column "nix" does not exist',
      'broken: relation "nowhere" does not exist',
      'wrong: the column "id" is integer, and timestamp with time zone is expected',
      'wrong: the query does not give the expected column "other"',
      'wrong: the query gives the column "name", which is not expected',
    ])
    expect(report.tests).toBe(3)
  })
})

describe('config', () => {
  test('columns that it names have to be there, and fit', async () => {
    const at = 'select 1 as id, now() as at, current_date as day, null::json as doc'
    const report = await validate([
      table('dw.good', {
        query: at,
        storage: storage({ partitionBy: "date_trunc('day', AT)", clusterBy: ['Id', 'at'] }),
        extraProperties: {
          postgres: {
            indexes: [
              { columns: ['id', 'at'], unique: true, include: ['day'] },
              { columns: ["(doc->>'x')"], where: 'id > 0' },
            ],
          },
        },
        columns: [{ path: ['id'], description: 'The id.' }],
      }),
      table('dw.bad', {
        query: at,
        storage: storage({ partitionBy: 'id', clusterBy: ['nix', 'doc'] }),
        columns: [{ path: ['gone'], description: 'It was here.' }],
      }),
      table('dw.partition', { query: at, storage: storage({ partitionBy: 'nix' }) }),
      view('dw.stored', {
        query: at,
        materialized: true,
        extraProperties: {
          postgres: {
            indexes: [
              { columns: ['doc'] },
              { columns: ['id'], include: ['nix'] },
              { columns: ['lower(id)'] },
            ],
          },
        },
      }),
      table('dw.refused', { query: at, storage: storage({ partitionBy: 'at + 1' }) }),
    ])
    expect(problemsOf(report)).toEqual([
      'dw.bad: partitionBy: "id" is integer, and has to be a date or a timestamp',
      'dw.bad: clusterBy names "nix", which the query does not give',
      'dw.partition: partitionBy names "nix", which the query does not give',
      'dw.refused: partitionBy: "at + 1" is not understood',
      'dw.stored: indexes names "nix", which the query does not give',
      `dw.stored: the index on doc can't be made: data type json has no default operator class for access method "btree"`,
      `dw.stored: the index on lower(id) can't be made: function lower(integer) does not exist`,
    ])
    expect(remarksOf(report)).toEqual([
      'dw.bad: the column "gone" is described, but the query does not give it',
    ])
  })
})

describe('changes of what exists', () => {
  test('are listed by column, whatever their order', async () => {
    await db.rows(
      `create schema dw; create table dw.same (a int, b varchar(3)); create table dw.t (a int, b text, c int);
       create view dw.v as select 1 as a; create table dw.kind as select 1 as a`,
    )
    const report = await validate([
      table('dw.same', { query: `select 'x'::varchar(3) as b, 1 as a` }),
      table('dw.t', { query: 'select now() as d, 1::bigint as a, 2 as c' }),
      view('dw.v', { query: 'select 1 as a, 2 as b' }),
      view('dw.kind', { query: 'select 1 as a' }),
    ])
    expect(report.changes).toEqual([
      {
        relation: 'dw.t',
        kind: 'table',
        was: 'table',
        added: [{ name: 'd', type: 'timestamp with time zone' }],
        removed: [{ name: 'b', type: 'text' }],
        retyped: [{ name: 'a', from: 'integer', to: 'bigint' }],
      },
      {
        relation: 'dw.v',
        kind: 'view',
        was: 'view',
        added: [{ name: 'b', type: 'integer' }],
        removed: [],
        retyped: [],
      },
      { relation: 'dw.kind', kind: 'view', was: 'table', added: [], removed: [], retyped: [] },
    ])
    expect(report).toMatchObject({ unchanged: 1, problems: [], created: [] })
  })

  test('a view that is not part of the run and reads what goes is a problem', async () => {
    await db.rows(
      `create schema dw; create table dw.t (a int, b text, c int);
       create schema other; create view other.reads_b as select b from dw.t; create view other.reads_a as select a from dw.t;
       create materialized view other.stored as select c, a as x from dw.t; create view other.above as select x from other.stored;
       create view dw.own as select b from dw.t`,
    )
    const t = table('dw.t', { query: 'select 1::bigint as a, 2 as c' })
    const own = view('dw.own', { query: 'select a from dw.t', ...dependsOn('dw.t') })
    const report = await validate([t, own])
    expect(report.problems).toMatchObject([
      {
        kind: 'dependent-view',
        about: 'dw.t',
        message:
          'the view other.reads_b is not part of the run and reads "b", which would be removed',
      },
    ])
    expect(remarksOf(report)).toEqual([
      'dw.t: the view other.reads_a is not part of the run and reads "a", which becomes bigint',
      'dw.t: the view other.stored is not part of the run and reads "a", which becomes bigint',
    ])
    // A run that leaves the project's own view alone fails on it as well.
    expect(problemsOf(await validate([t, own], { chosen: [t] }))).toContain(
      'dw.t: the view dw.own is not part of the run and reads "b", which would be removed',
    )
  })
})

describe('selection', () => {
  test('limits the report, and a problem upstream that stands in the way is part of it', async () => {
    const actions = [
      table('dw.a', { query: 'select nix' }),
      table('dw.b', { query: 'select x from dw.a', ...dependsOn('dw.a') }),
      table('dw.c', { query: 'select nix' }),
      table('dw.d', { query: 'select 1 as id' }),
    ]
    const [, b, , d] = actions
    const one = await validate(actions, { chosen: d === undefined ? [] : [d] })
    expect(one).toMatchObject({ problems: [], notChecked: [], actions: 1 })
    const two = await validate(actions, { chosen: b === undefined ? [] : [b] })
    expect(problemsOf(two)).toEqual(['dw.a: column "nix" does not exist'])
    expect(notCheckedOf(two)).toEqual(['dw.b: because of dw.a'])
  })

  test('a disabled action is passed over; what is there is read in its stead', async () => {
    await db.rows('create schema dw; create table dw.there (old int)')
    const disabled = true
    const report = await validate([
      table('dw.there', { query: 'select nix', disabled }),
      table('dw.away', { query: 'select nix', disabled }),
      assertion('dw.check', { query: 'select nix', disabled }),
      table('dw.a', { query: 'select old from dw.there', ...dependsOn('dw.there') }),
      table('dw.b', { query: 'select old from dw.away', ...dependsOn('dw.away') }),
      table('dw.c', { query: 'select id from dw.there', ...dependsOn('dw.there') }),
    ])
    expect(problemsOf(report)).toEqual(['dw.c: column "id" does not exist'])
    expect(notCheckedOf(report)).toEqual(['dw.b: dw.away is disabled and does not exist'])
    expect(report.actions).toBe(3)
  })
})
