/**
 * What the generator says that it wrote is what the warehouse finds, fault by fault.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { generated, type Counts, type Generated } from '../support/generated.js'

interface Expected {
  readonly files: number
  readonly rejected_lines: number
  readonly raw_rows: number
  readonly staged_rows: number
  readonly duplicate_rows: number
  readonly quarantined_rows: Counts
  readonly users: number
  readonly pageviews: number
  readonly rows_by_category: Counts
  readonly rows_by_referrer_category: Counts
  readonly rows_by_date: Counts
}

let media: Generated<Expected>
let expected: Expected
beforeAll(async () => {
  media = await generated('media', '--users 80 --days 40 --seed 7 --dirt 0.1 --gzip some')
  expected = media.expected
})
afterAll(() => media.remove())

test('rows, duplicates and rejects', async () => {
  const [account] = await media.db.rows(`
    select
      count(*)::int as files,
      sum(raw_rows)::int as raw_rows,
      sum(staged_rows)::int as staged_rows,
      sum(duplicate_rows)::int as duplicate_rows,
      (select count(*)::int from raw.rejects) as rejected_lines
    from media.stg_load_accounting`)
  expect(account).toEqual({
    files: expected.files,
    raw_rows: expected.raw_rows,
    staged_rows: expected.staged_rows,
    duplicate_rows: expected.duplicate_rows,
    rejected_lines: expected.rejected_lines,
  })
})

test('quarantine, reason by reason', async () => {
  expect(
    await media.counts('select reason as name, count(*) as n from media.stg_rejects group by 1'),
  ).toEqual(expected.quarantined_rows)
})

test('users, page views, days, categories and referrers', async () => {
  expect(
    await media.counts(`
      select 'users' as name, count(*) as n from media.dim_users where user_id <> 'unknown'
      union all
      select 'pageviews', sum(total_pageviews) from media.agg_daily_users`),
  ).toEqual({ users: expected.users, pageviews: expected.pageviews })
  expect(
    await media.counts(
      'select date::text as name, total_interactions as n from media.agg_daily_users',
    ),
  ).toEqual(expected.rows_by_date)
  expect(
    await media.counts(`
      select content_category as name, sum(interactions) as n
      from media.agg_category_engagement group by 1`),
  ).toEqual(expected.rows_by_category)
  expect(
    await media.counts(`
      select referrer_category as name, sum(interactions) as n
      from media.agg_traffic_sources group by 1`),
  ).toEqual(expected.rows_by_referrer_category)
})
