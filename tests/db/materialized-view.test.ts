/** Materialized views are refreshed; they are made anew only when their definition has changed. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { table, target, view } from '../support/actions.js'
import { createTestDatabase } from '../support/database.js'
import type { TestDatabase } from '../support/database.js'
import { runActions, runOne } from '../support/run-actions.js'

let db: TestDatabase
beforeEach(async () => {
  db = await createTestDatabase()
  await db.rows(
    'create schema s; create table s.src as select n as id, 0 as v from generate_series(1, 3) n',
  )
})
afterEach(async () => {
  await db.drop()
})

const keyed = { extraProperties: { postgres: { indexes: [{ columns: ['id'], unique: true }] } } }
const model = (rest: object = {}) =>
  view('s.m', { query: 'select id, v from s.src', materialized: true, ...rest })
const oid = async () => (await db.rows(`select 's.m'::regclass::oid as oid`))[0]?.oid
const rows = async () => db.rows('select id, v from s.m order by id')

describe('a materialized view', () => {
  test('with a unique index is refreshed concurrently: rows that are the same stay where they are', async () => {
    await runOne(db, [model(keyed)])
    const before = await oid()
    const versions = () => db.rows('select id, xmin::text from s.m order by id')
    const [first] = await versions()
    await db.rows('update s.src set v = 7 where id = 3')
    expect(await runOne(db, [model(keyed)])).toMatchObject({
      status: 'succeeded',
      outcome: 'refreshed',
    })
    expect(await rows()).toEqual([
      { id: 1, v: 0 },
      { id: 2, v: 0 },
      { id: 3, v: 7 },
    ])
    expect(await oid()).toBe(before)
    expect((await versions())[0]).toEqual(first)
  })

  test('is refreshed while somebody reads it in a long transaction', async () => {
    await runOne(db, [model(keyed)])
    await db.rows('update s.src set v = 7')
    await db.database.withSession(async (reader) => {
      await reader.query('begin isolation level repeatable read')
      await reader.query('select * from s.m')
      const result = await runOne(db, [model(keyed)], { execute: { lockWaitMs: 0 } })
      expect(result.status).toBe('succeeded')
      expect((await reader.query('select distinct v from s.m')).rows).toEqual([{ v: 0 }])
      await reader.query('commit')
    })
    expect((await rows())[0]).toEqual({ id: 1, v: 7 })
  })

  test.each([
    ['no unique index', {}],
    [
      'a unique index on an expression',
      { extraProperties: { postgres: { indexes: [{ columns: ['abs(id)'], unique: true }] } } },
    ],
    [
      'a partial unique index',
      {
        extraProperties: {
          postgres: { indexes: [{ columns: ['id'], unique: true, where: 'id > 0' }] },
        },
      },
    ],
  ])(
    'with %s is filled beside the old one, so that readers are not kept out',
    async (_what, rest) => {
      await runOne(db, [model(rest)])
      await db.rows(
        `create view s.on_m as select id from s.m; grant select on s.m to public; create index by_hand on s.m (v)`,
      )
      await db.rows('insert into s.src values (4, 4)')
      expect(await runOne(db, [model(rest)])).toMatchObject({
        status: 'succeeded',
        outcome: 'refreshed',
        rows: 4,
      })
      expect(await db.rows('select count(*)::int as n from s.on_m')).toEqual([{ n: 4 }])
      expect(
        await db.rows(
          `select relacl is not null as granted, to_regclass('s.by_hand') is not null as index from pg_class where oid = 's.m'::regclass`,
        ),
      ).toEqual([{ granted: true, index: true }])
    },
  )

  test('is made anew when its query changes, and what is on it is kept', async () => {
    await runOne(db, [model(keyed)])
    await db.rows('create view s.on_m as select id from s.m')
    const result = await runOne(db, [
      model({ ...keyed, query: `select id, v, 'x' as more from s.src` }),
    ])
    expect(result).toMatchObject({ status: 'succeeded', outcome: 'rebuilt' })
    expect(await db.rows('select more from s.m limit 1')).toEqual([{ more: 'x' }])
    expect(await db.rows('select count(*)::int as n from s.on_m')).toEqual([{ n: 3 }])
  })

  test('is made anew when `select *` means other columns by now, or the declared indexes change', async () => {
    const star = model({ query: 'select * from s.src' })
    await runOne(db, [star])
    await db.rows('alter table s.src add column more int')
    expect(await runOne(db, [star])).toMatchObject({ outcome: 'rebuilt' })
    expect(await runOne(db, [star])).toMatchObject({ outcome: 'refreshed' })
    expect(await runOne(db, [{ ...star, ...keyed }])).toMatchObject({ outcome: 'rebuilt' })
    expect(await runOne(db, [{ ...star, ...keyed }])).toMatchObject({ outcome: 'refreshed' })
    expect(await runOne(db, [star])).toMatchObject({ outcome: 'rebuilt' })
    expect(
      await db.rows(
        `select indexrelid::regclass::text as name from pg_index where indrelid = 's.m'::regclass`,
      ),
    ).toEqual([])
  })

  test('over a table that was rebuilt is still the same view', async () => {
    const actions = [
      table('s.t', { query: 'select n as id, 0 as v from generate_series(1, 3) n' }),
      model({ query: 'select t.id, t.v from s.t', dependencies: [target('s.t')], ...keyed }),
    ]
    for (const outcome of ['created', 'refreshed', 'refreshed'])
      expect((await runActions(db, actions)).results.at(-1)).toMatchObject({
        status: 'succeeded',
        outcome,
      })
  })

  test('that was never filled is filled', async () => {
    await db.rows('create materialized view s.m as select id, v from s.src with no data')
    expect(await runOne(db, [model()])).toMatchObject({ status: 'succeeded' })
    expect(await rows()).toHaveLength(3)
  })

  test('takes the place of a table, and gives way to one', async () => {
    await runOne(db, [table('s.m')])
    await db.rows('grant select on s.m to public')
    expect((await runOne(db, [model()])).failure).toBeUndefined()
    expect((await runOne(db, [table('s.m')])).failure).toBeUndefined()
    expect(
      await db.rows(
        `select relkind, relacl is not null as granted from pg_class where oid = 's.m'::regclass`,
      ),
    ).toEqual([{ relkind: 'r', granted: true }])
  })
})
