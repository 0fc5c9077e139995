/** INSERT_OVERWRITE: whole partitions are replaced. */
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

const FIRST = `select n as id, date '2025-01-01' + n % 3 as day, 'old' as v from generate_series(0, 8) n`
const model = (incrementalQuery: string, rest: object = {}) =>
  incremental('s.t', {
    query: FIRST,
    incrementalQuery,
    strategy: 'insert_overwrite',
    storage: storage({ partitionBy: `date_trunc('day', day)`, clusterBy: ['id'] }),
    ...rest,
  })
const NEXT = `select * from (values (100, date '2025-01-02', 'new'), (101, date '2025-01-02', 'new'), (102, date '2025-01-09', 'new')) v (id, day, v)`
const rows = async () => db.rows('select id, day::text, v from s.t order by day, id')
const parts = async () =>
  db.rows(`select c.oid, c.relname as name from pg_inherits join pg_class c on c.oid = inhrelid
    where inhparent = 's.t'::regclass order by 2`)
const kept = (days: readonly string[]) =>
  [...Array(9).keys()]
    .map((n) => ({ id: n, day: `2025-01-0${1 + (n % 3)}`, v: 'old' }))
    .filter((row) => days.includes(row.day))
    .sort((a, b) => a.day.localeCompare(b.day) || a.id - b.id)

describe('INSERT_OVERWRITE', () => {
  test('exchanges the partitions that the delta has rows of, and leaves the others untouched', async () => {
    await runOne(db, [model(NEXT)])
    const before = await parts()
    expect(await runOne(db, [model(NEXT)])).toMatchObject({
      status: 'succeeded',
      outcome: 'overwritten',
      rows: 3,
    })
    expect(await rows()).toEqual([
      ...kept(['2025-01-01']),
      { id: 100, day: '2025-01-02', v: 'new' },
      { id: 101, day: '2025-01-02', v: 'new' },
      ...kept(['2025-01-03']),
      { id: 102, day: '2025-01-09', v: 'new' },
    ])
    const after = await parts()
    expect(after.map((part) => part.name)).toEqual([
      't_p20250101',
      't_p20250102',
      't_p20250103',
      't_p20250109',
    ])
    expect(after[0]).toEqual(before[0])
    expect(after[1]).not.toEqual(before[1])
    expect(after[2]).toEqual(before[2])
    // Every partition has the table's index, and nothing of the exchange is left.
    expect(
      await db.rows(
        `select count(*)::int as n from pg_inherits where inhparent = 's.t_id_idx'::regclass`,
      ),
    ).toEqual([{ n: 4 }])
    expect(
      await db.rows(`select conname from pg_constraint where conname like 'dataform%'`),
    ).toEqual([])
    expect(await runOne(db, [model(NEXT)])).toMatchObject({ status: 'succeeded' })
    expect((await rows()).length).toBe(9)
  })

  test.each([
    ['updatePartitionFilter', { updatePartitionFilter: 'id > 3' }],
    ['incrementalPredicates', { incrementalPredicates: ['dataform_dest.id > 3', ' '] }],
  ])('with %s replaces the rows that meet it', async (_what, rest) => {
    await runOne(db, [model(NEXT)])
    await runOne(db, [model(NEXT, rest)])
    expect((await rows()).filter((row) => row.day === '2025-01-02')).toEqual([
      { id: 1, day: '2025-01-02', v: 'old' },
      { id: 100, day: '2025-01-02', v: 'new' },
      { id: 101, day: '2025-01-02', v: 'new' },
    ])
  })

  test('a partition on which something hangs stays, and its rows are replaced', async () => {
    await runOne(db, [model(NEXT)])
    await db.rows(
      'create view s.v as select count(*)::int as n from s.t_p20250102; grant select on s.t_p20250102 to public',
    )
    expect((await runOne(db, [model(NEXT)])).failure).toBeUndefined()
    expect(await db.rows('select n from s.v')).toEqual([{ n: 2 }])
    // LIKE copies no statistics target: it stays because the partitions do.
    await db.rows('alter table s.t alter column id set statistics 77')
    expect((await runOne(db, [model(NEXT)])).failure).toBeUndefined()
    expect(
      await db.rows(`select distinct a.attstattarget::int as n from pg_attribute a
        join pg_inherits i on i.inhrelid = a.attrelid where i.inhparent = 's.t'::regclass and a.attname = 'id'`),
    ).toEqual([{ n: 77 }])
    expect(await rows()).toHaveLength(9)
  })

  test('by month all days of the month are replaced', async () => {
    const monthly = model(NEXT, { storage: storage({ partitionBy: 'day' }) })
    await runOne(db, [monthly])
    await runOne(db, [monthly])
    expect((await rows()).map((row) => row.id)).toEqual([100, 101, 102])
  })

  test('a key that is a constraint, and columns in another order', async () => {
    await runOne(db, [model(NEXT)])
    await db.rows('alter table s.t add primary key (id, day)')
    const turned = `select v, day, id from (${NEXT}) n`
    expect((await runOne(db, [model(turned)])).failure).toBeUndefined()
    expect((await rows()).slice(3, 5).map((row) => row.id)).toEqual([100, 101])
    const twice = await runOne(db, [model(`${NEXT} union all ${NEXT}`)])
    expect(twice.failure).toMatchObject({ sqlstate: '23505' })
    expect(await rows()).toHaveLength(9)
  })
})
