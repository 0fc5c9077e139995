/** Inline assertions hold back what they are about. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { postgresDialect } from '../../src/compile/dialect.js'
import type { AssertionAction } from '../../src/graph/types.js'
import { assertion, incremental, storage, table, target, view } from '../support/actions.js'
import { createTestDatabase } from '../support/database.js'
import type { TestDatabase } from '../support/database.js'
import { runActions } from '../support/run-actions.js'
import type { RunActionsOptions } from '../support/run-actions.js'

let db: TestDatabase
beforeEach(async () => {
  db = await createTestDatabase()
})
afterEach(async () => {
  await db.drop()
})

const sql = postgresDialect('s')
const parent = target('s.t')
const name = sql.resolveTarget(parent)
const inline = (key: string, query: string, rest: Partial<AssertionAction> = {}): AssertionAction =>
  assertion(key, { parent, dependencies: [parent], query, ...rest })
const rowRule = (condition: string): AssertionAction =>
  inline('a.rows', sql.rowConditionsAssertion(name, [condition]))
const keyRule = (columns: string): AssertionAction =>
  inline('a.key', sql.indexAssertion(name, columns.split(', ')), { keyList: columns })

const positive = rowRule('id > 0')
const statuses = async (
  actions: Parameters<typeof runActions>[1],
  options?: RunActionsOptions,
): Promise<Record<string, string>> => {
  const { results } = await runActions(db, actions, options)
  return Object.fromEntries(results.map((result) => [result.target.name, result.status]))
}
const ids = async (): Promise<unknown[]> =>
  (await db.rows('select id from s.t order by id')).map((row) => row.id)

describe('a failing inline assertion', () => {
  test('holds a new table back, and skips what depends on it', async () => {
    const { results } = await runActions(db, [
      table('s.t', { query: 'select n as id from generate_series(-1, 2) n' }),
      positive,
      keyRule('id'),
      table('s.u', { dependencies: [parent] }),
    ])
    expect(
      Object.fromEntries(results.map((result) => [result.target.name, result.status])),
    ).toEqual({
      t: 'failed',
      rows: 'failed',
      key: 'succeeded',
      u: 'skipped',
    })
    expect(results.find((result) => result.target.name === 't')?.failure).toMatchObject({
      kind: 'audit',
      message: 'not published, because an assertion fails: rows',
    })
    expect(results.find((result) => result.target.name === 'rows')?.failure).toMatchObject({
      kind: 'assertion',
      failingRows: 2,
      sample: [{ failing_row_condition: 'id > 0', id: -1 }, { id: 0 }],
    })
    expect(await db.rows(`select to_regclass('s.t') as t`)).toEqual([{ t: null }])
  })

  test.each([
    ['a table', table('s.t', { query: 'select -1 as id' })],
    [
      'a partitioned table',
      table('s.t', {
        query: `select -1 as id, date '2025-01-01' as day`,
        storage: storage({ partitionBy: 'day' }),
      }),
    ],
    ['a view', view('s.t', { query: 'select -1 as id' })],
    ['a materialized view', view('s.t', { query: 'select -1 as id', materialized: true })],
  ])('leaves the old state of %s', async (_what, action) => {
    await runActions(db, [{ ...action, query: action.query.replace('-1', '5') }, positive])
    expect(await ids()).toEqual([5])
    expect(await statuses([action, positive])).toEqual({ t: 'failed', rows: 'failed' })
    expect(await ids()).toEqual([5])
    expect(await db.rows(`select relname from pg_class where relname like 'dataform%'`)).toEqual([])
  })

  test('leaves a materialized view that is refreshed in place as it was', async () => {
    await db.rows('create schema s; create table s.src as select 5 as id')
    const action = view('s.t', {
      query: 'select id from s.src',
      materialized: true,
      extraProperties: { postgres: { indexes: [{ columns: ['id'], unique: true }] } },
    })
    await runActions(db, [action, positive])
    await db.rows('update s.src set id = -5')
    expect(await statuses([action, positive])).toEqual({ t: 'failed', rows: 'failed' })
    expect(await ids()).toEqual([5])
  })

  test('gates also when the assertion itself was not selected, and not when it is disabled', async () => {
    const bad = table('s.t', { query: 'select -1 as id' })
    const plan = { actions: [bad], inline: [positive] }
    const { planRun } = await import('../../src/plan/plan-run.js')
    const options = { fullRefresh: false, asOf: null, sampleRows: 5, gate: true }
    const catalog = { schemas: new Set<string>(), relations: new Map(), indexNames: new Map() }
    const audits = (inlineAssertions: readonly AssertionAction[]): number =>
      planRun({ actions: plan.actions, inlineAssertions, options }, catalog)
        .actions.flatMap((item) => item.groups.flatMap((group) => group.steps))
        .filter((step) => step.kind === 'audit').length
    expect(audits(plan.inline)).toBe(1)
    expect(audits([{ ...positive, disabled: true }])).toBe(0)
  })

  test('of severity warn is reported, and publishes', async () => {
    const warning = { ...positive, extraProperties: { quality: { severity: 'warn' } } }
    expect(await statuses([table('s.t', { query: 'select -1 as id' }), warning])).toEqual({
      t: 'succeeded',
      rows: 'warned',
    })
    expect(await ids()).toEqual([-1])
  })

  test('with --no-gate is found after the publication', async () => {
    const actions = [
      table('s.t', { query: 'select -1 as id' }),
      positive,
      table('s.u', { dependencies: [parent] }),
    ]
    expect(await statuses(actions, { gate: false })).toEqual({
      t: 'succeeded',
      rows: 'failed',
      u: 'succeeded',
    })
    expect(await ids()).toEqual([-1])
  })

  test('one that is wrong itself fails the model, with the place of the mistake', async () => {
    const { results } = await runActions(db, [table('s.t'), rowRule('idd > 0')])
    expect(results[0]).toMatchObject({
      status: 'failed',
      failure: { kind: 'sql', sqlstate: '42703', step: 'audit rows' },
    })
    expect(results[1]?.status).toBe('skipped')
  })
})

describe('post-operations', () => {
  const rows = rowRule('x > 0')
  const partitioned = storage({ partitionBy: 'day' })
  const query = `select 5 as x, date '2025-01-01' as day`
  const grows = (post: string) =>
    incremental('s.t', {
      query,
      incrementalQuery: `select 6 as x, date '2025-01-01' as day`,
      incrementalPostOps: [post],
    })

  test.each([
    ['UPDATE', 'update s.t set x = 0'],
    ['INSERT', `insert into s.t values (-1, '2025-01-01')`],
    ['TRUNCATE and as many rows', `truncate s.t; insert into s.t values (-1, '2025-01-01')`],
    ['ALTER TABLE', 'alter table s.t alter column x type int using -x'],
    ['renamed columns', 'alter table s.t rename x to y; alter table s.t add x int default -1'],
  ])('that write bad rows hold the model back: %s', async (_what, post) => {
    const bad = { t: 'failed', rows: 'failed' }
    const built = (rest: object) => [table('s.t', { query, postOps: [post], ...rest }), rows]
    expect(await statuses(built({}))).toEqual(bad)
    expect(await statuses(built({ storage: partitioned }))).toEqual(bad)
    expect(await db.rows(`select to_regclass('s.t') as t`)).toEqual([{ t: null }])
    await runActions(db, [grows(''), rows])
    expect(await statuses(built({}))).toEqual(bad)
    expect(await statuses([grows(post), rows])).toEqual(bad)
    expect(await db.rows('select x from s.t')).toEqual([{ x: 5 }])
  })

  test('of a view', async () => {
    const bad = view('s.t', {
      query: 'select 5 as x',
      postOps: ['create or replace view s.t as select -5 as x'],
    })
    expect(await statuses([bad, rows])).toEqual({ t: 'failed', rows: 'failed' })
  })

  test('that write where the server does not count', async () => {
    const bad = table('s.t', {
      query,
      preOps: ['set local track_counts = off'],
      postOps: ['update s.t set x = 0'],
    })
    expect(await statuses([bad, rows])).toEqual({ t: 'failed', rows: 'failed' })
  })

  test('that write good rows do not, and without rows the assertions are not evaluated again', async () => {
    await runActions(db, [grows('')])
    await db.rows('create sequence s.evaluations')
    const counted = rowRule(`x > 0 and nextval('s.evaluations') > 0`)
    const good = { t: 'succeeded', rows: 'succeeded' }
    const evaluations = () => db.rows('select last_value::int as n from s.evaluations')
    expect(
      await statuses([grows('grant select on s.t to public; create table s.u ()'), counted]),
    ).toEqual(good)
    expect(await evaluations()).toEqual([{ n: 1 }])
    expect(await statuses([grows('update s.t set x = 7'), counted])).toEqual(good)
    // The delta, and then the whole table.
    expect(await evaluations()).toEqual([{ n: 1 + 1 + 3 }])
    expect(await db.rows('select x from s.t')).toEqual([{ x: 7 }, { x: 7 }, { x: 7 }])
  })
})

describe('of a view on a table that is rebuilt', () => {
  const [x, y] = [target('s.x'), target('s.t')]
  const source = (query: string) => table('s.x', { query })
  const shown = (query: string, materialized: boolean) =>
    view('s.t', { query, materialized, dependencies: [x] })
  const rule = rowRule('n > 0')
  const outcome = async (actions: Parameters<typeof runActions>[1]) => {
    const { results } = await runActions(db, actions)
    return results.map(({ target: { name: key }, status, failure }) => [
      key,
      status,
      failure?.message ?? null,
    ])
  }
  const notPublished =
    'not published, because an assertion fails: rows (of s.t, which would show the rows)'

  test('a materialized view that would be filled with bad rows holds the table back', async () => {
    const all = (n: number) => [
      source(`select 1 as id, ${n} as n`),
      shown('select id, n from s.x', true),
      rule,
    ]
    await runActions(db, all(2))
    expect(await outcome(all(-2))).toEqual([
      ['x', 'failed', notPublished],
      ['t', 'skipped', 'skipped, because s.x did not succeed'],
      ['rows', 'failed', '1 row failed'],
    ])
    expect(await db.rows('select x.n as x, t.n as t from s.x, s.t')).toEqual([{ x: 2, t: 2 }])
    expect(await outcome(all(3))).toEqual([
      ['x', 'succeeded', null],
      ['t', 'succeeded', null],
      ['rows', 'succeeded', null],
    ])
    const [, alone] = await outcome([rule, source('select 1 as id, -3 as n')])
    expect(alone).toEqual(['x', 'failed', notPublished])
  })

  test('an assertion that names the table too looks at the new rows of both', async () => {
    const both = rowRule('n <= (select max(n) from s.x)')
    const all = (n: number) => [source(`select ${n} as n`), shown('select n from s.x', true), both]
    await runActions(db, all(1))
    expect((await outcome(all(2))).map(([, status]) => status)).toEqual(Array(3).fill('succeeded'))
  })

  test('of severity warn, or with --no-gate, it holds nothing back', async () => {
    const all = (n: number, severity: string) => [
      source(`select ${n} as n`),
      shown('select n from s.x', true),
      { ...rule, extraProperties: { quality: { severity } } },
    ]
    await runActions(db, all(1, 'warn'))
    expect(await statuses(all(-1, 'warn'))).toEqual({
      x: 'succeeded',
      t: 'succeeded',
      rows: 'warned',
    })
    expect(await statuses(all(-2, 'error'), { gate: false })).toMatchObject({
      x: 'succeeded',
      t: 'succeeded',
    })
    expect(await db.rows('select n from s.t')).toEqual([{ n: -2 }])
  })

  test.each([true, false])(
    'one that gets its new query with the table does (materialized: %s)',
    async (materialized) => {
      await runActions(db, [
        source('select 1 as n'),
        shown('select n from s.x', materialized),
        rule,
      ])
      const all = (m: number) => [
        source(`select ${m} as m`),
        shown('select m as n from s.x', materialized),
        rule,
      ]
      expect((await outcome(all(-2)))[0]).toEqual(['x', 'failed', notPublished])
      expect(await db.rows('select n from s.t')).toEqual([{ n: 1 }])
      expect((await outcome(all(2))).map(([, status]) => status)).toEqual(
        Array(3).fill('succeeded'),
      )
      expect(await db.rows('select n from s.t')).toEqual([{ n: 2 }])
    },
  )

  const ends = async (actions: Parameters<typeof runActions>[1], warnings: string[] = []) => {
    const onEvent: RunActionsOptions['onEvent'] = (event) => {
      if (event.type === 'warning') warnings.push(event.message)
    }
    const { results } = await runActions(db, actions, { onEvent })
    return Object.fromEntries(results.map(({ target: { name: key }, status }) => [key, status]))
  }

  test('a materialized view whose query has changed is filled with the new one', async () => {
    await runActions(db, [source('select 1 as id, 1 as n'), shown('select id, n from s.x', true)])
    await db.rows('create view s.on_it as select n from s.t')
    const all = (n: number, k: number) => [
      source(`select ${n} as n, ${k} as k, 1 as id`),
      shown('select -n as n, k, id from s.x', true),
      rowRule('n > 0 and k > 0'),
    ]
    for (const [n, k] of [
      [1, 1],
      [-1, -1],
    ] as const)
      expect(await ends(all(n, k))).toEqual({ x: 'failed', t: 'skipped', rows: 'failed' })
    expect(await ends(all(-1, 1))).toEqual({ x: 'succeeded', t: 'succeeded', rows: 'succeeded' })
    expect(await db.rows('select on_it.n, t.k from s.on_it, s.t')).toEqual([{ n: 1, k: 1 }])
  })

  test('where its new query needs more, what is not about its columns is left to its own action', async () => {
    await runActions(db, [source('select 1 as id'), shown('select id from s.x', true)])
    const warnings: string[] = []
    const other = table('s.other', { query: 'select 5 as n', dependencies: [x] })
    const all = (n: number) => [
      source('select 2 as id'),
      other,
      {
        ...shown(`select id, ${n} as n from s.x, s.other`, true),
        dependencies: [x, other.target],
      },
      { ...rule, dependencies: [y] },
    ]
    expect(await ends(all(-1), warnings)).toMatchObject({ x: 'succeeded', t: 'failed' })
    expect(warnings).toEqual([
      's.x: rows is not evaluated before s.t has its new query: column "n" does not exist',
    ])
    expect(await db.rows('select * from s.t')).toEqual([{ id: 2 }])
    expect(await ends(all(1))).toMatchObject({ x: 'succeeded', t: 'succeeded' })
  })

  test('and where it gives too little, its readers keep their columns until its own action', async () => {
    await runActions(db, [source('select 1 as id, 2 as n'), shown('select id, n from s.x', true)])
    await db.rows('create view s.on_it as select n from s.t')
    const all = [source('select 1 as id, 3 as n'), shown('select id from s.x', true)]
    expect(await ends(all)).toEqual({ x: 'succeeded', t: 'failed' })
    expect(await db.rows('select n from s.on_it')).toEqual([{ n: 3 }])
  })
})

describe('of an incremental table', () => {
  const growing = (incrementalQuery: string) =>
    incremental('s.t', {
      query: `select n as id, 'a' as v from generate_series(1, 3) n`,
      incrementalQuery,
      uniqueKey: ['id'],
      strategy: 'merge',
    })

  test('rows are checked in the delta alone', async () => {
    await runActions(db, [growing(''), positive])
    // A row that is there already, and breaks the rule, is no business of this run.
    await db.rows(`insert into s.t values (-7, 'old')`)
    expect(await statuses([growing(`select 4 as id, 'b' as v`), positive])).toEqual({
      t: 'succeeded',
      rows: 'succeeded',
    })
    expect(await statuses([growing(`select -4 as id, 'b' as v`), positive])).toEqual({
      t: 'failed',
      rows: 'failed',
    })
    expect(await ids()).toEqual([-7, 1, 2, 3, 4])
  })

  test('a rule that looks at other rows of the table is checked on the table, with the new rows', async () => {
    const last = rowRule(`id <= (select count(*) from ${name})`)
    await runActions(db, [growing(''), last])
    expect(await statuses([growing(`select 4 as id, 'b' as v`), last])).toMatchObject({
      t: 'succeeded',
    })
    expect(await statuses([growing(`select 9 as id, 'b' as v`), last])).toMatchObject({
      t: 'failed',
      rows: 'failed',
    })
    expect(await ids()).toEqual([1, 2, 3, 4])
  })

  test('keys are checked against the table, also those with NULL', async () => {
    const append = (query: string) =>
      incremental('s.t', {
        query: 'select 1 as id, 1 as part',
        incrementalQuery: query,
        strategy: 'append',
      })
    const key = keyRule('id, part')
    await runActions(db, [append(''), key])
    expect(await statuses([append('select 1 as id, 2 as part'), key])).toEqual({
      t: 'succeeded',
      key: 'succeeded',
    })
    expect(await statuses([append('select 1 as id, 1 as part'), key])).toEqual({
      t: 'failed',
      key: 'failed',
    })
    expect(await statuses([append('select null::int as id, 3 as part'), key])).toMatchObject({
      t: 'succeeded',
    })
    expect(await statuses([append('select null::int as id, 3 as part'), key])).toMatchObject({
      key: 'failed',
    })
    expect(await ids()).toEqual([1, 1, null])
  })

  test('keys are looked for in every partition', async () => {
    const daily = (incrementalQuery: string) =>
      incremental('s.t', {
        query: `select 1 as id, date '2025-01-01' as day, 'a' as v`,
        incrementalQuery,
        uniqueKey: ['id', 'day'],
        strategy: 'merge',
        storage: storage({ partitionBy: 'day' }),
      })
    const key = keyRule('id')
    await runActions(db, [daily(''), key])
    expect(
      await statuses([daily(`select 1 as id, date '2025-01-01' as day, 'b' as v`), key]),
    ).toEqual({ t: 'succeeded', key: 'succeeded' })
    expect(
      await statuses([daily(`select 2 as id, date '2025-03-01' as day, 'b' as v`), key]),
    ).toEqual({ t: 'succeeded', key: 'succeeded' })
    expect(
      await statuses([daily(`select 1 as id, date '2025-03-02' as day, 'c' as v`), key]),
    ).toEqual({ t: 'failed', key: 'failed' })
    expect(await ids()).toEqual([1, 2])
    expect(await db.rows('select v from s.t')).toEqual([{ v: 'b' }, { v: 'b' }])
  })

  test('keys that the delta does not have are not looked at', async () => {
    const append = (query: string) =>
      incremental('s.t', { query: 'select 1 as id', incrementalQuery: query, strategy: 'append' })
    await runActions(db, [append('')])
    await db.rows('insert into s.t values (1)')
    expect(await statuses([append('select 2 as id'), keyRule('id')])).toEqual({
      t: 'succeeded',
      key: 'succeeded',
    })
  })

  test('rows are checked with the types of the table', async () => {
    const append = (query: string) =>
      incremental('s.t', {
        query: 'select 1 as id, 5 as x',
        incrementalQuery: query,
        strategy: 'append',
      })
    const rules = [rowRule('x > 0'), keyRule('id')]
    await runActions(db, [append(''), ...rules])
    expect(
      await statuses([append('select 2.4::numeric as id, 0.3::numeric as x'), ...rules]),
    ).toMatchObject({ t: 'failed', rows: 'failed' })
    expect(await statuses([append('select 1.4::numeric as id, 0.6 as x'), ...rules])).toMatchObject(
      { t: 'failed', key: 'failed' },
    )
    expect(await db.rows('select * from s.t')).toEqual([{ id: 1, x: 5 }])
    expect(await statuses([append('select 1.6::numeric as id, 0.6 as x'), ...rules])).toEqual({
      t: 'succeeded',
      rows: 'succeeded',
      key: 'succeeded',
    })
    expect(await db.rows('select * from s.t order by id')).toEqual([
      { id: 1, x: 5 },
      { id: 2, x: 1 },
    ])
  })

  test('two keys that the table makes one are not merged', async () => {
    await runActions(db, [growing('')])
    const { results } = await runActions(db, [
      growing(`select id, 'b' as v from (values (1.2), (1.4)) d (id)`),
    ])
    expect(results[0]?.failure?.message).toBe(
      'the incremental query gives more than one row for a key (id): id = 1, rows = 2',
    )
    await runActions(db, [growing(`select 1.2 as id, 'b' as v`)])
    expect(await db.rows('select * from s.t order by id limit 2')).toEqual([
      { id: 1, v: 'b' },
      { id: 2, v: 'a' },
    ])
  })

  test('text that is too long for the table is no more cut than by INSERT', async () => {
    const append = (query: string) =>
      incremental('s.t', {
        query: `select 'abc'::varchar(3) as v`,
        incrementalQuery: query,
        strategy: 'append',
      })
    await runActions(db, [append('')])
    const { results } = await runActions(db, [append(`select 'abcd'::text as v`)])
    expect(results[0]?.failure).toMatchObject({ kind: 'sql', sqlstate: '22001' })
    const { results: other } = await runActions(db, [append(`select array[1] as v`)])
    expect(other[0]?.status).toBe('succeeded')
  })

  test('what a trigger makes of the rows is checked', async () => {
    const rules = [positive, keyRule('id')]
    await runActions(db, [growing(''), ...rules])
    await db.rows(`create function s.f() returns trigger language plpgsql as 'begin new.id := -new.id; return new; end';
      create trigger g before insert on s.t for each row execute function s.f()`)
    expect(await statuses([growing(`select 4 as id, 'b' as v`), ...rules])).toMatchObject({
      t: 'failed',
      rows: 'failed',
    })
    expect(await ids()).toEqual([1, 2, 3])
    await db.rows('alter table s.t disable trigger g')
    expect(await statuses([growing(`select 4 as id, 'b' as v`), ...rules])).toMatchObject({
      t: 'succeeded',
    })
  })

  test('generated and identity columns can be in a rule', async () => {
    const append = (query: string) =>
      incremental('s.t', { query: 'select 1 as x', incrementalQuery: query, strategy: 'append' })
    const rules = [rowRule('twice > 0'), keyRule('twice')]
    await runActions(db, [append('')])
    await db.rows('alter table s.t add twice int generated always as (x * 2) stored')
    expect(await statuses([append('select 2 as x'), ...rules])).toMatchObject({ t: 'succeeded' })
    expect(await statuses([append('select 3 as x, 7 as twice'), ...rules])).toMatchObject({
      t: 'succeeded',
    })
    expect(await statuses([append('select -2 as x'), ...rules])).toMatchObject({ rows: 'failed' })
    expect(await statuses([append('select 2 as x'), ...rules])).toMatchObject({ key: 'failed' })
    await db.rows('alter table s.t add n int generated always as identity')
    const small = rowRule('n < 5')
    expect(await statuses([append('select 4 as x'), small])).toMatchObject({ t: 'succeeded' })
    expect(await statuses([append('select 5 as x'), small])).toMatchObject({ rows: 'failed' })
    expect(await db.rows('select x, twice, n from s.t order by n')).toEqual([
      { x: 1, twice: 2, n: 1 },
      { x: 2, twice: 4, n: 2 },
      { x: 3, twice: 6, n: 3 },
      { x: 4, twice: 8, n: 4 },
    ])
  })

  test('the first build is checked whole', async () => {
    const bad = { ...growing(''), query: 'select 0 as id' }
    expect(await statuses([bad, positive])).toEqual({ t: 'failed', rows: 'failed' })
    expect(await db.rows(`select to_regclass('s.t') as t`)).toEqual([{ t: null }])
  })
})

describe('the dialect', () => {
  test('the columns of a key are found in its query again', async () => {
    const { keyListOf } = await import('../../src/compile/dialect.js')
    for (const columns of [['id'], ['a', '"B c"'], ['lower(x)', 'y']])
      expect(keyListOf(sql.indexAssertion(name, columns))).toBe(columns.join(', '))
    expect(keyListOf(sql.rowConditionsAssertion(name, ['a']))).toBeNull()
  })
})
