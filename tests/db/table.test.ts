import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { assertion, operations, storage, table, target, view } from '../support/actions.js'
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

const ids = async (relation: string): Promise<unknown[]> =>
  (await db.rows(`select id from ${relation} order by id`)).map((row) => row.id)

describe('table', () => {
  test('is created with rows, comments and indexes', async () => {
    const result = await runOne(db, [
      table('s.t', {
        query: 'select n as id, n % 2 as odd from generate_series(1, 3) n;',
        description: "One row a number. It's small.",
        columns: [{ path: ['id'], description: 'The number.' }],
        storage: storage({ clusterBy: ['odd', 'id'] }),
        extraProperties: {
          postgres: { indexes: [{ columns: ['id'], unique: true }, { columns: ['(id + 1)'] }] },
        },
      }),
    ])
    expect(result).toMatchObject({ status: 'succeeded', outcome: 'created', rows: 3 })
    expect(await ids('s.t')).toEqual([1, 2, 3])
    expect(
      await db.rows(
        `select obj_description('s.t'::regclass) as t, col_description('s.t'::regclass, 1) as c`,
      ),
    ).toEqual([{ t: "One row a number. It's small.", c: 'The number.' }])
    const indexes = await db.rows(
      `select indexdef from pg_indexes where tablename = 't' order by 1`,
    )
    expect(indexes.map((row) => row.indexdef)).toEqual([
      'CREATE INDEX t_id_1_idx ON s.t USING btree (((id + 1)))',
      'CREATE INDEX t_odd_id_idx ON s.t USING btree (odd, id)',
      'CREATE UNIQUE INDEX t_id_key ON s.t USING btree (id)',
    ])
  })

  test('is rebuilt under the same names', async () => {
    const action = table('s.t', { storage: storage({ clusterBy: ['id'] }) })
    await runOne(db, [action])
    const result = await runOne(db, [{ ...action, query: 'select 2 as id, 3 as more' }])
    expect(result).toMatchObject({ status: 'succeeded', outcome: 'rebuilt', rows: 1 })
    expect(await db.rows('select * from s.t')).toEqual([{ id: 2, more: 3 }])
    expect(await db.rows(`select indexname from pg_indexes where schemaname = 's'`)).toEqual([
      { indexname: 't_id_idx' },
    ])
  })

  test('a reader sees the old rows for as long as the new ones are being made', async () => {
    await db.rows('create schema s')
    await db.rows('create table s.t as select 1 as id')
    await db.database.withSession(async (holder) => {
      await holder.query('select pg_advisory_lock(42)')
      const running = runOne(db, [
        table('s.t', { query: 'select 2 as id from (select pg_advisory_xact_lock_shared(42)) w' }),
      ])
      await untilWaiting('pg_advisory_xact_lock_shared')
      expect(await ids('s.t')).toEqual([1])
      await holder.query('select pg_advisory_unlock(42)')
      expect((await running).status).toBe('succeeded')
    })
    expect(await ids('s.t')).toEqual([2])
  })

  test('readers of the table and of a view on it never see it missing, half full or in a deadlock', async () => {
    const action = table('s.t', { query: 'select n as id from generate_series(1, 500) n' })
    await runOne(db, [action])
    await db.rows('create view s.outside as select t.id from s.t join s.t u using (id)')
    let rebuilding = true
    const seen = new Set<unknown>()
    const read = async (relation: string): Promise<void> => {
      while (rebuilding) {
        const [row] = await db.rows(`select count(*)::int as n from ${relation}`)
        seen.add(row?.n)
      }
    }
    const readers = [read('s.t'), read('s.outside')]
    for (let i = 0; i < 25; i++)
      expect(await runOne(db, [action])).toMatchObject({ status: 'succeeded' })
    rebuilding = false
    await Promise.all(readers)
    expect([...seen]).toEqual([500])
  })

  test('a failing query leaves the table as it was, and its dependents are skipped', async () => {
    await runOne(db, [table('s.t')])
    const { results } = await runActions(db, [
      table('s.t', { query: 'select 1 / 0 as id' }),
      table('s.u', { dependencies: [target('s.t')] }),
      table('s.v'),
    ])
    expect(results.map((result) => [result.target.name, result.status]).sort()).toEqual([
      ['t', 'failed'],
      ['u', 'skipped'],
      ['v', 'succeeded'],
    ])
    expect(results.find((result) => result.target.name === 't')?.failure).toMatchObject({
      kind: 'sql',
      sqlstate: '22012',
      step: 'create table',
    })
    expect(await ids('s.t')).toEqual([1])
    expect(
      await db.rows(`select relname from pg_class where relname like 'dataform_shadow%'`),
    ).toEqual([])
  })

  test('what hangs off it survives: views to any depth, their comments and grants, its own grants', async () => {
    await runOne(db, [table('s.t')])
    await db.rows('create role reader_of_t')
    await db.rows('grant select on s.t to reader_of_t')
    await db.rows('create view s.outer_1 with (security_barrier = true) as select id from s.t')
    await db.rows('create materialized view s.outer_2 as select id from s.outer_1')
    await db.rows('create unique index outer_2_id on s.outer_2 (id)')
    await db.rows('create view s.outer_3 as select a.id from s.outer_2 a join s.t b using (id)')
    await db.rows(`comment on view s.outer_1 is 'kept'`)
    await db.rows('grant select on s.outer_3 to reader_of_t with grant option')
    const result = await runOne(db, [table('s.t', { query: 'select 7 as id' })])
    expect(result.status).toBe('succeeded')
    expect(await ids('s.outer_1')).toEqual([7])
    // It reads the table through a view: it has its rows until it is refreshed, as ever.
    expect(await ids('s.outer_2')).toEqual([1])
    await db.rows('refresh materialized view s.outer_2')
    expect(await ids('s.outer_3')).toEqual([7])
    expect(
      await db.rows(`select obj_description('s.outer_1'::regclass) as comment,
        has_table_privilege('reader_of_t', 's.t', 'select') as table_grant,
        has_table_privilege('reader_of_t', 's.outer_3', 'select with grant option') as view_grant,
        (select reloptions::text from pg_class where oid = 's.outer_1'::regclass) as options,
        to_regclass('s.outer_2_id') is not null as index`),
    ).toEqual([
      {
        comment: 'kept',
        table_grant: true,
        view_grant: true,
        options: '{security_barrier=true}',
        index: true,
      },
    ])
    await db.rows('drop owned by reader_of_t')
    await db.rows('drop role reader_of_t')
  })

  test('a view outside the project that no longer fits fails the action and nothing changes', async () => {
    await runOne(db, [table('s.t', { query: 'select 1 as id, 2 as amount' })])
    await db.rows('create view s.outside as select amount from s.t')
    const result = await runOne(db, [table('s.t', { query: 'select 5 as id' })])
    expect(result.failure?.message).toMatch(
      /view s\.outside reads the column amount of s\.t, which the query no longer gives/,
    )
    expect(await db.rows('select * from s.t')).toEqual([{ id: 1, amount: 2 }])
    expect(await db.rows('select * from s.outside')).toEqual([{ amount: 2 }])
  })

  test('a view of this run that no longer fits is left to its own action', async () => {
    const before = [
      table('s.t', { query: 'select 1 as id, 2 as amount' }),
      view('s.v', { query: 'select amount from s.t', dependencies: [target('s.t')] }),
    ]
    await runActions(db, before)
    const { results } = await runActions(db, [
      table('s.t', { query: 'select 1 as id, 3 as total' }),
      view('s.v', { query: 'select total from s.t', dependencies: [target('s.t')] }),
    ])
    expect(results.map((result) => result.status)).toEqual(['succeeded', 'succeeded'])
    expect(await db.rows('select * from s.v')).toEqual([{ total: 3 }])
  })

  test('pre- and post-operations share the transaction with the query', async () => {
    const action = table('s.t', {
      preOps: ['create temporary table wanted on commit drop as select 9 as id'],
      query: 'select id from wanted',
      postOps: ['insert into s.t values (10)', 'select 1 / (select count(*) - 2 from s.t)'],
    })
    const failed = await runOne(db, [action])
    expect(failed.failure).toMatchObject({
      kind: 'sql',
      step: 'post-operations',
      sqlstate: '22012',
    })
    expect(await db.rows(`select to_regclass('s.t') as t`)).toEqual([{ t: null }])
    await runOne(db, [{ ...action, postOps: action.postOps.slice(0, 1) }])
    expect(await ids('s.t')).toEqual([9, 10])
  })

  test('takes the place of a view; a sequence under its name is never replaced', async () => {
    await runOne(db, [view('s.t')])
    expect(await runOne(db, [table('s.t', { query: 'select 4 as id' })])).toMatchObject({
      status: 'succeeded',
    })
    expect(await ids('s.t')).toEqual([4])
    await db.rows('create sequence s.q')
    expect((await runOne(db, [table('s.q')])).failure).toMatchObject({ kind: 'unsupported' })
  })

  test('a described column that the query does not give raises a warning, not a failure', async () => {
    const result = await runOne(db, [
      table('s.t', { columns: [{ path: ['gone'], description: 'Not there.' }] }),
    ])
    expect(result.status).toBe('succeeded')
  })
})

