/** Records that arrive again: repeated invoices, posts that change, exports that are sent twice. */
import { beforeAll, expect, test } from 'vitest'
import type { Action } from '../../src/graph/types.js'
import { databaseOfTest, type TestDatabase } from '../support/database.js'
import {
  build,
  createRawTables,
  load,
  plainEvent,
  plainPayment,
  plainPost,
  socialActions,
} from './social-warehouse.js'

let actions: readonly Action[]
beforeAll(async () => {
  actions = (await socialActions()).filter((action) => action.type !== 'assertion')
})

async function emptyWarehouse(): Promise<TestDatabase> {
  const db = await databaseOfTest()
  await createRawTables(db)
  return db
}
test('an invoice that comes again is another payment; the latest by date is marked', async () => {
  const db = await emptyWarehouse()
  const later = { ...plainPayment, date: '2022-02-25 10:00:00', total: '9.0' }
  const earlier = { ...plainPayment, date: '2022-02-10 10:00:00', total: '5.0' }
  await load(db, 'payments', 1, [later])
  await build(db, actions)
  // The one that arrives last is not the latest.
  await load(db, 'payments', 2, [earlier])
  await build(db, actions)
  expect(
    await db.rows(
      'select total::text, is_latest_version from social.fct_payments order by payment_at',
    ),
  ).toEqual([
    { total: '5.00', is_latest_version: false },
    { total: '9.00', is_latest_version: true },
  ])
  expect(await db.rows('select total::text from social.fct_invoices')).toEqual([{ total: '9.00' }])
  expect(await db.rows('select total_revenue::text from social.rpt_user_report')).toEqual([
    { total_revenue: '14.00' },
  ])
})

test('a payment that was corrected, of the same invoice and time, is one payment', async () => {
  const db = await emptyWarehouse()
  await load(db, 'payments', 1, [{ ...plainPayment, closed: 'False' }])
  await build(db, actions)
  await load(db, 'payments', 2, [{ ...plainPayment, closed: 'True', subscription_id: '-502' }])
  await build(db, actions)
  expect(await db.rows('select is_closed, subscription_id from social.fct_payments')).toEqual([
    { is_closed: true, subscription_id: '-502' },
  ])
  expect(await db.rows('select subscription_id from social.dim_subscriptions order by 1')).toEqual([
    { subscription_id: '-502' },
    { subscription_id: 'unknown' },
  ])
})

test('a post is what arrived last: delivered, deleted, moved to another day and user', async () => {
  const db = await emptyWarehouse()
  await load(db, 'posts', 1, [{ ...plainPost, delivered: 'False' }])
  await build(db, actions)
  await load(db, 'posts', 2, [plainPost, { ...plainPost, active: 'False' }])
  await build(db, actions)
  const state = 'select event_date::text, user_id, is_delivered, is_active from social.fct_posts'
  expect(await db.rows(state)).toEqual([
    { event_date: '2022-02-19', user_id: '-101', is_delivered: true, is_active: false },
  ])

  const moved = {
    ...plainPost,
    user_id: '-102',
    scheduled_at: null,
    posted_at: '2022-01-05 10:00:00',
  }
  await load(db, 'posts', 3, [moved])
  await build(db, actions)
  expect(await db.rows(state)).toEqual([
    { event_date: '2022-01-05', user_id: '-102', is_delivered: true, is_active: true },
  ])
  // Nothing is left where it was.
  expect(await db.rows('select date::text from social.agg_daily_adoption')).toEqual([
    { date: '2022-01-05' },
  ])
  expect(await db.rows('select user_id from social.dim_users order by 1')).toEqual([
    { user_id: '-102' },
    { user_id: 'unknown' },
  ])
})

test('an old export that is sent again brings nothing back', async () => {
  const db = await emptyWarehouse()
  const old = { ...plainPost, delivered: 'False' }
  await load(db, 'posts', 1, [old])
  await load(db, 'posts', 2, [plainPost])
  await build(db, actions)
  await load(db, 'posts', 3, [old])
  await load(db, 'events', 4, [plainEvent, plainEvent, { ...plainEvent, hashtag_count: '9' }])
  await build(db, actions)
  expect(await db.rows('select is_delivered from social.fct_posts')).toEqual([
    { is_delivered: true },
  ])
  // An event has no versions: the first that arrived is it.
  expect(await db.rows('select hashtag_count from social.fct_suggestion_events')).toEqual([
    { hashtag_count: 3 },
  ])
  expect(
    await db.rows(
      `select _load_id::int as load, staged_rows::int as staged, duplicate_rows::int as duplicates
       from social.stg_load_accounting order by 1`,
    ),
  ).toEqual([
    { load: 1, staged: 1, duplicates: 0 },
    { load: 2, staged: 1, duplicates: 0 },
    { load: 3, staged: 0, duplicates: 1 },
    { load: 4, staged: 1, duplicates: 2 },
  ])
})
