/**
 * Every check of the product's metrics can fail: one bad row turns it red, and nothing that the row does not break.
 */
import { beforeAll, expect, test } from 'vitest'
import type { Action, AssertionAction } from '../../src/graph/types.js'
import { databaseOfTest, type TestDatabase } from '../support/database.js'
import {
  changedView,
  conditions,
  copyOf,
  dropUniqueIndexes,
  expectReds,
  neverRed,
  redIn,
  repeatedView,
  set,
  uniqueKey,
  type RedChange,
} from '../support/red-assertions.js'
import {
  build,
  createRawTables,
  load,
  metricAssertions,
  productActions,
  type MetricEvent,
  type MetricFile,
} from './product-metrics-warehouse.js'

let models: readonly Action[]
let assertions: readonly AssertionAction[]

beforeAll(async () => {
  models = (await productActions()).filter((action) => action.type !== 'assertion')
  assertions = await metricAssertions()
})

const TYPES = ['content_view', 'like', 'comment', 'ad_impression', 'ad_click']

/** Four users on facebook and one on instagram on every day but one; on some days some of them stay away. */
function eventsOf(day: number): readonly MetricEvent[] {
  const date = new Date(Date.UTC(2025, 10, day)).toISOString().slice(0, 10)
  return ['ann', 'bob', 'cid', 'dora', 'eve'].flatMap((user, index) =>
    day === 20 || (day + index) % 4 === 0
      ? []
      : TYPES.map((type, place) => ({
          id: `${date} ${user} ${type}`,
          user,
          type,
          platform: user === 'eve' ? 'instagram' : 'facebook',
          at: `${date}T10:0${place}:00Z`,
          session: `${date} ${user}`,
        })),
  )
}

const users = ['ann', 'bob', 'cid', 'dora', 'eve', 'fay'].map((id, index) => ({
  id,
  signup: `2025-11-${String(1 + 3 * index).padStart(2, '0')}`,
  platform: id === 'eve' ? 'instagram' : 'facebook',
  country: index % 2 === 0 ? 'DE' : 'FR',
}))

async function warehouseOf(files: readonly MetricFile[]): Promise<TestDatabase> {
  const db = await databaseOfTest()
  await createRawTables(db)
  for (const [index, file] of files.entries()) await load(db, index + 1, file)
  await build(db, models)
  return db
}

const daily = 'product.agg_daily_metrics'
const engagement = 'product.agg_user_engagement'
const growth = 'product.agg_growth_daily'
const weekly = 'product.agg_growth_weekly'
const cohorts = 'product.agg_retention_cohorts'
const onFacebook = `platform = 'facebook'`
const onAll = `platform = 'all'`