describe('operations', () => {
  test('share a transaction; a failing statement undoes the ones before', async () => {
    const result = await runOne(db, [
      operations('s.o', { statements: ['create table s.made as select 1 as id', 'select 1 / 0'] }),
    ])
    expect(result.failure).toMatchObject({ kind: 'sql', step: 'statement 2' })
    expect(await db.rows(`select to_regclass('s.made') as made`)).toEqual([{ made: null }])
  })

  test('a statement that cannot run in a transaction runs alone', async () => {
    const result = await runOne(db, [
      operations('s.o', {
        statements: [
          'create table s.made as select 1 as id',
          '-- for the planner\nvacuum analyze s.made',
          'create index concurrently made_id on s.made (id)',
          'insert into s.made values (2)',
        ],
      }),
    ])
    expect(result).toMatchObject({ status: 'succeeded' })
    expect(await ids('s.made')).toEqual([1, 2])
  })
})

describe('assertion', () => {
  test('counts the failing rows, shows the first, and blocks what depends on it', async () => {
    const { results } = await runActions(
      db,
      [
        assertion('s.a', {
          query: 'select n, n * 2 as twice from generate_series(1, 7) n -- all of them',
        }),
        table('s.t', { dependencies: [target('s.a')] }),
      ],
      { sampleRows: 2 },
    )
    expect(results[0]?.failure).toMatchObject({
      kind: 'assertion',
      failingRows: 7,
      sample: [
        { n: 1, twice: 2 },
        { n: 2, twice: 4 },
      ],
    })
    expect(results[1]?.status).toBe('skipped')
  })

  test('of severity warn is reported and holds nobody up', async () => {
    const { results } = await runActions(db, [
      assertion('s.a', { query: 'select 1', extraProperties: { quality: { severity: 'warn' } } }),
      table('s.t', { dependencies: [target('s.a')] }),
    ])
    expect(results.map((result) => result.status)).toEqual(['warned', 'succeeded'])
  })
})

