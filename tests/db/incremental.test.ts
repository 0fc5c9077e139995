import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { incremental, storage } from '../support/actions.js'
import { createTestDatabase } from '../support/database.js'
import type { TestDatabase } from '../support/database.js'
import { runOne } from '../support/run-actions.js'

let db: TestDatabase
beforeEach(async () => {
  db = await createTestDatabase()
})
afterEach(async () => {
  await db.drop()
})

const merging = incremental('s.t', {
  query: `select 1 as id, 'a' as name, 10 as amount`,
  incrementalQuery: `select 1 as id, 'a' as name, 10 as amount`,
  uniqueKey: ['id'],
  strategy: 'merge',
})

describe('incremental by unique key', () => {
  test('updates what changed, inserts what is new, and leaves equal rows untouched', async () => {
    await runOne(db, [
      {
        ...merging,
        query: `select n as id, 'a' as name, null::int as amount from generate_series(1, 3) n`,
      },
    ])
    const versions = async () => db.rows('select id, xmin::text as version from s.t order by id')
    const before = await versions()
    const result = await runOne(db, [
      {
        ...merging,
        // Another order of columns, one more column, and text where the table has text.
        incrementalQuery: `select * from (values (5, 'a', 1, true), (null, 'b', 2, true), (7, 'new', 9, true)) v (amount, name, id, ignored)`,
      },
    ])
    expect(result).toMatchObject({ status: 'succeeded', outcome: 'merged', rows: 3 })
    expect(await db.rows('select id, name, amount from s.t order by id')).toEqual([
      { id: 1, name: 'a', amount: 5 },
      { id: 2, name: 'b', amount: null },
      { id: 3, name: 'a', amount: null },
      { id: 9, name: 'new', amount: 7 },
    ])
    const after = await versions()
    expect(after[2]).toEqual(before[2])
    expect(after[0]).not.toEqual(before[0])
  })

  test('a second run changes nothing', async () => {
    await runOne(db, [merging])
    const before = await db.rows('select ctid::text, xmin::text from s.t')
    expect(await runOne(db, [merging])).toMatchObject({ status: 'succeeded', rows: 0 })
    expect(await db.rows('select ctid::text, xmin::text from s.t')).toEqual(before)
  })

  test('a delta with two rows of one key names the keys', async () => {
    await runOne(db, [merging])
    const result = await runOne(db, [
      {
        ...merging,
        incrementalQuery: `select * from (values (4, 'x', 1), (4, 'y', 2)) v (id, name, amount)`,
      },
    ])
    expect(result.failure?.message).toMatch(/more than one row for a key \(id\): id = 4, rows = 2/)
    expect(await db.rows('select id from s.t')).toEqual([{ id: 1 }])
  })

  test('types without equality are compared too', async () => {
    const action = {
      ...merging,
      query: `select 1 as id, '{"a": 1}'::json as doc, point(1, 2) as at`,
      incrementalQuery: `select 1 as id, '{"a": 1}'::json as doc, point(1, 2) as at`,
    }
    await runOne(db, [action])
    expect(await runOne(db, [action])).toMatchObject({ status: 'succeeded', rows: 0 })
    expect(
      await runOne(db, [
        {
          ...action,
          incrementalQuery: `select 1 as id, '{"a": 2}'::json as doc, point(1, 2) as at`,
        },
      ]),
    ).toMatchObject({ rows: 1 })
  })

  test('a column that the table has and the query does not give is an error', async () => {
    await runOne(db, [merging])
    const result = await runOne(db, [
      { ...merging, incrementalQuery: `select 1 as id, 'b' as name` },
    ])
    expect(result.failure?.message).toMatch(/amount/)
  })

  test('generated columns are left to the database', async () => {
    await runOne(db, [merging])
    await db.rows('alter table s.t add column twice int generated always as (amount * 2) stored')
    const result = await runOne(db, [
      { ...merging, incrementalQuery: `select 1 as id, 'a' as name, 11 as amount` },
    ])
    expect(result.status).toBe('succeeded')
    expect(await db.rows('select twice from s.t')).toEqual([{ twice: 22 }])
  })

  test('--full-refresh rebuilds, unless the table is protected', async () => {
    await runOne(db, [merging])
    const next = { ...merging, query: `select 8 as id, 'z' as name, 0 as amount` }
    await runOne(db, [{ ...next, isProtected: true }], { fullRefresh: true })
    expect(await db.rows('select id from s.t')).toEqual([{ id: 1 }])
    await runOne(db, [next], { fullRefresh: true })
    expect(await db.rows('select id from s.t')).toEqual([{ id: 8 }])
  })

  test('incremental operations run instead of the others', async () => {
    const action = {
      ...merging,
      preOps: ['create table s.log as select 1 as full_run'],
      incrementalPreOps: ['create temporary table batch on commit drop as select 3 as n'],
      incrementalQuery: `select n as id, 'p' as name, 0 as amount from batch`,
      incrementalPostOps: [`update s.t set name = name || '!' where id in (select n from batch)`],
    }
    expect((await runOne(db, [action])).status).toBe('succeeded')
    expect((await runOne(db, [action])).status).toBe('succeeded')
    expect(await db.rows('select name from s.t where id = 3')).toEqual([{ name: 'p!' }])
  })

  test('any sequence of deltas gives what an upsert in order gives', async () => {
    const delta = fc.uniqueArray(
      fc.record({
        id: fc.nat(8),
        name: fc.option(fc.constantFrom('a', 'b', "it's")),
        amount: fc.option(fc.nat(3)),
      }),
      { selector: (row) => row.id, maxLength: 8 },
    )
    await runOne(db, [
      { ...merging, query: `select 0 as id, 'a' as name, 0 as amount where false` },
    ])
    await fc.assert(
      fc.asyncProperty(fc.array(delta, { minLength: 1, maxLength: 4 }), async (deltas) => {
        await db.rows('truncate s.t')
        const expected = new Map<number, unknown>()
        for (const rows of deltas) {
          for (const row of rows) expected.set(row.id, row)
          const json = JSON.stringify(rows).replaceAll("'", "''")
          const incrementalQuery = `select * from jsonb_to_recordset('${json}') as r(id int, name text, amount int)`
          expect((await runOne(db, [{ ...merging, incrementalQuery }])).status).toBe('succeeded')
        }
        expect(await db.rows('select id, name, amount from s.t order by id')).toEqual(
          [...expected.entries()].sort(([a], [b]) => a - b).map(([, row]) => row),
        )
      }),
      { numRuns: 25 },
    )
  })
})

