/**
 * The real exports, through the real command: the report that their first author published comes out row by row, and
 * every other figure that is known of them.
 */
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { startCommand } from '../support/project.js'
import { projectDir } from './social-warehouse.js'

const dataRoot = join(projectDir, '..', 'shared', 'data')
const expectedFile = join(dataRoot, 'expected', 'social.json')
const reportFile = join(dataRoot, 'expected', 'social_user_report.csv')

interface Expected {
  readonly events: number
  readonly payments_rows: number
  readonly posts: number
  readonly 'payment_key(id)_distinct': number
  readonly 'payment_key(id,date)_distinct': number
  readonly payments_total_all: string
  readonly payments_total_latest_version_per_invoice: string
  readonly zero_total_payments: number
  readonly amount_due_ne_total: number
  readonly posts_by_type: Readonly<Record<string, number>>
  readonly posts_undelivered: number
  readonly posts_inactive: number
  readonly posts_unscheduled: number
  readonly events_by_type: Readonly<Record<string, number>>
  readonly hashtags_total: number
  readonly users_events: number
  readonly users_payments: number
  readonly users_posts: number
  readonly users_any: number
  readonly reference: {
    readonly etl_date: string
    readonly window_days: number
    readonly users: number
    readonly users_with_payments: number
    readonly users_with_posts: number
    readonly users_with_events: number
    readonly sum_total_revenue: string
    readonly posts: number
    readonly hashtags: number
    readonly best_time: number
  }
  readonly revenue_by_month: Readonly<Record<string, string>>
  readonly posts_by_month_posted_at: Readonly<Record<string, number>>
}

// Where the folder is missing there is nothing to compare with: ../shared/data, beside the repository.
if (!existsSync(expectedFile))
  process.stderr.write(
    'social-expected is skipped: the folder ../shared/data beside the repository is missing\n',
  )

