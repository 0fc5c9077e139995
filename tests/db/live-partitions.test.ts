/** Partitions of tables that people read: attached, dropped when nobody is in the way, and never filled in silence. */
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

const model = (incrementalQuery: string, partitionBy = 'day', rest: object = {}) =>
  incremental('s.t', {
    query: `select 1 as id, date '2025-01-15' as day`,
    incrementalQuery,
    storage: storage({ partitionBy }),
    ...rest,
  })
const parts = async (): Promise<unknown[]> =>
  (
    await db.rows(`select relname || ' ' || pg_get_expr(relpartbound, c.oid) as part from pg_inherits
      join pg_class c on c.oid = inhrelid where inhparent = 's.t'::regclass order by 1`)
  ).map((row) => row.part)

describe('new partitions', () => {
  test('come without keeping readers out', async () => {
    await runOne(db, [model('')])
    await db.database.withSession(async (reader) => {
      await reader.query('begin')
      await reader.query('select * from s.t')
      // It would wait for the reader if it needed more than a lock that readers share.
      const result = await runOne(db, [model(`select 2 as id, date '2031-05-05' as day`)], {
        execute: { lockWaitMs: 0 },
      })
      expect(result.failure).toBeUndefined()
      await reader.query('commit')
    })
    expect(await parts()).toEqual([
      "t_p20250101 FOR VALUES FROM ('2025-01-01') TO ('2025-02-01')",
      "t_p20310501 FOR VALUES FROM ('2031-05-01') TO ('2031-06-01')",
    ])
  })

  test('for dates before our time and after the year 9999', async () => {
    await runOne(db, [model('')])
    const query = `select 2 as id, d as day from (values (date '0044-03-15 BC'), (date '0044-03-15'), (date '12345-03-01')) v (d)`
    expect((await runOne(db, [model(query)])).failure).toBeUndefined()
    expect(await parts()).toEqual([
      "t_p00440301 FOR VALUES FROM ('0044-03-01') TO ('0044-04-01')",
      "t_p00440301bc FOR VALUES FROM ('0044-03-01 BC') TO ('0044-04-01 BC')",
      "t_p123450301 FOR VALUES FROM ('12345-03-01') TO ('12345-04-01')",
      "t_p20250101 FOR VALUES FROM ('2025-01-01') TO ('2025-02-01')",
    ])
    expect((await runOne(db, [model(query)], { fullRefresh: true })).failure).toBeUndefined()
  })

  test.each([['null::date'], [`date 'infinity'`], [`date '-infinity'`]])(
    'a row with %s is refused',
    async (day) => {
      await runOne(db, [model('')])
      const { failure } = await runOne(db, [model(`select 2 as id, ${day} as day`)])
      expect(failure?.message).toBe('1 row without a finite value in the partition column day')
      const first = await runOne(db, [{ ...model(''), query: `select 2 as id, ${day} as day` }], {
        fullRefresh: true,
      })
      expect(first.failure?.message).toBe(
        '1 row without a finite value in the partition column day',
      )
    },
  )

  test('a default partition that somebody made is never filled', async () => {
    await runOne(db, [model('')])
    await db.rows('create table s.rest partition of s.t default')
    expect(
      (await runOne(db, [model(`select 2 as id, date '2025-03-03' as day`)])).failure,
    ).toBeUndefined()
    expect(await db.rows('select count(*)::int as n from s.rest')).toEqual([{ n: 0 }])
    await db.rows(`insert into s.t values (3, '2025-07-07')`)
    const { failure } = await runOne(db, [model(`select 4 as id, date '2025-07-08' as day`)])
    expect(failure?.message).toMatch(
      /updated partition constraint for default partition "rest" would be violated/,
    )
  })
})

describe('another unit', () => {
  test('a wider one is refused with what it needs', async () => {
    await runOne(db, [model('', `date_trunc('day', day)`)])
    const { failure } = await runOne(db, [model(`select 2 as id, date '2025-01-20' as day`)])
    expect(failure).toMatchObject({
      message:
        'partitionBy has changed: a partition by month from 2025-01-01 to 2025-02-01 overlaps with t_p20250115',
      hint: 'Run it once with --full-refresh.',
    })
  })

  test('a narrower one goes on in the old partitions, and says so', async () => {
    await runOne(db, [model('')])
    const warnings: string[] = []
    const result = await runOne(
      db,
      [model(`select 2 as id, date '2025-01-20' as day`, `date_trunc('day', day)`)],
      {
        onEvent: (event) => event.type === 'warning' && warnings.push(event.message),
      },
    )
    expect(result.rows).toBe(1)
    expect(warnings).toContain(
      's.t: partitionBy is by day, but the rows go into t_p20250101, which has other bounds; --full-refresh makes the partitions anew',
    )
  })
})

describe('expiry', () => {
  const expiring = model(`select 2 as id, date '2025-06-01' as day`, 'day', {
    storage: storage({ partitionBy: 'day', partitionExpirationDays: 30 }),
  })

  test('does not queue readers behind a long one, and comes with the next run if it has to give up', async () => {
    await runOne(db, [expiring], { asOf: '2025-01-20' })
    const messages: string[] = []
    await db.database.withSession(async (reader) => {
      await reader.query('begin; select * from s.t')
      await runOne(db, [expiring], {
        asOf: '2025-06-02',
        execute: { lockWaitMs: 0 },
        onEvent: (event) => 'message' in event && messages.push(event.message),
      })
      await reader.query('commit')
    })
    expect(messages).toContainEqual(
      expect.stringMatching(/^s\.t: expired partitions were not dropped: the locks/),
    )
    expect(await parts()).toHaveLength(2)
    await runOne(db, [expiring], { asOf: '2025-06-02' })
    expect(await parts()).toEqual(["t_p20250601 FOR VALUES FROM ('2025-06-01') TO ('2025-07-01')"])
  })
})
