/**
 * What the generator says that it wrote is what the warehouse finds, fault by fault.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { generated, type Counts, type Generated } from '../support/generated.js'

interface Expected {
  readonly rejected_lines: number
  readonly raw_rows: Counts
  readonly staged_rows: Counts
  readonly duplicate_rows: Counts
  readonly quarantined_rows: Readonly<Record<string, Counts>>
  readonly users: number
  readonly hashtags: number
  readonly best_times: number
  readonly invoices: number
  readonly revenue: Readonly<Record<string, string>>
  readonly revenue_latest_invoice: Readonly<Record<string, string>>
  readonly posts_by_type: Counts
  readonly posts_undelivered: number
  readonly posts_inactive: number
}

let social: Generated<Expected>
let expected: Expected
beforeAll(async () => {
  social = await generated(
    'social',
    '--users 70 --days 60 --seed 7 --dirt 0.1 --end 2022-03-01',
    (manifest) => `etl_date=${manifest.arguments.end}`,
  )
  expected = social.expected
})
afterAll(() => social.remove())

const row = async (sql: string) => (await social.db.rows(sql))[0]
/** Rows of a name and a value, as an object. */
const pairs = async (sql: string): Promise<Readonly<Record<string, unknown>>> =>
  Object.fromEntries((await social.db.rows(sql)).map(({ name, value }) => [String(name), value]))

test('there is dirt of every reason', () => {
  const reasons = Object.values(expected.quarantined_rows).flatMap((counts) => Object.keys(counts))
  expect(new Set(reasons).size).toBe(5)
  expect(expected.rejected_lines).toBeGreaterThan(5)
})

test.each(['raw_rows', 'staged_rows', 'duplicate_rows'] as const)('%s', async (figure) => {
  expect(
    await pairs(
      `select source as name, sum(${figure})::int as value from social.stg_load_accounting group by 1`,
    ),
  ).toEqual(expected[figure])
})

test('quarantine, reason by reason, and rejected lines', async () => {
  for (const [source, reasons] of Object.entries(expected.quarantined_rows))
    expect(
      await pairs(
        `select reason as name, count(*)::int as value from social.stg_rejects
         where source = '${source}' group by 1`,
      ),
    ).toEqual(reasons)
  expect(await row('select count(*)::int as lines from raw.rejects')).toEqual({
    lines: expected.rejected_lines,
  })
})

test('users and suggestions', async () => {
  expect(
    await row(`
      select
        sum(hashtags_inserted)::int as hashtags,
        sum(best_time_events)::int as best_times,
        (select count(*)::int from social.dim_users where user_id <> 'unknown') as users
      from social.agg_daily_adoption`),
  ).toEqual({
    hashtags: expected.hashtags,
    best_times: expected.best_times,
    users: expected.users,
  })
})

test.each(['revenue', 'revenue_latest_invoice'] as const)('%s by currency', async (figure) => {
  const column = figure === 'revenue' ? 'total_revenue' : figure
  expect(
    await pairs(
      `select currency as name, sum(${column})::text as value
       from social.rpt_revenue_monthly group by 1`,
    ),
  ).toEqual(expected[figure])
})

test('invoices, and posts in their last state', async () => {
  expect(await row('select count(*)::int as invoices from social.fct_invoices')).toEqual({
    invoices: expected.invoices,
  })
  expect(
    await pairs(
      'select post_type as name, count(*)::int as value from social.fct_posts group by 1',
    ),
  ).toEqual(expected.posts_by_type)
  expect(
    await row(`
      select
        count(*) filter (where not is_delivered)::int as undelivered,
        count(*) filter (where not is_active)::int as inactive
      from social.fct_posts`),
  ).toEqual({ undelivered: expected.posts_undelivered, inactive: expected.posts_inactive })
})