describe('running', () => {
  test('cancelling rolls back what runs and starts nothing more', async () => {
    const controller = new AbortController()
    await db.database.withSession(async (holder) => {
      await holder.query('select pg_advisory_lock(43)')
      const running = runActions(
        db,
        [
          table('s.t', {
            query: 'select 1 as id from (select pg_advisory_xact_lock_shared(43)) w',
          }),
          table('s.u', { dependencies: [target('s.t')] }),
        ],
        { signal: controller.signal },
      )
      await untilWaiting('pg_advisory_xact_lock_shared')
      controller.abort()
      const report = await running
      expect(report.cancelled).toBe(true)
      expect(report.results.map((result) => [result.target.name, result.status])).toEqual([
        ['t', 'failed'],
        ['u', 'skipped'],
      ])
      expect(report.results[0]?.failure?.kind).toBe('cancelled')
    })
    expect(await db.rows(`select to_regclass('s.t') as t`)).toEqual([{ t: null }])
  })

  test('a transient failure is tried again as often as allowed, another failure never', async () => {
    await db.rows('create schema s')
    await db.rows('create sequence s.attempts')
    const action = operations('s.o', {
      statements: [
        `do $$ begin if nextval('s.attempts') < 3 then raise exception 'again' using errcode = '40001'; end if; end $$`,
      ],
    })
    expect((await runOne(db, [action], { retryLimit: 1 })).status).toBe('failed')
    await db.rows(`alter sequence s.attempts restart`)
    expect((await runOne(db, [action], { retryLimit: 2 })).status).toBe('succeeded')
    const counting = operations('s.o', {
      statements: [`select nextval('s.attempts')`, 'select 1 / 0'],
    })
    await db.rows(`alter sequence s.attempts restart`)
    await runOne(db, [counting], { retryLimit: 5 })
    expect(await db.rows(`select last_value::int as n from s.attempts`)).toEqual([{ n: 1 }])
  })
})

/** Waits until a statement with this text waits for an advisory lock; asks the server, never the clock. */
async function untilWaiting(text: string): Promise<void> {
  for (;;) {
    const rows = await db.rows(
      `select 1 from pg_stat_activity where wait_event = 'advisory' and query like $1 and pid <> pg_backend_pid()`,
      [`%${text}%`],
    )
    if (rows.length > 0) return
  }
}
