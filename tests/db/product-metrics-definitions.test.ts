/**
 * The product's metrics by small cases that were worked out by hand: edges of windows, of the loaded days, of weeks and
 * of what counts as activity.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import {
  build,
  createRawTables,
  load,
  productActions,
  type MetricEvent,
} from './product-metrics-warehouse.js'

const event = (
  user: string,
  at: string,
  rest: Partial<Omit<MetricEvent, 'user' | 'at'>> = {},
): MetricEvent => ({
  id: `${user} ${at} ${rest.type ?? ''} ${rest.platform ?? ''}`,
  user,
  at: at.includes('T') ? `${at}:00Z` : `${at}T12:00:00Z`,
  type: 'app_open',
  platform: 'facebook',
  session: null,
  ...rest,
})

// From Saturday, the 1st of November 2025, to Wednesday, the 3rd of December.
const events = [
  // Active on the first day only: in WAU until the 7th, in MAU until the 28th.
  event('first', '2025-11-01'),
  // Saw ads and left; that is no activity, but these are events.
  event('passive', '2025-11-05', { type: 'ad_impression', session: 'p' }),
  event('passive', '2025-11-05', { type: 'session_end', session: 'p' }),
  // One session over two platforms.
  event('mixed', '2025-11-10T10:00', { type: 'content_view', session: 'm' }),
  event('mixed', '2025-11-10T10:05', { type: 'like', platform: 'threads', session: 'm' }),
  event('mixed', '2025-11-10T10:10', { type: 'comment', session: 'm' }),
  event('mixed', '2025-11-10T11:00', { type: 'ad_impression' }),
  event('mixed', '2025-11-10T11:01', { type: 'ad_click' }),
  // Does the steps of the funnel in the wrong order, save the first two.
  event('backwards', '2025-11-10T10:00', { type: 'share' }),
  event('backwards', '2025-11-10T10:01', { type: 'content_view' }),
  event('backwards', '2025-11-10T10:02', { type: 'like' }),
  // Active on the day before the signup, too: new all the same, and what the day changes by is one less.
  event('early', '2025-11-19'),
  event('early', '2025-11-20'),
  // Back after 11 days on any platform, after 13 on facebook.
  event('back', '2025-11-13'),
  event('back', '2025-11-15', { platform: 'threads' }),
  event('back', '2025-11-26'),
  // On the last day.
  event('last', '2025-12-03'),
  event('last', '2025-11-30'),
]
const users = [
  { id: 'first', signup: '2025-11-01', platform: 'facebook' },
  { id: 'passive', signup: '2025-11-05', platform: 'facebook' },
  { id: 'mixed', signup: '2025-11-08', platform: 'threads' },
  { id: 'backwards', signup: '2025-11-10', platform: 'facebook' },
  { id: 'early', signup: '2025-11-20', platform: 'facebook' },
  { id: 'back', signup: '2021-05-05', platform: 'facebook' },
  { id: 'last', signup: '2025-11-30', platform: 'facebook' },
  { id: 'never', signup: '2025-11-03', platform: 'instagram' },
]

let db: TestDatabase
beforeAll(async () => {
  db = await createTestDatabase()
  await createRawTables(db)
  await load(db, 1, { day: '2025-12-03', users })
  await load(db, 2, { events })
  const actions = await productActions()
  await build(
    db,
    actions.filter((action) => action.type !== 'assertion'),
  )
})
afterAll(() => db.drop())

const one = async (relation: string, columns: string, where: string) => {
  const rows = await db.rows(`select ${columns} from product.${relation} where ${where}`)
  expect(rows).toHaveLength(1)
  const row = (rows[0] ?? {}) as Readonly<Record<string, string | number | boolean | null>>
  return Object.values(row).map((value) => (value === null ? null : String(value)))
}
const dailyMetrics = (date: string, platform: string, columns: string) =>
  one('agg_daily_metrics', columns, `date = '${date}' and platform = '${platform}'`)
const growth = (date: string, platform: string, columns: string) =>
  one('agg_growth_daily', columns, `date = '${date}' and platform = '${platform}'`)

describe('days', () => {
  test('go from the first with events to the last, each on every platform and all', async () => {
    expect(
      await one('agg_daily_metrics', 'min(date)::text, max(date)::text, count(*)', 'true'),
    ).toEqual(['2025-11-01', '2025-12-03', String(33 * 6)])
    expect(await dailyMetrics('2025-11-02', 'whatsapp', 'dau, mau, total_events')).toEqual([
      '0',
      '0',
      '0',
    ])
  })

  test('have windows of 7 and 28 days that include them', async () => {
    const window = (date: string) => dailyMetrics(date, 'facebook', 'dau, wau, mau')
    expect(await window('2025-11-01')).toEqual(['1', '1', '1'])
    expect(await window('2025-11-07')).toEqual(['0', '1', '1'])
    expect(await window('2025-11-08')).toEqual(['0', '0', '1'])
    // first, mixed, backwards, early, back; on the 29th without the first.
    expect(await window('2025-11-28')).toEqual(['0', '1', '5'])
    expect(await window('2025-11-29')).toEqual(['0', '1', '4'])
  })

  test('count events without activity, and no user by them', async () => {
    expect(
      await dailyMetrics(
        '2025-11-05',
        'all',
        'dau, wau, new_users, total_events, active_events, avg_session_events::float, ad_ctr::float',
      ),
    ).toEqual(['0', '1', '0', '2', '0', '2', '0'])
  })

  test('count users of several platforms and their sessions once', async () => {
    const columns = 'dau, total_sessions, avg_session_events::float, ad_ctr::float'
    expect(await dailyMetrics('2025-11-10', 'all', columns)).toEqual(['2', '1', '3', '1'])
    expect(await dailyMetrics('2025-11-10', 'facebook', columns)).toEqual(['2', '1', '2', '1'])
    expect(await dailyMetrics('2025-11-10', 'threads', columns)).toEqual(['1', '1', '1', null])
  })

  test('have no ratio where there is nothing to divide by', async () => {
    expect(
      await dailyMetrics('2025-11-02', 'threads', 'stickiness, avg_session_events, ad_ctr'),
    ).toEqual([null, null, null])
  })
})

describe('growth', () => {
  const columns =
    'new_users, retained_users, resurrected_users, churned_users, net_users, quick_ratio::float'

  test('starts from nobody, and goes on to the last day', async () => {
    expect(await growth('2025-11-01', 'all', columns)).toEqual(['1', '0', '0', '0', '1', null])
    expect(await growth('2025-11-02', 'all', columns)).toEqual(['0', '0', '0', '1', '-1', '0'])
    expect(await growth('2025-12-03', 'all', columns)).toEqual(['0', '0', '1', '0', '1', null])
  })

  test('has whoever signs up as new, also if active the day before', async () => {
    expect(await growth('2025-11-19', 'all', `${columns}, early_users`)).toEqual([
      ...['0', '0', '1', '0', '1', null],
      '0',
    ])
    expect(await growth('2025-11-20', 'all', `${columns}, early_users`)).toEqual([
      ...['1', '0', '0', '0', '1', null],
      '1',
    ])
  })

  test('adds up to the users of the last day, early ones apart', async () => {
    expect(
      await one(
        'agg_growth_daily',
        `sum(new_users + resurrected_users) - sum(churned_users) - sum(early_users)`,
        `platform = 'all'`,
      ),
    ).toEqual(await dailyMetrics('2025-12-03', 'all', 'dau'))
  })

  test('has the gap of those who come back, on the platform and on any', async () => {
    const gap = 'avg_resurrection_gap::float, median_resurrection_gap'
    expect(await growth('2025-11-26', 'all', gap)).toEqual(['11', '11'])
    expect(await growth('2025-11-26', 'facebook', gap)).toEqual(['13', '13'])
    // Never active before.
    expect(await growth('2025-11-13', 'all', `resurrected_users, ${gap}`)).toEqual([
      '1',
      null,
      null,
    ])
  })

  test('is the same by ISO week, with the week of the signup', async () => {
    const week = (start: string) =>
      one(
        'agg_growth_weekly',
        'is_complete, new_users, retained_users, resurrected_users, churned_users, early_users',
        `platform = 'all' and week_start = '${start}'`,
      )
    // The first week starts with the Saturday, the last one ends with the Wednesday.
    expect(await week('2025-10-27')).toEqual(['false', '1', '0', '0', '0', '0'])
    expect(await week('2025-11-03')).toEqual(['true', '0', '0', '0', '1', '0'])
    // mixed signed up the week before, backwards in it, back years ago.
    expect(await week('2025-11-10')).toEqual(['true', '1', '0', '2', '0', '0'])
    expect(await week('2025-11-17')).toEqual(['true', '1', '0', '0', '3', '0'])
    expect(await week('2025-11-24')).toEqual(['true', '1', '0', '1', '1', '0'])
    expect(await week('2025-12-01')).toEqual(['false', '0', '1', '0', '1', '0'])
  })
})

describe('retention', () => {
  const cell = (cohort: string, platform: string, week: number) =>
    one(
      'agg_retention_cohorts',
      'cohort_size, retained_users, retention_rate::float, is_complete',
      `cohort_week = '${cohort}' and platform = '${platform}' and weeks_since_signup = ${week}`,
    )

  test('is of all who signed up in the week, also those who were never active', async () => {
    // passive, mixed, never.
    expect(await cell('2025-11-03', 'all', 0)).toEqual(['3', '0', '0', 'true'])
    expect(await cell('2025-11-03', 'all', 1)).toEqual(['3', '1', '0.3333', 'true'])
    expect(await cell('2025-11-03', 'threads', 1)).toEqual(['1', '1', '1', 'true'])
    expect(await cell('2025-11-03', 'instagram', 0)).toEqual(['1', '0', '0', 'true'])
  })

  test('has only weeks that were loaded at least in part', async () => {
    const weeks = (cohort: string) =>
      one(
        'agg_retention_cohorts',
        'min(weeks_since_signup), max(weeks_since_signup), count(*)',
        `cohort_week = '${cohort}' and platform = 'all'`,
      )
    expect(await weeks('2025-10-27')).toEqual(['0', '5', '6'])
    expect(await weeks('2025-11-24')).toEqual(['0', '1', '2'])
    // Signed up in 2021: the first of the six loaded weeks is the 234th after it.
    expect(await weeks('2021-05-03')).toEqual(['234', '239', '6'])
    expect(await cell('2025-10-27', 'all', 0)).toEqual(['1', '1', '1', 'false'])
    expect(await cell('2025-11-24', 'all', 1)).toEqual(['1', '1', '1', 'false'])
  })

  test('after N days is of exactly that day, where both have been loaded', async () => {
    const rows = await db.rows(
      `select day_number as n, eligible_users::int as eligible, retained_users::int as retained
       from product.rpt_nday_retention where cohort_date = '2025-11-30'`,
    )
    expect(rows.map(({ n, eligible, retained }) => [n, eligible, retained])).toEqual([
      [1, 1, 0],
      [3, 1, 1],
    ])
    expect(await one('rpt_nday_retention', 'count(*)', `cohort_date < '2025-11-01'`)).toEqual(['0'])
  })
})

describe('engagement', () => {
  const scored = (user: string, date: string) =>
    one(
      'agg_user_engagement',
      `l1_active, l7_days_active, l28_days_active, total_events_l7, platforms_used_l7,
       days_since_last_activity, engagement_score::float`,
      `user_id = '${user}' and date = '${date}'`,
    )

  test('has all users on the last days, also those who did nothing', async () => {
    expect(
      await one('agg_user_engagement', 'min(date)::text, max(date)::text, count(*)', 'true'),
    ).toEqual(['2025-11-27', '2025-12-03', String(7 * users.length)])
    expect(await scored('never', '2025-12-03')).toEqual(['false', '0', '0', '0', '0', null, '0'])
    expect(await scored('first', '2025-12-03')).toEqual(['false', '0', '0', '0', '0', '32', '0'])
    expect(await scored('passive', '2025-12-03')).toEqual(['false', '0', '0', '0', '0', null, '0'])
  })

  test('weighs recency, frequency, breadth and volume', async () => {
    // 0.3 x 100 + 0.3 x 2/7 x 100 + 0.2 x 1/5 x 100 + 0.2 x 2/50 x 100.
    expect(await scored('last', '2025-12-03')).toEqual(['true', '2', '2', '2', '1', '0', '43.4'])
    // Seven days later nothing is left but 30 points of recency.
    expect(await scored('back', '2025-12-03')).toEqual(['false', '0', '3', '0', '0', '7', '9'])
    // 90 of recency, one active day.
    expect(await scored('back', '2025-11-27')).toEqual(['false', '1', '3', '1', '1', '1', '35.7'])
  })

  test('is not of days after the report', async () => {
    expect(await scored('last', '2025-11-29')).toEqual(['false', '0', '0', '0', '0', null, '0'])
    expect(await scored('last', '2025-12-02')).toEqual(['false', '1', '1', '1', '1', '2', '32.7'])
  })

  test('decides the risk to lose users, none of whom is left out', async () => {
    const rows = await db.rows(
      `select user_id, churn_class from product.rpt_churn_risk order by user_id`,
    )
    expect(rows.map(({ user_id, churn_class }) => [user_id, churn_class])).toEqual([
      ...['back', 'backwards', 'early', 'first'].map((user) => [user, 'churned']),
      ['last', 'medium'],
      ...['mixed', 'never', 'passive'].map((user) => [user, 'churned']),
    ])
  })
})

test('the funnel counts users in any order, and in its own', async () => {
  const steps = async (platform: string, isOrdered: boolean) => {
    const rows = await db.rows(
      `select users::int as users from product.rpt_funnel
       where date = '2025-11-10' and platform = $1 and is_ordered = $2 order by step_number`,
      [platform, isOrdered],
    )
    return rows.map(({ users: count }) => count)
  }
  expect(await steps('all', false)).toEqual([2, 2, 1, 1, 0])
  expect(await steps('all', true)).toEqual([2, 2, 1, 0, 0])
  // The like of mixed was on threads.
  expect(await steps('facebook', false)).toEqual([2, 1, 1, 1, 0])
  expect(await steps('facebook', true)).toEqual([2, 1, 0, 0, 0])
  expect(await steps('threads', true)).toEqual([0, 0, 0, 0, 0])
})
