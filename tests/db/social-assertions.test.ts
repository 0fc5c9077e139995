/**
 * Every check of the social domain can fail: one bad row turns exactly it red.
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
  twice,
  uniqueKey,
  type RedChange,
} from '../support/red-assertions.js'
import {
  build,
  createRawTables,
  load,
  plainEvent,
  plainPayment,
  plainPost,
  socialActions,
  SOURCES,
  type Arrivals,
} from './social-warehouse.js'

const nothing: Arrivals = { events: [], payments: [], posts: [] }

let models: readonly Action[]
let assertions: readonly AssertionAction[]
let arrivals: Arrivals

beforeAll(async () => {
  const actions = await socialActions({ calendar: true })
  models = actions.filter((action) => action.type !== 'assertion')
  // The calendar's own are shown red by the media domain.
  assertions = actions
    .filter((action) => action.type === 'assertion')
    .filter((action) => action.target.name.startsWith('social_'))
  const february = Array.from(
    { length: 28 },
    (_, index) => `2022-02-${String(index + 1).padStart(2, '0')}`,
  )
  arrivals = ofDays([...february, '2022-03-01'])
})

/**
 * Four users who take up both suggestions, pay and post once a day, and one who only posts; invoices have two
 * versions each.
 */
function ofDays(days: readonly string[]): Arrivals {
  const each = <T>(row: (day: string, user: string, index: number) => T): readonly T[] =>
    days.flatMap((day, index) => ['-1', '-2', '-3', '-4'].map((user) => row(day, user, index)))
  const events = each((day, user_id) => ({
    ...plainEvent,
    user_id,
    timestamp: `${day} 10:00:00`,
  }))
  return {
    events: [
      ...events,
      ...events.map((row) => ({ ...row, event: 'scheduled_at_best_time', hashtag_count: null })),
    ],
    payments: each((day, user_id, index) => ({
      ...plainPayment,
      id: `in_${user_id}_${Math.floor(index / 2)}`,
      user_id,
      subscription_id: `5${user_id}`,
      date: `${day} 10:00:00`,
    })),
    posts: [
      ...each((day, user_id) => ({
        ...plainPost,
        id: `${user_id}${day}`,
        user_id,
        posted_at: `${day} 10:00:00`,
        scheduled_at: user_id === '-1' ? null : `${day} 08:00:00`,
      })),
      ...days.map((day) => ({
        ...plainPost,
        id: `-5${day}`,
        user_id: '-5',
        posted_at: `${day} 11:00:00`,
        scheduled_at: null,
      })),
    ],
  }
}

/** A warehouse of these rows. */
async function warehouseOf(rows: Arrivals): Promise<TestDatabase> {
  const db = await databaseOfTest()
  await createRawTables(db)
  for (const [index, source] of SOURCES.entries())
    if (rows[source].length > 0) await load(db, source, index + 1, rows[source])
  await build(db, models)
  return db
}

const events = 'social.stg_suggestion_events'
const payments = 'social.stg_payments'
const posts = 'social.stg_posts'
const onlyPosts = `user_id = '-5'`

