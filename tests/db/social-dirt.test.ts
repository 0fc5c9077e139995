/** What real exports do to staging: every kind of dirt, one row each, and where it ends. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import {
  build,
  createRawTables,
  load,
  plainEvent,
  plainPayment,
  plainPost,
  socialActions,
  type RawRow,
  type Source,
} from './social-warehouse.js'

/** What a raw row has that is special, and what comes of it: a reason, or values of staged columns. */
type Case = readonly [given: RawRow, outcome: string | Readonly<Record<string, unknown>>]

const bestTime = { event: 'scheduled_at_best_time', hashtag_count: null }

const cases: Readonly<Record<Source, readonly Case[]>> = {
  events: [
    [{ user_id: null }, 'missing_key'],
    [{ user_id: '0' }, 'missing_key'],
    [{ user_id: 'nan' }, 'missing_key'],
    [{ event: ' ' }, 'missing_key'],
    [{ timestamp: '' }, 'missing_key'],
    [{ hashtag_count: null }, 'missing_key'],
    [{ hashtag_count: 'None' }, 'missing_key'],
    [{ timestamp: 'yesterday' }, 'bad_timestamp'],
    [{ timestamp: '20/02/2022 10:00' }, 'bad_timestamp'],
    // PostgreSQL would read them.
    [{ timestamp: '2022-02-01 allballs' }, 'bad_timestamp'],
    [{ timestamp: '2022-02-20 10:00 PM' }, 'bad_timestamp'],
    [{ timestamp: '2022-02-20 Mon' }, 'bad_timestamp'],
    [{ timestamp: '2022-02-20 10:00 CET' }, 'bad_timestamp'],
    [{ timestamp: '2022-02-20 10:00 Europe/Berlin' }, 'bad_timestamp'],
    [{ timestamp: '2022-02-20 BC' }, 'bad_timestamp'],
    [{ timestamp: 'June-05-20' }, 'bad_timestamp'],
    [{ timestamp: '2022-02-012' }, 'bad_timestamp'],
    [{ timestamp: '1969-12-31 23:59:59' }, 'bad_timestamp'],
    [{ timestamp: '2022-03-03 01:00:01' }, 'future_timestamp'],
    [{ event: 'suggested_caption_inserted' }, 'unknown_enum'],
    [{ hashtag_count: '0' }, 'out_of_range'],
    [{ hashtag_count: '31.0' }, 'out_of_range'],
    [{ hashtag_count: '2.5' }, 'out_of_range'],
    [{ hashtag_count: 'many' }, 'out_of_range'],
    [{ hashtag_count: 'Infinity' }, 'out_of_range'],
    [{ hashtag_count: '0x1E' }, 'out_of_range'],
    [{ hashtag_count: '1_0' }, 'out_of_range'],
    [{ ...bestTime, hashtag_count: '3' }, 'out_of_range'],
    [{ ...bestTime }, { event_name: 'scheduled_at_best_time', hashtag_count: null }],
    [{ event: 'Suggested_Hashtags_Inserted ' }, { event_name: 'suggested_hashtags_inserted' }],
    [{ hashtag_count: '30.0' }, { hashtag_count: 30 }],
    [{ hashtag_count: '3e1' }, { hashtag_count: 30 }],
    [{ platform: '' }, { platform: null }],
    [{ platform: 'WEB' }, { platform: 'web' }],
    [{ user_id: '-9223372036854775808' }, { user_id: '-9223372036854775808' }],
    [{ timestamp: '2022-02-20T23:30:00-01:00' }, { event_date: '2022-02-21' }],
    [{ timestamp: '2022-02-20T23:30Z' }, { event_date: '2022-02-20' }],
    [{ timestamp: '2022-02-20 23:30:00.5 UTC' }, { event_date: '2022-02-20' }],
    [{ timestamp: '2022-02-20 23:30:00 -0100' }, { event_date: '2022-02-21' }],
  ],
  payments: [
    [{ user_id: '' }, 'missing_key'],
    [{ id: null }, 'missing_key'],
    [{ date: null }, 'missing_key'],
    [{ total: null }, 'missing_key'],
    [{ currency: null }, 'missing_key'],
    [{ date: 'soon' }, 'bad_timestamp'],
    [{ received_at: 'soon' }, 'bad_timestamp'],
    [{ date: '2022-03-04 00:00:00' }, 'future_timestamp'],
    [{ currency: 'dollars' }, 'unknown_enum'],
    [{ paid: 'perhaps' }, 'unknown_enum'],
    [{ total: '-0.01' }, 'out_of_range'],
    [{ total: 'free' }, 'out_of_range'],
    [{ total: 'NAN' }, 'out_of_range'],
    [{ total: '12345678901234' }, 'out_of_range'],
    [{ subtotal: 'x' }, 'out_of_range'],
    [{ starting_balance: 'Infinity' }, 'out_of_range'],
    [{ attempt_count: '-1' }, 'out_of_range'],
    [{ attempt_count: '1.5' }, 'out_of_range'],
    [{ total: '5.8100000000000005' }, { total: '5.81' }],
    [{ total: '0.0' }, { total: '0.00' }],
    [{ currency: 'EUR' }, { currency: 'eur' }],
    [{ attempt_count: '2.0' }, { attempt_count: 2 }],
    [
      { closed: 'FALSE', paid: 'true', forgiven: '' },
      { is_closed: false, is_paid: true, is_forgiven: null },
    ],
    [
      { starting_balance: '-3800', ending_balance: '-1900.0' },
      { starting_balance_cents: '-3800', ending_balance_cents: '-1900' },
    ],
    [{ subscription_id: '0' }, { subscription_id: null }],
    [{ charge_id: '' }, { charge_id: null }],
  ],
  posts: [
    [{ id: '' }, 'missing_key'],
    [{ user_id: '0' }, 'missing_key'],
    [{ type: null }, 'missing_key'],
    [{ posted_at: null }, 'missing_key'],
    [{ posted_at: '2022-02-30 10:00:00' }, 'bad_timestamp'],
    [{ scheduled_at: 'later' }, 'bad_timestamp'],
    [{ posted_at: '2022-03-04 10:00:00' }, 'future_timestamp'],
    [{ type: 'PagerPost' }, 'unknown_enum'],
    [{ delivered: 'almost' }, 'unknown_enum'],
    [{ scheduled_at: '2022-02-20 10:00:01' }, 'out_of_range'],
    [{ scheduled_at: '' }, { scheduled_at: null, lead_seconds: null, event_date: '2022-02-20' }],
    [
      { scheduled_at: '2022-02-19 23:59:59' },
      { lead_seconds: '36001.000000', event_date: '2022-02-19' },
    ],
    [{ scheduled_at: '2022-02-20 10:00:00' }, { lead_seconds: '0.000000' }],
    [{ type: 'instagramSTORY' }, { post_type: 'InstagramStory' }],
    [
      { active: 'False', delivered: 'f' },
      { is_active: false, is_delivered: false },
    ],
    [{ active: null }, { is_active: null }],
  ],
}

const plain: Readonly<Record<Source, RawRow>> = {
  events: plainEvent,
  payments: plainPayment,
  posts: plainPost,
}

let db: TestDatabase
beforeAll(async () => {
  db = await createTestDatabase()
  await createRawTables(db)
  const actions = await socialActions()
  await build(
    db,
    actions.filter(({ target }) => /^int_typed_/.test(target.name)),
  )
  for (const [index, source] of (['events', 'payments', 'posts'] as const).entries())
    await load(
      db,
      source,
      index + 1,
      cases[source].map(([given]) => ({ ...plain[source], ...given })),
    )
})
afterAll(async () => {
  await db.drop()
})

describe.each(['events', 'payments', 'posts'] as const)('%s', (source) => {
  test('every row ends where it should', async () => {
    const rows = await db.rows(
      `select *, event_date::text from social.int_typed_${source} order by _line`,
    )
    const seen = rows.map(({ reason, ...typed }, index) => {
      const [given, outcome] = cases[source][index] ?? []
      if (reason !== null || typeof outcome !== 'object') return [given, reason]
      return [given, Object.fromEntries(Object.keys(outcome).map((name) => [name, typed[name]]))]
    })
    expect(seen).toEqual(cases[source])
  })
})
