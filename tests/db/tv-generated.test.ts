/** What the generator says that it wrote of the TV logs is what the warehouse finds, fault by fault and day by day. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { generated, type Counts, type Generated } from '../support/generated.js'

interface Expected {
  readonly files: number
  readonly missing_days: readonly string[]
  readonly rejected_lines: number
  readonly raw_rows: number
  readonly staged_rows: number
  readonly duplicate_rows: number
  readonly quarantined_rows: Counts
  readonly customers: number
  readonly customers_by_date: Counts
  readonly rows_by_date: Counts
  readonly rows_by_contract_quality: Counts
  readonly seconds_by_category: Counts
  readonly customer_seconds_by_category: Counts
}

let tv: Generated<Expected>
beforeAll(async () => {
  tv = await generated<Expected>(
    'tv',
    '--users 400 --days 20 --seed 5 --dirt 0.05 --missing-days 2 --gzip all',
  )
})
afterAll(() => tv.remove())

test('files, rows, duplicates and rejected lines', async () => {
  const { files, raw_rows, staged_rows, duplicate_rows, rejected_lines } = tv.expected
  const [found] = await tv.db.rows(`
    select
      count(*)::int as files,
      sum(raw_rows)::int as raw_rows,
      sum(staged_rows)::int as staged_rows,
      sum(duplicate_rows)::int as duplicate_rows,
      (select count(*)::int from raw.rejects) as rejected_lines
    from tv.stg_load_accounting`)
  expect(found).toEqual({ files, raw_rows, staged_rows, duplicate_rows, rejected_lines })
  expect(Math.min(duplicate_rows, rejected_lines)).toBeGreaterThan(5)
})

test('quarantine, reason by reason', async () => {
  expect(Object.keys(tv.expected.quarantined_rows)).toEqual(['missing_key', 'out_of_range'])
  expect(
    await tv.counts('select reason as name, count(*) as n from tv.stg_rejects group by 1'),
  ).toEqual(tv.expected.quarantined_rows)
})

test('viewings by day and by quality of the contract; days without a file have none', async () => {
  expect(await tv.counts('select date::text as name, sessions as n from tv.agg_daily')).toEqual(
    tv.expected.rows_by_date,
  )
  expect(tv.expected.missing_days).toHaveLength(2)
  for (const day of tv.expected.missing_days)
    expect(tv.expected.rows_by_date).not.toHaveProperty(day)
  expect(
    await tv.counts(
      `select contract_quality as name, sum(sessions) as n
       from tv.fct_contract_day_category group by 1`,
    ),
  ).toEqual(tv.expected.rows_by_contract_quality)
})

test('customers, in the period and by day', async () => {
  expect(await tv.db.rows('select count(*)::int as n from tv.rpt_contract_profile')).toEqual([
    { n: tv.expected.customers },
  ])
  expect(
    await tv.counts('select date::text as name, active_contracts as n from tv.agg_daily'),
  ).toEqual(tv.expected.customers_by_date)
})

test.each([
  ['the whole platform', 'tv.agg_daily', 'seconds_by_category'],
  ['customers', 'tv.rpt_contract_profile', 'customer_seconds_by_category'],
] as const)('seconds by category: %s', async (_, table, figure) => {
  expect(
    await tv.counts(`
      select category as name, sum(seconds) as n
      from ${table}
      cross join lateral (values
        ('Relax', relax_duration), ('Movie', movie_duration), ('Child', child_duration),
        ('Sport', sport_duration), ('TV', tv_duration), ('Others', others_duration)
      ) as durations (category, seconds)
      group by category`),
  ).toEqual(tv.expected[figure])
})
