/**
 * Every check of the media domain can fail: one bad row turns exactly it red.
 */
import { beforeAll, expect, test } from 'vitest'
import type { Action, AssertionAction } from '../../src/graph/types.js'
import { databaseOfTest, type TestDatabase } from '../support/database.js'
import {
  conditions,
  copyOf,
  dropUniqueIndexes,
  expectReds,
  neverRed,
  redIn,
  set,
  twice,
  uniqueKey,
  type RedChange,
} from '../support/red-assertions.js'
import {
  build,
  createRawTables,
  load,
  mediaActions,
  plainInteraction,
  type RawInteraction,
} from './media-warehouse.js'

let models: readonly Action[]
let assertions: readonly AssertionAction[]
let rows: readonly RawInteraction[]

beforeAll(async () => {
  const actions = await mediaActions({ calendar: true })
  models = actions.filter((action) => action.type !== 'assertion')
  assertions = actions.filter((action) => action.type === 'assertion')
  rows = Array.from({ length: 31 }, (_, index) => dayOf(index + 1)).flat()
})

/** A day of March with 40 interactions of four users, half of them without a referrer. */
function dayOf(day: number): readonly RawInteraction[] {
  const date = `2025-03-${String(day).padStart(2, '0')}`
  return Array.from({ length: 40 }, (_, second) => ({
    ...plainInteraction,
    user_id: `user_${second % 4}`,
    timestamp: `${date}T12:00:${String(second).padStart(2, '0')}Z`,
    page_url: `https://news.example.com/politics/article-${second % 3}`,
    referrer: second % 8 < 4 ? 'https://www.google.com/' : null,
    time_spent_seconds: '60',
    scroll_depth: '0.5',
  }))
}

/** A warehouse of these rows. */
async function warehouseOf(interactions: readonly RawInteraction[]): Promise<TestDatabase> {
  const db = await databaseOfTest()
  await createRawTables(db)
  await load(db, 1, interactions)
  await build(db, models)
  return db
}

const fact = 'media.user_interactions'