describe('incremental without a key', () => {
  test('appends by column name', async () => {
    const action = incremental('s.t', {
      query: `select 1 as id, 'a' as name`,
      incrementalQuery: `select 'b' as name, 2 as id`,
    })
    await runOne(db, [action])
    expect(await runOne(db, [action])).toMatchObject({ outcome: 'appended', rows: 1 })
    expect(await db.rows('select id, name from s.t order by id')).toEqual([
      { id: 1, name: 'a' },
      { id: 2, name: 'b' },
    ])
  })
})

describe('partitions', () => {
  const facts = incremental('s.facts', {
    query: `select n as id, date '2025-01-31' + n as day from generate_series(0, 2) n`,
    incrementalQuery: `select 90 as id, date '2024-12-25' as day`,
    uniqueKey: ['id', 'day'],
    strategy: 'merge',
    storage: storage({ partitionBy: 'day', clusterBy: ['id'], partitionExpirationDays: 40 }),
  })
  const partitions = async (name = 'facts'): Promise<unknown[]> =>
    (
      await db.rows(
        `select inhrelid::regclass::text as part from pg_inherits where inhparent = $1::regclass order by 1`,
        [`s.${name}`],
      )
    ).map((row) => row.part)

  test('are made as the data needs them, for past dates too, and dropped when they have expired', async () => {
    await runOne(db, [facts], { asOf: '2025-02-02' })
    expect(await partitions()).toEqual(['s.facts_p20250101', 's.facts_p20250201'])
    expect(await runOne(db, [facts], { asOf: '2025-02-02' })).toMatchObject({ rows: 1 })
    expect(await partitions()).toEqual([
      's.facts_p20241201',
      's.facts_p20250101',
      's.facts_p20250201',
    ])
    const messages: unknown[] = []
    await runOne(db, [facts], { asOf: '2025-02-10', onEvent: (event) => messages.push(event) })
    expect(messages).toContainEqual({
      type: 'phase',
      phase: 'execute',
      message: 's.facts: dropped expired partitions s.facts_p20241201',
    })
    expect(await partitions()).toEqual(['s.facts_p20250101', 's.facts_p20250201'])
  })

  test('a rebuild keeps the names; the key has a unique index', async () => {
    await runOne(db, [facts], { asOf: '2025-02-02' })
    expect(await runOne(db, [facts], { asOf: '2025-02-02', fullRefresh: true })).toMatchObject({
      rows: 3,
    })
    expect(await partitions()).toEqual(['s.facts_p20250101', 's.facts_p20250201'])
    expect(
      await db.rows(`select indexrelid::regclass::text as name, indisunique as is_unique from pg_index
        where indrelid = 's.facts'::regclass order by 1`),
    ).toEqual([
      { name: 's.facts_id_day_key', is_unique: true },
      { name: 's.facts_id_idx', is_unique: false },
    ])
  })

  test.each([
    ['day', ['2024-02-29', '2024-03-01'], ['_p20240229', '_p20240301']],
    ['week', ['2024-12-30', '2025-01-05', '2025-01-06'], ['_p20241230', '_p20250106']],
    ['quarter', ['2024-06-30', '2024-07-01'], ['_p20240401', '_p20240701']],
    ['year', ['2023-12-31', '2024-01-01'], ['_p20230101', '_p20240101']],
  ])('by %s', async (unit, days, names) => {
    const values = days.map((day) => `(timestamp '${day} 23:59:59')`).join(', ')
    await runOne(db, [
      incremental('s.p', {
        query: `select * from (values ${values}) v (at)`,
        storage: storage({ partitionBy: `date_trunc('${unit}', at)` }),
      }),
    ])
    expect(await partitions('p')).toEqual(names.map((name) => `s.p${name}`))
    expect(await db.rows('select count(*)::int as n from s.p')).toEqual([{ n: days.length }])
  })

  test('a row without a date is an error, never a default partition', async () => {
    const result = await runOne(db, [{ ...facts, query: `select 1 as id, null::date as day` }], {
      asOf: '2025-02-02',
    })
    expect(result.failure?.message).toMatch(/partition column day/)
  })

  test('a long name still has room for the date', async () => {
    const name = `f_${'x'.repeat(59)}`
    await runOne(db, [{ ...facts, target: { schema: 's', name } }], { asOf: '2025-02-02' })
    const names = await partitions(name)
    expect(names).toHaveLength(2)
    for (const part of names) expect(String(part)).toMatch(/^s\.f_x+_[0-9a-f]{8}_p2025\d{4}$/)
  })

  test('a partitionBy that has changed is refused with what it needs', async () => {
    await runOne(db, [{ ...facts, storage: storage({}) }])
    const result = await runOne(db, [facts])
    expect(result.failure).toMatchObject({
      kind: 'unsupported',
      hint: 'Run it once with --full-refresh.',
    })
    expect((await runOne(db, [facts], { fullRefresh: true })).status).toBe('succeeded')
  })
})
