/**
 * However the same files of users and events arrive, the product's metrics are those of a full refresh, and those of a
 * plain model of their definitions.
 */
import { beforeAll, expect, test } from 'vitest'
import type { Action } from '../../src/graph/types.js'
import { databaseOfTest, type TestDatabase } from '../support/database.js'
import { oneOf, randomNumbers, shuffled } from '../support/random.js'
import { expectSettled } from '../support/warehouse.js'
import { metricsOf, type KnownUser, type Row } from './product-metrics-model.js'
import {
  build,
  contents,
  createRawTables,
  load,
  productActions,
  type MetricEvent,
  type MetricFile,
  type MetricUser,
} from './product-metrics-warehouse.js'

// Runs of days with gaps of more than a week and of more than four weeks between them, none of which starts on a Monday.
const DAYS = [
  ...['2025-08-30', '2025-08-31'],
  ...['2025-10-09', '2025-10-10', '2025-10-11', '2025-10-12', '2025-10-14', '2025-10-15'],
  ...['2025-10-30', '2025-10-31', '2025-11-01', '2025-11-02', '2025-11-03', '2025-11-06'],
]
const SIGNUPS = ['2021-03-04', '2025-08-30', ...DAYS.slice(2), '2025-12-01']
const PLATFORMS = ['facebook', 'facebook', 'instagram', 'whatsapp']
const TYPES = [
  'app_open',
  'content_view',
  'like',
  'comment',
  'ad_impression',
  'ad_click',
  'session_end',
]
const USERS = 14
const FILES = 6
const ENGAGEMENT_DAYS = 5

interface Arrivals {
  readonly files: readonly MetricFile[]
  readonly events: readonly MetricEvent[]
  readonly users: readonly KnownUser[]
}

function randomArrivals(random: () => number): Arrivals {
  const userOf = (index: number): MetricUser => ({
    id: `user_${index}`,
    signup: oneOf(random, SIGNUPS),
    platform: oneOf(random, PLATFORMS),
  })
  const first = Array.from({ length: USERS }, (_, index) => userOf(index))
  // Later some have another platform or another day of signup, one is gone, one has come.
  const second = first.slice(1).map((user, index) => (random() < 0.3 ? userOf(index + 1) : user))
  const third = [
    ...second.map((user) => (random() < 0.2 ? { ...user, platform: 'threads' } : user)),
    userOf(USERS),
  ]
  // A version keeps the day of signup that it began with; a new platform makes a version.
  const lastKnown = new Map<string, MetricUser>()
  for (const user of [...first, ...second, ...third])
    if (lastKnown.get(user.id)?.platform !== user.platform) lastKnown.set(user.id, user)
  const events: MetricEvent[] = []
  for (const day of DAYS)
    for (let user = 0; user <= USERS; user++) {
      if (random() < 0.55) continue
      const session = random() < 0.8 ? `${day} ${Math.floor(random() * 2)}` : null
      for (let left = Math.ceil(random() * 5); left > 0; left--)
        events.push({
          id: `event_${events.length}`,
          user: `user_${user}`,
          type: oneOf(random, TYPES),
          platform: oneOf(random, PLATFORMS),
          at: `${day}T1${Math.floor(random() * 10)}:00:00Z`,
          session,
        })
    }
  // A file is about a few days, so that it leaves most of them alone: what it makes stale must be found, not hit by
  // chance. Some events are late, some come twice.
  const fileOfDay = new Map(DAYS.map((day) => [day, Math.floor(random() * FILES)]))
  const eventFiles = Array.from({ length: FILES }, (_, file) => ({
    events: events.filter(({ at }) => {
      const isOnTime = fileOfDay.get(at.slice(0, 10)) === file
      return isOnTime ? random() < 0.95 : random() < 0.01
    }),
  }))
  const arrived = new Set(eventFiles.flatMap((file) => file.events))
  eventFiles.push({ events: events.filter((event) => !arrived.has(event)) })
  const files = shuffled<MetricFile>(random, [
    ...eventFiles,
    { day: '2025-11-01', users: first },
    { day: '2025-11-02', users: second },
    { day: '2025-11-05', users: third },
  ])
  return {
    files,
    events,
    users: [...lastKnown.values()].map((user) => ({
      ...user,
      isCurrent: third.some(({ id }) => id === user.id),
    })),
  }
}

let actions: readonly Action[]
beforeAll(async () => {
  const all = await productActions({ vars: { engagement_days: String(ENGAGEMENT_DAYS) } })
  actions = all.filter((action) => action.type !== 'assertion')
})

async function emptyWarehouse(): Promise<TestDatabase> {
  const db = await databaseOfTest()
  await createRawTables(db)
  return db
}
/** Rows of a relation as numbers and text, with the columns of the expected ones, in an order of their own. */
async function rowsOf(
  db: TestDatabase,
  relation: string,
  columns: readonly string[],
): Promise<readonly string[]> {
  const found = await db.rows(`select ${columns.join(', ')} from ${relation}`)
  return found.map((row) => asText(row as Row, columns)).sort()
}

function asText(row: Row, columns: readonly string[]): string {
  const values = columns.map((column) => {
    const value: unknown = row[column]
    if (value instanceof Date)
      return [value.getFullYear(), value.getMonth() + 1, value.getDate()]
        .map((part) => String(part).padStart(2, '0'))
        .join('-')
    // Numerics come as text.
    if (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)) return Number(value).toFixed(8)
    return typeof value === 'number' ? value.toFixed(8) : String(value)
  })
  return values.map((value, index) => `${String(columns[index])}=${value}`).join(' ')
}

