/**
 * However the same rows arrive (split, reordered, late, twice, one source long before another), the warehouse ends
 * up the same as after a full refresh and as after one build from scratch.
 */
import { beforeAll, expect, test } from 'vitest'
import type { Action } from '../../src/graph/types.js'
import { databaseOfTest, type TestDatabase } from '../support/database.js'
import { oneOf, randomNumbers, shuffled } from '../support/random.js'
import { expectSettled } from '../support/warehouse.js'
import {
  build,
  contents,
  createRawTables,
  load,
  plainEvent,
  plainPayment,
  plainPost,
  socialActions,
  SOURCES,
  type Arrivals,
  type RawRow,
} from './social-warehouse.js'

// So many days and users that a file leaves most of them alone: what is recomputed must be found, not hit by chance.
const DAYS = ['2021-11', '2021-12', '2022-01', '2022-02'].flatMap((month) =>
  ['01', '02', '03', '12', '13', '25', '26', '27', '28'].map((day) => `${month}-${day}`),
)
const USERS = 60

function randomArrivals(random: () => number): Arrivals {
  const many = <T>(count: number, row: (index: number) => T): readonly T[] =>
    Array.from({ length: count }, (_, index) => row(index))
  const user = () => `-${100 + Math.floor(random() * USERS)}`
  const at = () => `${oneOf(random, DAYS)} 1${Math.floor(random() * 10)}:00:00`
  const events = many(60, () => {
    const event = oneOf(random, ['suggested_hashtags_inserted', 'SCHEDULED_AT_BEST_TIME'])
    const hashtags = event === 'suggested_hashtags_inserted'
    return {
      event,
      timestamp: at(),
      user_id: user(),
      platform: oneOf(random, ['web', '', null]),
      hashtag_count: hashtags ? `${1 + Math.floor(random() * 30)}.0` : null,
    }
  })
  // Few ids for many rows: versions, some of which change the amount, the user or the subscription.
  const payments = many(60, () => {
    const amount = oneOf(random, ['9.0', '5.8100000000000005', '0.0'])
    return {
      ...plainPayment,
      id: `in_${Math.floor(random() * 20)}`,
      user_id: user(),
      date: at(),
      closed: oneOf(random, ['True', 'False']),
      currency: oneOf(random, ['usd', 'usd', 'EUR']),
      subscription_id: oneOf(random, ['0', '-501', '-502', '-503']),
      total: amount,
      subtotal: amount,
      amount_due: amount,
    }
  })
  // The day, the user and the kind of a post may change.
  const posts = many(60, () => {
    const day = oneOf(random, DAYS)
    return {
      ...plainPost,
      id: `-${9000 + Math.floor(random() * 30)}`,
      user_id: user(),
      type: oneOf(random, ['InstagramPost', 'instagramstory', 'FacebookPost']),
      delivered: oneOf(random, ['True', 'False']),
      active: oneOf(random, ['True', 'True', 'False']),
      posted_at: `${day} 20:00:00`,
      scheduled_at: random() < 0.3 ? null : `${day} 08:00:00`,
    }
  })
  const withRepeats = (rows: readonly RawRow[], ...broken: readonly RawRow[]) => [
    ...rows,
    ...rows.filter(() => random() < 0.15),
    ...broken,
  ]
  return {
    events: withRepeats(events, { ...plainEvent, user_id: ' ' }, { ...plainEvent, event: 'x' }),
    payments: withRepeats(payments, { ...plainPayment, total: 'much' }),
    posts: withRepeats(posts, { ...plainPost, type: 'PagerPost' }),
  }
}

const arrivals = randomArrivals(randomNumbers(20220301))
let actions: readonly Action[]

beforeAll(async () => {
  actions = (await socialActions()).filter((action) => action.type !== 'assertion')
})

async function emptyWarehouse(): Promise<TestDatabase> {
  const db = await databaseOfTest()
  await createRawTables(db)
  return db
}
test('the rows have what makes incremental building hard', async () => {
  const db = await emptyWarehouse()
  for (const [index, source] of SOURCES.entries())
    await load(db, source, index + 1, arrivals[source])
  await build(db, actions)
  const accounts = await db.rows(
    `select source, duplicate_rows > 3 as repeats, quarantined_rows::int as quarantined
     from social.stg_load_accounting order by source`,
  )
  expect(accounts).toEqual([
    { source: 'social_events', repeats: true, quarantined: 2 },
    { source: 'social_payments', repeats: true, quarantined: 1 },
    { source: 'social_posts', repeats: true, quarantined: 1 },
  ])
  const [versioned] = await db.rows(`
    select
      (select count(*) from (
        select from social.stg_posts group by post_id
        having count(distinct event_date) > 1 and count(distinct user_id) > 1
      ) as moved) > 3 as posts_move,
      (select count(*) from social.fct_payments where not is_latest_version) > 10 as invoices_repeat`)
  expect(versioned).toEqual({ posts_move: true, invoices_repeat: true })
  // What the comparisons below look at: every table, and rows in each of them.
  const tables = await contents(db)
  expect(Object.keys(tables)).toHaveLength(13)
  expect(Object.entries(tables).filter(([, rows]) => rows.length === 0)).toEqual([])
})

test.each(Array.from({ length: 12 }, (_, index) => index + 1))(
  'any split and order gives what a full refresh gives (seed %i)',
  async (seed) => {
    const random = randomNumbers(seed)
    const db = await emptyWarehouse()
    const files = shuffled(
      random,
      SOURCES.flatMap((source) => {
        const rows = shuffled(random, arrivals[source])
        const count = 1 + Math.floor(random() * 4)
        return Array.from({ length: count }, (_, file) => ({
          source,
          rows: rows.filter((_row, index) => index % count === file),
        }))
      }),
    )
    for (const [index, { source, rows }] of files.entries()) {
      await load(db, source, index + 1, rows)
      // Sometimes several files wait for one run.
      if (random() < 0.7 || index === files.length - 1) await build(db, actions)
    }
    await expectSettled(db, 'social', (options) => build(db, actions, options), {
      fromNothing: true,
    })
  },
)

test('a load that becomes visible after a later one of another source is not missed', async () => {
  const db = await emptyWarehouse()
  await load(db, 'posts', 2, [plainPost])
  await build(db, actions)
  await load(db, 'events', 1, [plainEvent])
  await build(db, actions)
  expect(
    await db.rows(
      'select user_id, first_event_at is not null as has_event from social.dim_users order by 1',
    ),
  ).toEqual([
    { user_id: '-101', has_event: true },
    { user_id: 'unknown', has_event: false },
  ])
})
