/** What the generator says that it wrote of the product is what the warehouse finds, fault by fault and day by day. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { generated, type Counts, type Generated } from '../support/generated.js'

interface Expected {
  readonly raw_rows: Counts
  readonly staged_rows: Counts
  readonly duplicate_rows: Counts
  readonly quarantined_rows: Readonly<Record<string, Counts>>
  readonly users: number
  readonly users_current: number
  readonly users_deleted: number
  readonly user_versions: number
  readonly events_by_type: Counts
  readonly events_by_date: Counts
  readonly active_users_by_date: Counts
}

let product: Generated<Expected>
beforeAll(async () => {
  // CSV can hold a time that is none; Parquet can't.
  product = await generated<Expected>(
    'product',
    '--users 110 --days 30 --seed 5 --dirt 0.1 --format csv --snapshot-every 5',
  )
})
afterAll(() => product.remove())

test('there is dirt of every reason', () => {
  const { quarantined_rows, duplicate_rows } = product.expected
  expect(Object.keys(quarantined_rows.product_events ?? {})).toEqual([
    'bad_timestamp',
    'future_timestamp',
    'missing_key',
    'orphan_fk',
    'unknown_enum',
  ])
  expect(Object.keys(quarantined_rows.product_users ?? {})).toEqual(['missing_key', 'unknown_enum'])
  expect(Math.min(...Object.values(duplicate_rows))).toBeGreaterThan(5)
})

test.each(['raw_rows', 'staged_rows', 'duplicate_rows'] as const)('%s', async (figure) => {
  expect(
    await product.counts(
      `select source as name, sum(${figure}) as n from product.stg_load_accounting group by 1`,
    ),
  ).toEqual(product.expected[figure])
})

test('quarantine, reason by reason', async () => {
  for (const [source, reasons] of Object.entries(product.expected.quarantined_rows))
    expect(
      await product.counts(
        `select reason as name, count(*) as n from product.stg_rejects
         where source = '${source}' group by 1`,
      ),
    ).toEqual(reasons)
})

test('users and their versions', async () => {
  const { users, users_current, users_deleted, user_versions } = product.expected
  const [found] = await product.db.rows(`
    select
      count(distinct user_id)::int as users,
      count(*) filter (where is_current)::int as users_current,
      count(*) filter (where is_deleted)::int as users_deleted,
      count(*)::int as user_versions
    from product.dim_users
    where user_id <> 'unknown'`)
  expect(found).toEqual({ users, users_current, users_deleted, user_versions })
  expect(users_deleted).toBeGreaterThan(0)
  expect(user_versions).toBeGreaterThan(users)
})

test('events by type and by date', async () => {
  expect(
    await product.counts(
      'select event_type as name, count(*) as n from product.fct_events group by 1',
    ),
  ).toEqual(product.expected.events_by_type)
  expect(
    await product.counts(
      `select date::text as name, total_events as n
       from product.agg_daily_metrics where platform = 'all'`,
    ),
  ).toEqual(product.expected.events_by_date)
})

test('daily active users', async () => {
  const active = await product.counts(
    `select date::text as name, dau as n from product.agg_daily_metrics where platform = 'all'`,
  )
  expect(active).toEqual(product.expected.active_users_by_date)
  expect(Object.keys(active)).toHaveLength(30)
})