async function expectModel(db: TestDatabase, { events, users }: Arrivals): Promise<void> {
  for (const [relation, rows] of Object.entries(metricsOf(events, users, ENGAGEMENT_DAYS))) {
    const columns = Object.keys(rows[0] ?? {})
    expect(columns.length, relation).toBeGreaterThan(0)
    expect(await rowsOf(db, relation, columns), relation).toEqual(
      rows.map((row) => asText(row, columns)).sort(),
    )
  }
}

test.each(Array.from({ length: 12 }, (_, index) => index + 1))(
  'any order of files gives the metrics by definition (seed %i)',
  async (seed) => {
    const random = randomNumbers(seed)
    const arrivals = randomArrivals(random)
    const db = await emptyWarehouse()
    for (const [index, file] of arrivals.files.entries()) {
      await load(db, index + 1, file)
      // Sometimes several files wait for one run.
      if (random() < 0.75 || index === arrivals.files.length - 1) await build(db, actions)
    }
    await expectModel(db, arrivals)
    await expectSettled(db, 'product', (options) => build(db, actions, options))
  },
)

const liked = (user: string, day: string): MetricEvent => ({
  id: `${user} ${day}`,
  user,
  type: 'like',
  platform: 'facebook',
  at: `${day}T10:00:00Z`,
  session: null,
})
const signedUp = (id: string): MetricUser => ({ id, signup: '2025-01-01', platform: 'facebook' })

test('a late day shortens the gap before the next activity, however long after', async () => {
  const db = await emptyWarehouse()
  const gaps = async () => {
    const [found] = await db.rows(`select
        (select avg_resurrection_gap::float from product.agg_growth_daily
         where platform = 'all' and date = '2025-11-24') as days,
        (select avg_resurrection_gap::float from product.agg_growth_weekly
         where platform = 'all' and week_start = '2025-11-24') as weeks`)
    return found
  }
  await load(db, 1, { day: '2025-09-01', users: [signedUp('ann')] })
  await load(db, 2, { events: [liked('ann', '2025-09-01'), liked('ann', '2025-11-24')] })
  await build(db, actions)
  expect(await gaps()).toEqual({ days: 84, weeks: 12 })
  await load(db, 3, { events: [liked('ann', '2025-10-01')] })
  await build(db, actions)
  expect(await gaps()).toEqual({ days: 54, weeks: 8 })
})

test('a batch reads as far back as its windows go, and farther for the last activity', async () => {
  const db = await emptyWarehouse()
  await load(db, 1, { day: '2025-09-01', users: ['ann', 'bob', 'cid'].map(signedUp) })
  const early = [liked('ann', '2025-10-01'), liked('bob', '2025-10-02'), liked('bob', '2025-10-31')]
  await load(db, 2, { events: early })
  await build(db, actions)
  await load(db, 3, { events: [liked('cid', '2025-10-28'), liked('ann', '2025-10-31')] })
  await build(db, actions)
  const windows = await db.rows(
    `select mau::int as mau from product.agg_daily_metrics
     where platform = 'all' and date between '2025-10-28' and '2025-10-30' order by date`,
  )
  // ann until the 28th, bob until the 29th.
  expect(windows.map(({ mau }) => mau)).toEqual([3, 2, 1])
  const last = await db.rows(
    `select days_since_last_activity as days from product.agg_user_engagement
     where user_id = 'ann' and date >= '2025-10-29' order by date`,
  )
  expect(last.map(({ days }) => days)).toEqual([28, 29, 0])
})

test('a day on which only users were active who are gone comes to none', async () => {
  const db = await emptyWarehouse()
  const user = (id: string, signup: string): MetricUser => ({ ...signedUp(id), signup })
  const there = [user('b', '2025-11-01'), user('c', '2025-10-01')]
  await load(db, 1, { day: '2025-11-01', users: [user('a', '2025-11-01'), ...there] })
  const events = [liked('a', '2025-11-01'), liked('a', '2025-11-02'), liked('c', '2025-11-10')]
  await load(db, 2, { events })
  await build(db, actions)
  const retained = `select retained_users from product.rpt_nday_retention
    where cohort_date = '2025-11-01' and day_number = 1`
  expect(await db.rows(retained)).toEqual([{ retained_users: '1' }])

  // The extract of the same day once more, corrected: without one who should never have been in it.
  await load(db, 3, { day: '2025-11-01', users: there })
  await build(db, actions)
  expect(await db.rows(retained)).toEqual([{ retained_users: '0' }])
  const incremental = await contents(db)
  await build(db, actions, { fullRefresh: true })
  expect(incremental).toEqual(await contents(db))
})

test('scores that were made before the totals were up to date are made again', async () => {
  const db = await emptyWarehouse()
  await load(db, 1, { day: '2025-11-01', users: [signedUp('a'), signedUp('b')] })
  await load(db, 2, { events: ['2025-11-01', '2025-11-10'].map((day) => liked('a', day)) })
  await build(db, actions)
  await load(db, 3, { events: [liked('b', '2025-09-01')] })
  await build(
    db,
    actions.filter((action) => action.target.name !== 'int_user_totals'),
  )
  await build(db, actions)
  expect(
    await db.rows(`select days_since_last_activity from product.agg_user_engagement
      where user_id = 'b' and date = '2025-11-10'`),
  ).toEqual([{ days_since_last_activity: 70 }])
  const incremental = await contents(db)
  await build(db, actions, { fullRefresh: true })
  expect(incremental).toEqual(await contents(db))
})