/** What is broken, row by row. */
const changes: readonly RedChange[] = [
  // Completeness
  [conditions(events), set(events, 'event_at = null')],
  [conditions(events), set(events, 'event_date = null')],
  [[conditions(events), 'social_report_users_match_sources'], set(events, 'user_id = null')],
  [conditions(payments), set(payments, 'user_id = null')],
  [conditions(payments), set(payments, 'invoice_id = null')],
  [conditions(payments), set(payments, 'currency = null')],
  [conditions(payments), set(payments, 'total = null')],
  [conditions(payments), set(payments, 'event_date = null')],
  [conditions(posts), set(posts, 'user_id = null')],
  [conditions(posts), set(posts, 'post_type = null')],
  [conditions(posts), set(posts, 'posted_at = null')],
  [conditions(posts), set(posts, 'event_date = null')],
  [
    conditions('social.fct_suggestion_events'),
    set('social.fct_suggestion_events', 'event_at = null'),
  ],
  [conditions('social.fct_payments'), set('social.fct_payments', 'subscription_id = null')],
  [conditions('social.fct_posts'), set('social.fct_posts', 'posted_at = null')],
  [conditions('social.dim_post_types'), set('social.dim_post_types', 'platform = null')],
  [conditions('social.dim_subscriptions'), set('social.dim_subscriptions', 'subscriber_id = null')],
  [
    'social_quarantine_share',
    set(
      'social.stg_load_accounting',
      'quarantined_rows = quarantined_rows + 20, staged_rows = staged_rows - 20',
    ),
  ],

  // Uniqueness
  [uniqueKey(events), copyOf(events, {})],
  [uniqueKey(payments), copyOf(payments, {})],
  [uniqueKey(posts), copyOf(posts, {})],
  [uniqueKey('social.stg_rejects'), twice('social.stg_rejects', 'reason', `'bad_timestamp'`)],
  [
    uniqueKey('social.stg_load_accounting'),
    twice('social.stg_load_accounting', '_loaded_at', 'now()'),
  ],
  [uniqueKey('social.dim_users'), copyOf('social.dim_users', {})],
  [uniqueKey('social.dim_subscriptions'), copyOf('social.dim_subscriptions', {})],
  [uniqueKey('social.dim_post_types'), copyOf('social.dim_post_types', {})],
  [
    [uniqueKey('social.fct_suggestion_events'), 'social_adoption_matches_facts'],
    copyOf('social.fct_suggestion_events', {}),
  ],
  [
    uniqueKey('social.fct_payments'),
    copyOf(
      'social.fct_payments',
      { payment_at: `timestamptz '2022-01-01 00:00:00+00'` },
      'not is_latest_version',
    ),
  ],
  [
    [uniqueKey('social.fct_payments', 1), 'social_facts_match_staging'],
    copyOf('social.fct_payments', { payment_key: `'x'` }, 'not is_latest_version'),
  ],
  [
    [uniqueKey('social.fct_posts'), 'social_adoption_matches_facts'],
    copyOf('social.fct_posts', {}),
  ],
  [uniqueKey('social.agg_daily_adoption'), twice('social.agg_daily_adoption', 'web_events', '0')],
  [uniqueKey('social.fct_invoices'), repeatedView('social.fct_invoices')],
  [uniqueKey('social.rpt_user_report'), repeatedView('social.rpt_user_report', onlyPosts)],
  [uniqueKey('social.rpt_platform_interest'), repeatedView('social.rpt_platform_interest')],
  [uniqueKey('social.rpt_ai_reliance'), repeatedView('social.rpt_ai_reliance')],
  [uniqueKey('social.rpt_revenue_monthly'), repeatedView('social.rpt_revenue_monthly')],
  [uniqueKey('social.rpt_post_delivery'), repeatedView('social.rpt_post_delivery')],

  // References
  ['social_fact_references_resolve', `delete from social.dim_users where ${onlyPosts}`],
  [
    'social_fact_references_resolve',
    `delete from social.dim_subscriptions where subscription_id = '5-1'`,
  ],
  [
    'social_fact_references_resolve',
    `delete from social.dim_post_types where post_type = 'InstagramPost'`,
  ],
  ['social_fact_references_resolve', `delete from shared.dim_date where date = '2022-02-20'`],
  [
    'social_report_users_match_sources',
    changedView(
      'social.rpt_user_report',
      'user_id',
      `case when ${onlyPosts} then '-6' else user_id end`,
    ),
  ],

  // Ranges
  [conditions(events), set(events, `event_name = 'looked_around'`)],
  [conditions(events), set(events, 'hashtag_count = 31', 'hashtag_count is not null')],
  [conditions(events), set(events, 'hashtag_count = null', 'hashtag_count is not null')],
  [conditions(events), set(events, 'hashtag_count = 1', 'hashtag_count is null')],
  [conditions(payments), set(payments, 'total = -1')],
  [conditions(payments), set(payments, 'attempt_count = -1')],
  [conditions(posts), set(posts, `post_type = 'PagerPost'`)],
  [conditions(posts), set(posts, 'lead_seconds = -1')],
  [conditions('social.stg_rejects'), `insert into social.stg_rejects (reason) values ('because')`],
  [
    [conditions('social.fct_suggestion_events'), 'social_adoption_matches_facts'],
    set('social.fct_suggestion_events', 'hashtag_count = 31', 'hashtag_count is not null'),
  ],
  [
    conditions('social.fct_payments'),
    set('social.fct_payments', 'total = -1, subtotal = -1, amount_due = -1'),
  ],
  [conditions('social.fct_payments'), set('social.fct_payments', 'attempt_count = -1')],
  ['social_amounts_agree', set('social.fct_payments', 'subtotal = total + 1')],
  ['social_amounts_agree', set('social.fct_payments', 'amount_due = total + 1')],
  [conditions('social.fct_posts'), set('social.fct_posts', 'lead_seconds = -1')],
  [
    conditions('social.fct_posts'),
    set('social.fct_posts', `posted_at = scheduled_at - interval '1 hour'`, 'is_scheduled'),
  ],
  [
    conditions('social.dim_users'),
    set('social.dim_users', `last_activity_at = first_activity_at - interval '1 hour'`, onlyPosts),
  ],
  [conditions('social.dim_users'), set('social.dim_users', 'first_post_at = null', onlyPosts)],
  [
    conditions('social.dim_subscriptions'),
    set('social.dim_subscriptions', 'invoice_count = payment_count + 1'),
  ],
  [
    conditions('social.dim_subscriptions'),
    set(
      'social.dim_subscriptions',
      `last_payment_at = first_payment_at - interval '1 hour'`,
      'last_payment_at is not null',
    ),
  ],
  [
    conditions('social.agg_daily_adoption'),
    set('social.agg_daily_adoption', 'hashtag_users = hashtag_events + 1, adopting_users = 5'),
  ],
  [conditions('social.agg_daily_adoption'), set('social.agg_daily_adoption', 'adopting_users = 0')],
  [
    conditions('social.agg_daily_adoption'),
    set('social.agg_daily_adoption', 'scheduled_posts = posts + 1'),
  ],
  [
    conditions('social.rpt_user_report'),
    changedView('social.rpt_user_report', 'total_posts', 'total_posts + 1'),
  ],
  // A kind that no column of the report counts.
  [conditions('social.rpt_user_report'), set('social.fct_posts', `post_type = 'unknown'`)],
  [
    conditions('social.rpt_platform_interest'),
    changedView('social.rpt_platform_interest', 'share_of_posts', '1.5'),
  ],
  [
    conditions('social.rpt_ai_reliance'),
    changedView('social.rpt_ai_reliance', 'hashtags_per_post', '-1'),
  ],
  [
    conditions('social.rpt_ai_reliance'),
    changedView('social.rpt_ai_reliance', 'hashtag_reliance', 'null'),
  ],
  [
    conditions('social.rpt_revenue_monthly'),
    changedView('social.rpt_revenue_monthly', 'revenue_latest_invoice', 'total_revenue + 1'),
  ],
  [
    conditions('social.rpt_post_delivery'),
    changedView('social.rpt_post_delivery', 'delivered_rate', '1.5'),
  ],

  // Consistency
  [
    'social_row_account_balances',
    set('social.stg_load_accounting', 'staged_rows = staged_rows - 1'),
  ],
  [
    'social_facts_match_staging',
    `delete from social.stg_suggestion_events where event_at = '2022-02-20 10:00:00+00'`,
  ],
  [
    ['social_facts_match_staging', 'social_adoption_matches_facts'],
    `delete from social.fct_posts where post_id = '-52022-02-20'`,
  ],
  ['social_adoption_matches_facts', set('social.agg_daily_adoption', 'posts = posts + 1')],
  [
    'social_adoption_matches_facts',
    set('social.agg_daily_adoption', 'hashtags_inserted = hashtags_inserted + 1'),
  ],
  [
    'social_adoption_matches_facts',
    `delete from social.agg_daily_adoption where date = '2022-02-20'`,
  ],
  [
    'social_latest_version_per_invoice',
    set('social.fct_payments', 'is_latest_version = false', 'is_latest_version'),
  ],
  [
    ['social_latest_version_per_invoice', uniqueKey('social.fct_invoices')],
    set('social.fct_payments', 'is_latest_version = true', 'not is_latest_version'),
  ],
  [
    'social_report_revenue_matches_fact',
    changedView('social.rpt_user_report', 'total_revenue', 'total_revenue + 0.01'),
  ],
  [
    'social_one_currency_per_user',
    set('social.fct_payments', `currency = 'eur'`, `event_date = '2022-02-20'`),
  ],
]