describe.skipIf(!existsSync(expectedFile))('the exports in ../shared/data', () => {
  let db: TestDatabase
  let expected: Expected
  beforeAll(async () => {
    expected = JSON.parse(readFileSync(expectedFile, 'utf8')) as Expected
    const { etl_date, window_days } = expected.reference
    db = await createTestDatabase()
    const outcome = await startCommand(
      projectDir,
      [
        ...['run', '--data', dataRoot, '--tags', 'social'],
        ...['--vars', `etl_date=${etl_date},window_days=${window_days}`],
      ],
      { DATABASE_URL: db.url },
    ).ended
    expect(outcome, outcome.stdout + outcome.stderr).toMatchObject({ code: 0 })
  })
  afterAll(async () => {
    await db.drop()
  })

  const row = async (sql: string) => (await db.rows(sql))[0]
  /** Rows of a name and a value, as an object. */
  const pairs = async (sql: string) =>
    Object.fromEntries((await db.rows(sql)).map(({ name, value }) => [String(name), value]))

  test('the report is the published one, in every row and column', async () => {
    const [header = '', ...lines] = readFileSync(reportFile, 'utf8').trim().split(/\r?\n/)
    const columns = header.split(',')
    const [first] = await db.rows('select * from social.rpt_user_report limit 1')
    expect(Object.keys(first ?? {})).toEqual(columns)
    const report = await db.rows(
      `select array[${columns.map((column) => `coalesce(${column}::text, '')`).join(', ')}] as texts
       from social.rpt_user_report`,
    )
    // Averages in the one form that JavaScript has for a number, so that 412.0 is 412.
    const comparable = (texts: readonly string[]) =>
      texts
        .map((text, index) =>
          columns[index] === 'average_schedule_seconds' && text !== ''
            ? String(Number(text))
            : text,
        )
        .join(',')
    const published = lines.map((line) => comparable(line.split(',')))
    const ours = report.map(({ texts }) => comparable(texts as readonly string[]))
    expect(ours).toHaveLength(expected.reference.users)
    expect(ours.sort()).toEqual(published.sort())
  })

  test('the report as a CSV file is the published one, with the same header', async () => {
    const out = await mkdtemp(join(tmpdir(), 'dataform-export-'))
    onTestFinished(() => rm(out, { recursive: true, force: true }))
    const exported = await startCommand(
      projectDir,
      ['export', 'social.rpt_user_report', '--format', 'csv', '--out', out],
      { DATABASE_URL: db.url },
    ).ended
    expect(exported, exported.stderr).toMatchObject({ code: 0 })
    const lines = (path: string): readonly string[] =>
      readFileSync(path, 'utf8').trimEnd().split(/\r?\n/)
    const numbers = (line: string): string =>
      line.replaceAll(/(?<=,)\d+\.\d+(?=,)/g, (text) => String(Number(text)))
    const [header, ...users] = lines(join(out, 'social.rpt_user_report.csv'))
    const [publishedHeader, ...published] = lines(reportFile)
    expect(header).toBe(publishedHeader)
    expect(users.map(numbers).sort()).toEqual(published.map(numbers).sort())
  })

  test('rows, users and events', async () => {
    expect(
      await pairs(
        'select source as name, raw_rows::int as value from social.stg_load_accounting where staged_rows = raw_rows',
      ),
    ).toEqual({
      social_events: expected.events,
      social_payments: expected.payments_rows,
      social_posts: expected.posts,
    })
    expect(
      await row(`
        select
          count(*)::int as any,
          count(first_event_at)::int as events,
          count(first_payment_at)::int as payments,
          count(first_post_at)::int as posts
        from social.dim_users where user_id <> 'unknown'`),
    ).toEqual({
      any: expected.users_any,
      events: expected.users_events,
      payments: expected.users_payments,
      posts: expected.users_posts,
    })
    expect(
      await pairs(
        'select event_name as name, count(*)::int as value from social.fct_suggestion_events group by 1',
      ),
    ).toEqual(expected.events_by_type)
    expect(
      await row('select sum(hashtags_inserted)::int as total from social.agg_daily_adoption'),
    ).toEqual({ total: expected.hashtags_total })
  })

  test('payments: all versions, and the latest of each invoice', async () => {
    expect(
      await row(`
        select
          sum(payment_count)::int as payments,
          sum(invoice_count)::int as invoices,
          sum(zero_payments)::int as zero,
          sum(total_revenue)::text as revenue,
          sum(revenue_latest_invoice)::text as latest
        from social.rpt_revenue_monthly where currency = 'usd'`),
    ).toEqual({
      payments: expected['payment_key(id,date)_distinct'],
      invoices: expected['payment_key(id)_distinct'],
      zero: expected.zero_total_payments,
      revenue: expected.payments_total_all,
      latest: expected.payments_total_latest_version_per_invoice,
    })
    expect(
      await pairs(`
        select to_char(revenue_month, 'YYYY-MM') as name, total_revenue::text as value
        from social.rpt_revenue_monthly`),
    ).toEqual(expected.revenue_by_month)
    expect(
      await row(
        'select count(*)::int as differing from social.fct_payments where amount_due <> total',
      ),
    ).toEqual({ differing: expected.amount_due_ne_total })
  })

  test('posts: kinds, states and months', async () => {
    expect(
      await pairs(
        'select post_type as name, count(*)::int as value from social.fct_posts group by 1',
      ),
    ).toEqual(expected.posts_by_type)
    expect(
      await row(`
        select
          count(*) filter (where not is_delivered)::int as undelivered,
          count(*) filter (where not is_active)::int as inactive,
          count(*) filter (where not is_scheduled)::int as unscheduled
        from social.fct_posts`),
    ).toEqual({
      undelivered: expected.posts_undelivered,
      inactive: expected.posts_inactive,
      unscheduled: expected.posts_unscheduled,
    })
    expect(
      await pairs(`
        select to_char(posted_at at time zone 'UTC', 'YYYY-MM') as name, count(*)::int as value
        from social.fct_posts group by 1`),
    ).toEqual(expected.posts_by_month_posted_at)
  })

  test('totals of the window', async () => {
    expect(
      await row(`
        select
          count(total_revenue)::int as users_with_payments,
          count(total_posts)::int as users_with_posts,
          count(suggested_time_count)::int as users_with_events,
          sum(total_revenue)::text as sum_total_revenue,
          sum(total_posts)::int as posts,
          sum(suggested_hashtags_count)::int as hashtags,
          sum(suggested_time_count)::int as best_time
        from social.rpt_user_report`),
    ).toEqual({
      users_with_payments: expected.reference.users_with_payments,
      users_with_posts: expected.reference.users_with_posts,
      users_with_events: expected.reference.users_with_events,
      sum_total_revenue: expected.reference.sum_total_revenue,
      posts: expected.reference.posts,
      hashtags: expected.reference.hashtags,
      best_time: expected.reference.best_time,
    })
  })
})
