/** What once went wrong, or would go wrong in silence. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  assertion,
  incremental,
  operations,
  storage,
  table,
  target,
  view,
} from '../support/actions.js'
import { createTestDatabase } from '../support/database.js'
import type { TestDatabase } from '../support/database.js'
import { runActions, runOne } from '../support/run-actions.js'

let db: TestDatabase
beforeEach(async () => {
  db = await createTestDatabase()
})
afterEach(async () => {
  await db.drop()
})

describe('swaps at once', () => {
  test('views that join many tables survive the rebuild of all of them, side by side', async () => {
    const names = Array.from({ length: 8 }, (_, i) => `s.t${i}`)
    const join = names.map((name, i) => (i === 0 ? name : `join ${name} using (id)`)).join(' ')
    const actions = [
      ...names.map((name) =>
        table(name, { query: 'select n as id from generate_series(1, 50) n' }),
      ),
      ...[1, 2, 3].map((n) =>
        view(`s.v${n}`, {
          query: `select count(*) as n from ${join}`,
          dependencies: names.map(target),
        }),
      ),
    ]
    for (let i = 0; i < 4; i++) {
      const { results } = await runActions(db, actions, { jobs: 4 })
      expect(results.filter((result) => result.status !== 'succeeded')).toEqual([])
    }
  })

  test('a view made after the catalog was read is kept all the same', async () => {
    await runOne(db, [table('s.t')])
    const result = await runOne(db, [
      table('s.t', {
        query: 'select 2 as id',
        preOps: ['create view s.late as select id from s.t'],
      }),
    ])
    expect(result.status).toBe('succeeded')
    expect(await db.rows('select id from s.late')).toEqual([{ id: 2 }])
  })
})

describe('what a rebuild keeps', () => {
  test('default privileges do not give back what was revoked', async () => {
    await db.rows('create role reader_of_defaults')
    await db.rows(
      'create schema s; alter default privileges in schema s grant select on tables to reader_of_defaults',
    )
    await runOne(db, [table('s.t')])
    await db.rows('revoke all on s.t from reader_of_defaults')
    await runOne(db, [table('s.t')])
    expect(
      await db.rows(`select has_table_privilege('reader_of_defaults', 's.t', 'select') as yes`),
    ).toEqual([{ yes: false }])
    await db.rows('drop owned by reader_of_defaults')
    await db.rows('drop role reader_of_defaults')
  })

  test('the options of a view are kept when it is replaced', async () => {
    await runOne(db, [view('s.v')])
    await db.rows('alter view s.v set (security_invoker = true)')
    await runOne(db, [view('s.v', { query: 'select 2 as id' })])
    expect(await db.rows(`select reloptions::text as o from pg_class where relname = 'v'`)).toEqual(
      [{ o: '{security_invoker=true}' }],
    )
  })

  test('a view of the project that no longer fits is there, with its grants, before its own action runs', async () => {
    const before = [
      table('s.t', { query: 'select 1 as id, 2 as b' }),
      view('s.v', { query: 'select b from s.t', dependencies: [target('s.t')] }),
    ]
    await runActions(db, before)
    await db.rows(
      'grant select on s.v to public; create view s.outside as select 1 as one from s.v',
    )
    const { results } = await runActions(db, [
      table('s.t', { query: 'select 1 as id, 3 as c' }),
      assertion('s.stop', { query: 'select 1', dependencies: [target('s.t')] }),
      view('s.v', { query: 'select c from s.t;', dependencies: [target('s.t'), target('s.stop')] }),
    ])
    expect(results.map((result) => result.status)).toEqual(['succeeded', 'failed', 'skipped'])
    expect(await db.rows('select c from s.v')).toEqual([{ c: 3 }])
    expect(
      await db.rows(
        `select relacl::text like '%=r/%' as granted from pg_class where relname = 'v'`,
      ),
    ).toEqual([{ granted: true }])
    expect(await db.rows('select * from s.outside')).toEqual([{ one: 1 }])
  })
})

test('a table that somebody has made UNLOGGED is as the config says, and the run says so', async () => {
  await runOne(db, [table('s.t')])
  await db.rows('alter table s.t set unlogged')
  const warnings: string[] = []
  await runOne(db, [table('s.t')], {
    onEvent: (event) => event.type === 'warning' && warnings.push(event.message),
  })
  expect(warnings).toEqual([
    's.t: it was unlogged, and is logged now, as the config says (options.postgres)',
  ])
})

describe('a connection is clean for the next action', () => {
  test('temporary tables, settings and roles of one action do not reach another', async () => {
    const who = (name: string) =>
      table(`s.${name}`, {
        preOps: [`create temporary table if not exists tmp as select '${name}' as who`],
        query: `select who, current_setting('work_mem') as mem from tmp`,
      })
    const { results } = await runActions(
      db,
      [
        operations('s.o', { statements: [`set work_mem = '1MB'; set role pg_read_all_data`] }),
        who('a'),
        who('b'),
      ],
      { jobs: 1 },
    )
    expect(results.map((result) => result.status)).toEqual(['succeeded', 'succeeded', 'succeeded'])
    expect(await db.rows('select who from s.a union all select who from s.b order by 1')).toEqual([
      { who: 'a' },
      { who: 'b' },
    ])
    expect(await db.rows(`select 1 from s.b where mem = '1MB'`)).toEqual([])
  })

  test('a statement that ends the transaction is said to, and leaves no shadow in the way', async () => {
    const result = await runOne(db, [table('s.t', { preOps: ['commit'] })])
    expect(result.failure).toMatchObject({ kind: 'sql', step: 'pre-operations' })
    expect(result.failure?.message).toMatch(/ended the transaction/)
    expect((await runOne(db, [table('s.t')])).status).toBe('succeeded')
  })

  test('a second statement after a query is a syntax error, never executed', async () => {
    await db.rows('create schema s; create table s.precious (id int)')
    const result = await runOne(db, [
      view('s.v', { query: 'select 1 as id; drop table s.precious; select 2' }),
    ])
    expect(result.failure).toMatchObject({ kind: 'sql', sqlstate: '42601' })
    expect(await db.rows('select count(*)::int as n from s.precious')).toEqual([{ n: 0 }])
  })
})

describe('merging', () => {
  const merging = incremental('s.t', { uniqueKey: ['id'], strategy: 'merge' })

  test('a row whose partition has changed is found where it was', async () => {
    const action = { ...merging, storage: storage({ partitionBy: 'day' }) }
    await runOne(db, [{ ...action, query: `select 1 as id, date '2025-01-01' as day, 1 as v` }])
    const moved = await runOne(db, [
      { ...action, incrementalQuery: `select 1 as id, date '2025-02-01' as day, 2 as v` },
    ])
    expect(moved.status).toBe('succeeded')
    expect(await db.rows('select id, day::text, v from s.t')).toEqual([
      { id: 1, day: '2025-02-01', v: 2 },
    ])
  })

  test('values that are equal but not the same are taken over, as in a rebuild', async () => {
    await runOne(db, [{ ...merging, query: `select 1 as id, 1.0 as n, interval '1 month' as i` }])
    await runOne(db, [
      { ...merging, incrementalQuery: `select 1 as id, 1.00 as n, interval '30 days' as i` },
    ])
    expect(await db.rows('select n::text, i::text from s.t')).toEqual([{ n: '1.00', i: '30 days' }])
  })

  test('NULL in the key is an error, since it would come in again at every run', async () => {
    await runOne(db, [merging])
    const result = await runOne(db, [{ ...merging, incrementalQuery: 'select null::int as id' }])
    expect(result.failure?.message).toMatch(/NULL in the key/)
  })

  test('keys and filters are read as SQL reads names; the stock aliases work', async () => {
    const action = {
      ...merging,
      uniqueKey: ['Id', 'a b'],
      updatePartitionFilter: "day >= date '2024-01-01' -- all of it",
      incrementalPredicates: ['DATAFORM_DEST.Id > 0'],
      query: `select 1 as Id, 'x' as "a b", date '2025-01-01' as day`,
      incrementalQuery: `select 1 as Id, 'x' as "a b", date '2025-01-02' as day`,
    }
    await runOne(db, [action])
    expect(await runOne(db, [action])).toMatchObject({ status: 'succeeded', rows: 1 })
    expect(await db.rows('select day::text from s.t')).toEqual([{ day: '2025-01-02' }])
  })

  test('an index that the config has gained is built', async () => {
    await runOne(db, [{ ...merging, uniqueKey: [], strategy: 'append' as const }])
    await runOne(db, [{ ...merging, storage: storage({ clusterBy: ['id'] }) }])
    expect(
      await db.rows(`select indexname from pg_indexes where tablename = 't' order by 1`),
    ).toEqual([{ indexname: 't_id_idx' }, { indexname: 't_id_key' }])
  })
})

test('a sample of huge values is cut', async () => {
  const result = await runOne(db, [
    assertion('s.a', { query: `select repeat('x', 1000000) as big, 1 as id` }),
  ])
  const [row] = result.failure?.kind === 'assertion' ? result.failure.sample : []
  expect(String(row?.big).length).toBeLessThan(600)
  expect(row?.id).toBe(1)
})

test('comments of views on a rebuilt table stay, run after run', async () => {
  const actions = [
    table('s.t'),
    view('s.v', {
      query: 'select id from s.t',
      dependencies: [target('s.t')],
      columns: [{ path: ['id'], description: 'the $comments$ id 100%' }],
    }),
  ]
  for (let i = 0; i < 3; i++) {
    await runActions(db, actions)
    expect(await db.rows(`select col_description('s.v'::regclass, 1) as c`)).toEqual([
      { c: 'the $comments$ id 100%' },
    ])
  }
})