/** What is broken, row by row. */
const changes: readonly RedChange[] = [
  // Keys
  [uniqueKey(daily), copyOf(daily, {}, `platform = 'threads' and date = '2025-11-20'`)],
  [uniqueKey(growth), copyOf(growth, {}, `platform = 'threads'`)],
  [uniqueKey(weekly), copyOf(weekly, {}, `platform = 'threads'`)],
  [uniqueKey(cohorts), copyOf(cohorts, {})],
  [uniqueKey(engagement), copyOf(engagement, {}, `date < '2025-12-09'`)],
  [uniqueKey('product.rpt_funnel'), repeatedView('product.rpt_funnel', `date = '2025-11-02'`)],
  [
    uniqueKey('product.rpt_nday_retention'),
    repeatedView('product.rpt_nday_retention', 'day_number = 1'),
  ],
  [uniqueKey('product.rpt_churn_risk'), repeatedView('product.rpt_churn_risk', `user_id = 'ann'`)],
  [
    uniqueKey('product.rpt_power_users'),
    repeatedView('product.rpt_power_users', `user_id = 'ann'`),
  ],
  [uniqueKey('product.rpt_cross_platform'), repeatedView('product.rpt_cross_platform')],
  [uniqueKey('product.rpt_geography'), repeatedView('product.rpt_geography', `country = 'DE'`)],
  [
    uniqueKey('product.rpt_demographics'),
    repeatedView('product.rpt_demographics', `value = 'facebook'`),
  ],

  // Ranges
  [conditions(daily), set(daily, 'wau = dau - 1', `${onFacebook} and dau > 0`)],
  [conditions(daily), set(daily, 'mau = wau - 1', `${onFacebook} and dau > 0`)],
  [conditions(daily), set(daily, 'stickiness = 1.1', onFacebook)],
  [conditions(daily), set(daily, 'active_events = total_events + 1', onFacebook)],
  ['product_check_17_session_events_in_range', set(daily, 'avg_session_events = 1001')],
  ['product_check_17_session_events_in_range', set(daily, 'avg_session_events = -1')],
  ['product_ad_clicks_within_impressions', set(daily, 'ad_clicks = ad_impressions + 1')],
  [
    [conditions(growth), 'product_churned_were_active'],
    set(growth, 'retained_users = retained_users + 1'),
  ],
  [conditions(growth), set(growth, 'avg_resurrection_gap = 1')],
  [conditions(weekly), set(weekly, 'resurrected_users = resurrected_users + 1')],
  [conditions(weekly), set(weekly, 'avg_resurrection_gap = 1')],
  [conditions(cohorts), set(cohorts, 'retained_users = cohort_size + 1')],
  [conditions(cohorts), set(cohorts, 'retention_rate = 1.1')],
  [conditions(cohorts), set(cohorts, 'retention_rate = -0.1')],
  [conditions(cohorts), set(cohorts, 'weeks_since_signup = -1')],
  [conditions(engagement), set(engagement, 'engagement_score = 100.1')],
  [conditions(engagement), set(engagement, 'engagement_score = -0.1')],
  [conditions(engagement), set(engagement, 'l7_days_active = 8')],
  [conditions(engagement), set(engagement, 'l28_days_active = 29')],
  [conditions(engagement), set(engagement, 'l28_days_active = l7_days_active - 1', 'l7_active')],
  [conditions(engagement), set(engagement, 'total_events_l28 = total_events_l7 - 1', 'l7_active')],
  [conditions(engagement), set(engagement, 'days_since_last_activity = -1')],
  [conditions('product.int_user_days'), set('product.int_user_days', 'sessions = events + 1')],
  [
    conditions('product.rpt_nday_retention'),
    set(
      'product.int_nday_cells',
      'retained_users = 100',
      `activity_date = '2025-11-02' and day_number = 1`,
    ),
  ],
  [
    conditions('product.rpt_churn_risk'),
    changedView('product.rpt_churn_risk', 'churn_class', `'none'`),
  ],
  [
    conditions('product.rpt_power_users'),
    changedView('product.rpt_power_users', 'share_of_events', `share_of_events * 100`),
  ],
  [
    conditions('product.rpt_cross_platform'),
    changedView('product.rpt_cross_platform', 'share_of_users', `100`),
  ],
  [
    conditions('product.rpt_geography'),
    changedView('product.rpt_geography', 'first_day_users', `first_day_users + 100`),
  ],
  [
    conditions('product.rpt_demographics'),
    changedView('product.rpt_demographics', 'active_users_l7', `users + 1`),
  ],

  [
    // No user is new among fewer than none.
    [
      'product_check_16_dau_not_negative',
      conditions(daily),
      'product_growth_matches_daily_metrics',
      'product_platforms_make_all',
    ],
    set(daily, 'dau = -1', `platform = 'threads'`),
  ],

  // Completeness
  [
    [
      'product_check_15_enough_daily_metrics',
      'product_daily_metrics_have_all_days',
      'product_daily_metrics_match_users',
      'product_daily_metrics_match_fact',
      'product_growth_matches_daily_metrics',
    ],
    `delete from ${daily} where date > '2025-10-31' or platform <> 'all'`,
  ],
  [
    ['product_daily_metrics_have_all_days', 'product_growth_matches_daily_metrics'],
    `delete from ${daily} where date = '2025-11-20' and platform = 'whatsapp'`,
  ],
  ['product_engagement_has_current_users', `delete from ${engagement} where user_id = 'fay'`],
  ['product_engagement_has_current_users', copyOf(engagement, { user_id: `'nobody'` })],

  // Consistency
  ['product_platforms_make_all', set(daily, 'total_events = total_events + 1', onFacebook)],
  [
    ['product_platforms_make_all', 'product_growth_matches_daily_metrics'],
    set(daily, 'dau = 1', `${onFacebook} and dau = 3 and date = '2025-11-05'`),
  ],
  ['product_daily_metrics_match_users', set('product.int_user_totals', 'events = events + 1')],
  [
    'product_daily_metrics_match_fact',
    `delete from product.fct_events where event_id = '2025-12-08 ann like'`,
  ],
  [
    'product_growth_matches_daily_metrics',
    set(
      growth,
      'new_users = new_users + 1, resurrected_users = resurrected_users - 1',
      'resurrected_users > 0',
    ),
  ],
  ['product_growth_explains_change', set(growth, 'net_users = net_users + 1')],
  ['product_growth_explains_change', set(weekly, 'net_users = net_users + 1', onAll)],
  ['product_churned_were_active', set(growth, 'churned_users = churned_users + 1')],
  ['product_churned_were_active', set(weekly, 'churned_users = churned_users + 1')],
  ['product_cohorts_sum_to_users', set(cohorts, 'cohort_size = cohort_size + 1')],
  ['product_funnel_narrows', set('product.int_ordered_funnel', 'users = users + 100')],
]

test('one bad row turns what it breaks red', async () => {
  const db = await warehouseOf([
    { day: '2025-11-01', users },
    { events: Array.from({ length: 40 }, (_, index) => eventsOf(index)).flat() },
  ])
  await dropUniqueIndexes(db, 'product')
  await expectReds(db, assertions, changes)
})

test('every assertion of the metrics is seen red here', () => {
  expect(neverRed(assertions, changes)).toEqual([])
})

test('a domain without a file has empty metrics, and nothing is red', async () => {
  const db = await warehouseOf([])
  expect(await redIn(db, assertions)).toEqual([])
  expect(await db.rows(`select * from ${daily}`)).toEqual([])
})

test('users without an event, and an event without users, turn nothing red', async () => {
  const withUsers = await warehouseOf([{ day: '2025-11-01', users }])
  expect(await redIn(withUsers, assertions)).toEqual([])
  const withEvents = await warehouseOf([{ events: eventsOf(1) }])
  expect(await redIn(withEvents, assertions)).toEqual([])
})