/** What is broken, row by row. */
const changes: readonly RedChange[] = [
  // Completeness
  [conditions('media.stg_interactions'), set('media.stg_interactions', 'user_id = null')],
  [conditions('media.stg_interactions'), set('media.stg_interactions', 'event_at = null')],
  [conditions('media.stg_interactions'), set('media.stg_interactions', 'page_url = null')],
  [conditions('media.stg_interactions'), set('media.stg_interactions', 'action = null')],
  [
    'media_missing_user_share_warn',
    set('media.stg_load_accounting', 'missing_user_rows = raw_rows / 20'),
  ],
  [
    'media_missing_user_share_error',
    set('media.stg_load_accounting', 'missing_user_rows = raw_rows / 5'),
  ],
  [
    'media_referrer_vanished',
    `update media.agg_traffic_sources
     set interactions = case referrer_category when 'direct' then 36 else 4 end, unique_visitors = 4
     where date = '2025-03-20'`,
  ],
  [conditions('media.dim_content'), set('media.dim_content', 'content_category = null')],
  [conditions('shared.dim_date'), set('shared.dim_date', 'iso_week = null')],

  // Uniqueness
  [
    uniqueKey('media.stg_interactions'),
    copyOf('media.stg_interactions', { page_url: `'elsewhere'` }),
  ],
  [uniqueKey('media.stg_rejects'), twice('media.stg_rejects', 'reason', `'bad_timestamp'`)],
  [
    uniqueKey('media.stg_load_accounting'),
    twice('media.stg_load_accounting', '_loaded_at', 'now()'),
  ],
  [uniqueKey('media.dim_users'), copyOf('media.dim_users', {})],
  [uniqueKey('media.dim_content'), copyOf('media.dim_content', {})],
  [uniqueKey('media.dim_sessions'), copyOf('media.dim_sessions', {}, `session_key = 'unknown'`)],
  [uniqueKey('media.agg_daily_users'), twice('media.agg_daily_users', 'bounce_rate', '0')],
  [
    uniqueKey('media.agg_article_performance'),
    twice('media.agg_article_performance', 'avg_time_spent', '0'),
  ],
  [
    uniqueKey('media.agg_category_engagement'),
    twice('media.agg_category_engagement', 'avg_time_spent', '0'),
  ],
  [uniqueKey('media.agg_traffic_sources'), twice('media.agg_traffic_sources', 'bounce_rate', '0')],
  [uniqueKey('media.agg_hourly_activity'), twice('media.agg_hourly_activity', 'hour', '0')],
  [
    uniqueKey('media.rpt_retention'),
    copyOf('media.int_retention_cells', {}, `cohort_date = activity_date`),
  ],
  [uniqueKey('shared.dim_date'), copyOf('shared.dim_date', {})],
  [uniqueKey('shared.dim_time'), copyOf('shared.dim_time', {})],

  // References
  [
    'media_session_has_interactions',
    copyOf('media.dim_sessions', { session_key: `'x'`, interaction_count: '0' }),
  ],
  ['media_fact_references_resolve', set(fact, `content_key = 'nowhere'`)],
  ['media_fact_references_resolve', set(fact, 'minute_of_day = 1440')],
  ['media_fact_references_resolve', `delete from shared.dim_date where date = '2025-03-20'`],
  ['media_fact_references_resolve', `delete from media.dim_users where user_id = 'user_1'`],

  // Ranges
  [
    conditions('media.stg_interactions'),
    set('media.stg_interactions', 'time_spent_seconds = 86401'),
  ],
  [conditions('media.stg_interactions'), set('media.stg_interactions', 'scroll_depth = 1.01')],
  [conditions('media.stg_interactions'), set('media.stg_interactions', 'event_hour = 24')],
  [
    'media_event_in_future',
    set('media.stg_interactions', `event_at = timestamptz '2025-04-01 01:00:01+00'`),
  ],
  [conditions(fact), set(fact, 'time_spent_seconds = -1')],
  [conditions(fact), set(fact, 'scroll_depth = 2')],
  [conditions(fact), set(fact, 'event_hour = -1')],
  [conditions(fact), set(fact, 'event_at = null')],
  ['media_session_within_a_day', set('media.dim_sessions', 'duration_seconds = 86401')],
  [conditions('media.dim_sessions'), set('media.dim_sessions', 'duration_seconds = -1')],
  [conditions('media.dim_users'), set('media.dim_users', 'session_count = -1')],
  [
    conditions('media.dim_users'),
    set('media.dim_users', `last_seen = first_seen - interval '1 second'`, 'last_seen is not null'),
  ],
  [conditions('media.dim_content'), set('media.dim_content', 'unique_visitors = 1000000')],
  [conditions('media.stg_rejects'), `insert into media.stg_rejects (reason) values ('because')`],
  [
    conditions('media.agg_article_performance'),
    set('media.agg_article_performance', 'unique_visitors = 0'),
  ],
  [
    conditions('media.agg_category_engagement'),
    set('media.agg_category_engagement', 'engagements = interactions + 1'),
  ],
  [conditions('media.agg_hourly_activity'), set('media.agg_hourly_activity', 'hour = 24')],
  [conditions('media.agg_traffic_sources'), set('media.agg_traffic_sources', 'bounce_rate = 1.5')],
  [conditions('media.agg_daily_users'), set('media.agg_daily_users', 'bounce_rate = 1.5')],
  [
    conditions('media.rpt_retention'),
    set('media.int_retention_cells', 'active_users = 1000', 'day_number = 1'),
  ],
  [
    conditions('media.rpt_content_journey'),
    set('media.int_content_transitions', 'transitions = -1000000'),
  ],
  [conditions('shared.dim_time'), set('shared.dim_time', 'hour = 24')],

  // Consistency
  ['media_row_account_balances', set('media.stg_load_accounting', 'staged_rows = staged_rows - 1')],
  [
    'media_aggregates_match_fact',
    set('media.agg_hourly_activity', 'interactions = interactions + 1'),
  ],
  [
    'media_aggregates_match_fact',
    set('media.agg_category_engagement', 'interactions = interactions + 1'),
  ],
  [
    'media_aggregates_match_fact',
    `delete from media.agg_hourly_activity where date = '2025-03-20'`,
  ],
  [
    'media_new_and_returning_users',
    set('media.agg_daily_users', 'returning_users = returning_users + 1'),
  ],
  [
    'media_session_interactions_match_fact',
    set(
      'media.dim_sessions',
      'interaction_count = interaction_count + 1',
      'start_time is not null',
    ),
  ],
  [
    'media_referrer_classes_sum_to_total',
    set('media.agg_traffic_sources', 'interactions = interactions + 1'),
  ],
  [
    'media_referrer_classes_sum_to_total',
    set('media.agg_traffic_sources', 'total_sessions = total_sessions + 1'),
  ],
  ['media_one_user_per_session', set(fact, `user_id = 'unknown'`)],
  [
    'media_article_totals_match_days',
    set('media.dim_content', 'total_views = total_views + 1', `content_key <> 'unknown'`),
  ],

  // A repeated fact can't but break the sums as well.
  [
    [uniqueKey(fact), 'media_aggregates_match_fact', 'media_session_interactions_match_fact'],
    copyOf(fact, {}),
  ],
]

/** Rows, and the assertions that a warehouse of them turns red. */
const dayBefore = { ...plainInteraction, timestamp: '2025-02-20T12:00:00Z' }
const arrivals: Readonly<Record<string, () => readonly RawInteraction[]>> = {
  media_rows_per_day: () => [
    ...rows,
    ...dayOf(20).map((row) => ({ ...row, page_url: 'https://news.example.com/' })),
    ...dayOf(20).map((row) => ({ ...row, page_url: 'https://news.example.com/travel' })),
  ],
  media_missing_day: () => [...rows, dayBefore],
  media_fresh: () => rows.filter((row) => (row.timestamp ?? '') < '2025-03-30'),
}

test('one bad row turns exactly one assertion red', async () => {
  const db = await warehouseOf(rows)
  await dropUniqueIndexes(db, 'media')
  await expectReds(db, assertions, changes)
})

test.each(Object.keys(arrivals))('%s is red for what arrives', async (assertion) => {
  const db = await warehouseOf(arrivals[assertion]?.() ?? [])
  expect(await redIn(db, assertions)).toEqual([assertion])
})

test('every assertion of the domain is seen red here', () => {
  expect(neverRed(assertions, changes, Object.keys(arrivals))).toEqual([])
})

test('a domain without a file has empty tables, and nothing is red', async () => {
  const db = await warehouseOf([])
  expect(await redIn(db, assertions)).toEqual([])
  expect(await db.rows('select user_id from media.dim_users')).toEqual([{ user_id: 'unknown' }])
  expect(await db.rows('select * from media.agg_daily_users')).toEqual([])
})
