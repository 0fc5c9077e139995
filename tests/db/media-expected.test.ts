/**
 * The real web log, through the real command: every figure that is known of it comes out exactly.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { startCommand } from '../support/project.js'
import { projectDir } from './media-warehouse.js'

const dataRoot = join(projectDir, '..', 'shared', 'data')
const expectedFile = join(dataRoot, 'expected', 'media.json')

type Pairs = readonly (readonly [string, number])[]
interface Retention {
  readonly eligible: number
  readonly retained: number
}
interface Expected {
  readonly rows_total: number
  readonly malformed_json_lines: number
  readonly parsed_rows: number
  readonly rows_null_user: number
  readonly 'duplicate_rows_dropped(key=user,timestamp,page_url,action; non-null user)': number
  readonly fact_rows: number
  readonly distinct_users: number
  readonly sessions_gap_gt_30min: number
  readonly 'bounced_sessions(1 interaction)': number
  readonly avg_session_duration_seconds: number
  readonly avg_interactions_per_session: number
  readonly daily: readonly Readonly<Record<string, string | number>>[]
  readonly D1_retention: Retention
  readonly D3_retention: Retention
  readonly D7_retention: Retention
  readonly actions: Readonly<Record<string, number>>
  readonly content_category_top15: Pairs
  readonly referrer_original_rule: Readonly<Record<string, number>>
  readonly referrer_recommended_rule: Readonly<Record<string, number>>
  readonly device_type: Readonly<Record<string, number>>
  readonly hourly_utc: readonly number[]
  readonly distinct_content_keys: number
  readonly top10_content: Pairs
  readonly top10_category_transitions: readonly (readonly [string, string, number])[]
}

// Where the folder is missing there is nothing to compare with: ../shared/data, beside the repository.
if (!existsSync(expectedFile))
  process.stderr.write(
    'media-expected is skipped: the folder ../shared/data beside the repository is missing\n',
  )

describe.skipIf(!existsSync(expectedFile))('the web log in ../shared/data', () => {
  let db: TestDatabase
  let expected: Expected
  beforeAll(async () => {
    expected = JSON.parse(readFileSync(expectedFile, 'utf8')) as Expected
    db = await createTestDatabase()
    const outcome = await startCommand(
      projectDir,
      [
        ...['run', '--data', dataRoot, '--tags', 'media'],
        ...['--vars', 'as_of=2015-05-20,own_hosts=semicomplete.com'],
      ],
      { DATABASE_URL: db.url },
    ).ended
    expect(outcome, outcome.stdout + outcome.stderr).toMatchObject({ code: 0 })
  })
  afterAll(async () => {
    await db.drop()
  })

  const row = async (sql: string) => (await db.rows(sql))[0]
  const count = async (sql: string) => Number(Object.values((await row(sql)) ?? {})[0])
  /** How often each value of a column occurs in the fact. */
  const counts = async (column: string): Promise<Readonly<Record<string, number>>> => {
    const groups = await db.rows(
      `select ${column} as value, count(*)::int as n from media.user_interactions group by 1`,
    )
    return Object.fromEntries(groups.map(({ value, n }) => [String(value), Number(n)]))
  }

  test('lines, rows, duplicates and facts', async () => {
    const account = await row(`
      select
        sum(raw_rows)::int as raw,
        sum(duplicate_rows)::int as duplicates,
        sum(quarantined_rows)::int as quarantined,
        sum(missing_user_rows)::int as missing_user
      from media.stg_load_accounting`)
    expect(account).toEqual({
      raw: expected.parsed_rows,
      duplicates:
        expected['duplicate_rows_dropped(key=user,timestamp,page_url,action; non-null user)'],
      quarantined: 0,
      missing_user: expected.rows_null_user,
    })
    const rejects = await count('select count(*) from raw.rejects')
    expect(rejects).toBe(expected.malformed_json_lines)
    expect(Number(account?.raw) + rejects).toBe(expected.rows_total)
    expect(await count('select count(*) from media.user_interactions')).toBe(expected.fact_rows)
  })

  test('users and sessions', async () => {
    expect(await count(`select count(*) from media.dim_users where user_id <> 'unknown'`)).toBe(
      expected.distinct_users,
    )
    expect(
      await row(`
        select
          count(*)::int as sessions,
          count(*) filter (where is_bounce)::int as bounced,
          round(avg(duration_seconds), 3)::float8 as duration,
          round(avg(interaction_count), 4)::float8 as interactions
        from media.dim_sessions
        where session_key <> 'unknown'`),
    ).toEqual({
      sessions: expected.sessions_gap_gt_30min,
      bounced: expected['bounced_sessions(1 interaction)'],
      duration: expected.avg_session_duration_seconds,
      interactions: expected.avg_interactions_per_session,
    })
  })

  test('days', async () => {
    expect(
      await db.rows(`
        select
          date::text,
          total_users::int,
          new_users::int,
          returning_users::int,
          total_interactions::int as interactions,
          total_sessions::int as sessions_started
        from media.agg_daily_users
        order by date`),
    ).toEqual(expected.daily)
  })

  test.each([1, 3, 7] as const)('retention after %i days', async (day) => {
    expect(
      await row(`
        select sum(eligible_users)::int as eligible, sum(retained_users)::int as retained
        from media.rpt_retention
        where day_number = ${day}`),
    ).toEqual(expected[`D${day}_retention`])
  })

  test('actions, devices and both rules for referrers', async () => {
    expect(await counts('action')).toEqual(expected.actions)
    expect(await counts('device_type')).toEqual(expected.device_type)
    expect(await counts('referrer_category')).toEqual(expected.referrer_recommended_rule)
    expect(await counts('referrer_category_legacy')).toEqual(expected.referrer_original_rule)
    const sources = await db.rows(`
      select referrer_category as class, sum(interactions)::int as n
      from media.agg_traffic_sources
      group by 1`)
    expect(Object.fromEntries(sources.map((source) => [source.class, source.n]))).toEqual(
      expected.referrer_recommended_rule,
    )
  })

  test('categories', async () => {
    const categories = await db.rows(`
      select content_category, sum(interactions)::int as n
      from media.agg_category_engagement
      group by 1
      order by n desc
      limit 15`)
    expect(categories.map((category) => [category.content_category, category.n])).toEqual(
      expected.content_category_top15,
    )
  })

  test('hours', async () => {
    const hours = await db.rows(
      'select sum(interactions)::int as n from media.agg_hourly_activity group by hour order by hour',
    )
    expect(hours.map(({ n }) => n)).toEqual(expected.hourly_utc)
  })

  test('content', async () => {
    expect(await count('select count(distinct content_key) from media.user_interactions')).toBe(
      expected.distinct_content_keys,
    )
    const top = await db.rows(`
      select content_key, total_views::int
      from media.rpt_popular_content
      where rank <= 10
      order by rank`)
    expect(top.map((page) => [page.content_key, page.total_views])).toEqual(expected.top10_content)
  })

  test('journeys', async () => {
    const top = await db.rows(`
      select from_member, to_member, transitions::int
      from media.rpt_content_journey
      where level = 'category' and step = 'transition'
      order by transitions desc
      limit 10`)
    expect(top.map((pair) => [pair.from_member, pair.to_member, pair.transitions])).toEqual(
      expected.top10_category_transitions,
    )
  })
})