/** Rows, and the assertions that a warehouse of them turns red. */
const warehouses: Readonly<Record<string, () => Arrivals>> = {
  social_source_is_empty: () => ({ ...arrivals, posts: [] }),
  social_rows_per_day: () => ({
    ...arrivals,
    events: [
      ...arrivals.events,
      ...['07', '08'].flatMap((hour) =>
        arrivals.events
          .filter((row) => row.timestamp?.startsWith('2022-02-20'))
          .map((row) => ({ ...row, timestamp: `2022-02-20 ${hour}:00:00` })),
      ),
    ],
  }),
  social_fresh: () => ({
    ...arrivals,
    payments: arrivals.payments.filter((row) => (row.date ?? '') < '2022-02-28'),
  }),
}

test('one bad row turns exactly one assertion red', async () => {
  const db = await warehouseOf(arrivals)
  await dropUniqueIndexes(db, 'social')
  await expectReds(db, assertions, changes)
})

test.each(Object.keys(warehouses))('%s is red for what arrives', async (assertion) => {
  const db = await warehouseOf(warehouses[assertion]?.() ?? nothing)
  expect(await redIn(db, assertions)).toEqual([assertion])
})

test('every assertion of the domain is seen red here', () => {
  expect(neverRed(assertions, changes, Object.keys(warehouses))).toEqual([])
})

test('a domain without a file has empty tables, and nothing is red', async () => {
  const db = await warehouseOf(nothing)
  expect(await redIn(db, assertions)).toEqual([])
  expect(await db.rows('select user_id from social.dim_users')).toEqual([{ user_id: 'unknown' }])
  for (const table of ['fct_posts', 'agg_daily_adoption', 'rpt_user_report', 'rpt_ai_reliance'])
    expect(await db.rows(`select * from social.${table}`)).toEqual([])
})
