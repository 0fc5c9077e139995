/** The window of the reports: which days it has, by which date, and what it makes of several currencies. */
import { expect, test } from 'vitest'
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

const DAYS = ['2021-11-30', '2021-12-01', '2021-12-02', '2022-02-28', '2022-03-01', '2022-03-02']

/** A warehouse with a user for each of the days, named for it, who has an event, a payment and a post. */
async function warehouse(): Promise<TestDatabase> {
  const db = await databaseOfTest()
  await createRawTables(db)
  const at = (day: string) => ({ user_id: day, at: `${day} 10:00:00` })
  await load(
    db,
    'events',
    1,
    DAYS.map(at).map(({ user_id, at }) => ({ ...plainEvent, user_id, timestamp: at })),
  )
  await load(db, 'payments', 2, [
    ...DAYS.map(at).map(({ user_id, at }) => ({
      ...plainPayment,
      id: `in_${user_id}`,
      user_id,
      date: at,
    })),
    {
      ...plainPayment,
      id: 'in_eur',
      user_id: '2022-02-28',
      date: '2022-02-28 11:00:00',
      currency: 'EUR',
      total: '7',
    },
  ])
  await load(
    db,
    'posts',
    3,
    DAYS.map(at).map(({ user_id, at }) => ({
      ...plainPost,
      id: `-${user_id}`,
      user_id,
      posted_at: at,
      scheduled_at: null,
    })),
  )
  return db
}

const report = 'social.rpt_user_report'
/** Builds with these variables and gives the report's rows as text. */
async function reportOf(
  db: TestDatabase,
  vars: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const actions = await socialActions({ vars })
  await build(
    db,
    actions.filter((action) => action.type !== 'assertion'),
  )
  const rows = await db.rows(`select report::text from ${report} as report order by user_id`)
  return rows.map((row) => String(row.report))
}
/** The users of the report; they are named for their days. */
async function daysOf(
  db: TestDatabase,
  vars: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  return (await reportOf(db, vars)).map((row) => row.slice(1, 11))
}

test('the window ends with etl_date and begins after window_days before it', async () => {
  const db = await warehouse()
  expect(await daysOf(db, {})).toEqual(['2021-12-02', '2022-02-28', '2022-03-01'])
  expect(await daysOf(db, { window_days: '91' })).toEqual([
    '2021-12-01',
    '2021-12-02',
    '2022-02-28',
    '2022-03-01',
  ])
  expect(await daysOf(db, { window_days: '1' })).toEqual(['2022-03-01'])
  // Empty: the day as of which everything is looked at.
  expect(await daysOf(db, { etl_date: '', window_days: '2' })).toEqual(['2022-03-01', '2022-03-02'])
})

test('calendar months instead of days', async () => {
  const db = await warehouse()
  // Three months before 1 March are 90 days, before 28 February they are 92.
  expect(await daysOf(db, { window_months: '3' })).toEqual([
    '2021-12-02',
    '2022-02-28',
    '2022-03-01',
  ])
  expect(await daysOf(db, { etl_date: '2022-02-28', window_months: '3' })).toEqual([
    '2021-11-30',
    '2021-12-01',
    '2021-12-02',
    '2022-02-28',
  ])
})

test('another day changes the days at the ends, and nothing else', async () => {
  const db = await warehouse()
  const before = await reportOf(db, {})
  expect(await reportOf(db, {})).toEqual(before)
  const after = await reportOf(db, { etl_date: '2022-03-02' })
  const isOf = (day: string) => (row: string) => row.startsWith(`(${day}`)
  expect(before.filter((row) => !after.includes(row))).toEqual(before.filter(isOf('2021-12-02')))
  expect(after.filter((row) => !before.includes(row))).toEqual(after.filter(isOf('2022-03-02')))
  expect(after).toHaveLength(before.length)
})

test('by the day of the load, or by both days', async () => {
  const db = await warehouse()
  // Everything was loaded on 2 March.
  expect(await daysOf(db, { window_on: 'load_date' })).toEqual([])
  expect(await daysOf(db, { window_on: 'load_date', etl_date: '2022-03-02' })).toEqual(DAYS)
  expect(await daysOf(db, { window_on: 'both', etl_date: '2022-03-02' })).toEqual([
    '2022-02-28',
    '2022-03-01',
    '2022-03-02',
  ])
  expect(await daysOf(db, { window_on: 'both' })).toEqual([])
})

test('currencies are never added up', async () => {
  const db = await warehouse()
  const revenue = async (vars: Readonly<Record<string, string>>) => {
    await reportOf(db, vars)
    return db.rows(
      `select currency, total_revenue::text, total_posts::int from ${report} where user_id = '2022-02-28'`,
    )
  }
  expect(await revenue({})).toEqual([{ currency: 'mixed', total_revenue: null, total_posts: 1 }])
  expect(await revenue({ report_currency: 'eur' })).toEqual([
    { currency: 'eur', total_revenue: '7.00', total_posts: 1 },
  ])
  expect(await revenue({ report_currency: 'USD' })).toEqual([
    { currency: 'usd', total_revenue: '19.00', total_posts: 1 },
  ])
  expect(
    await db.rows(
      `select currency, total_revenue::text from social.rpt_revenue_monthly where revenue_month = '2022-02-01' order by 1`,
    ),
  ).toEqual([
    { currency: 'eur', total_revenue: '7.00' },
    { currency: 'usd', total_revenue: '19.00' },
  ])
})

test('a variable that makes no sense is refused', async () => {
  for (const [vars, message] of [
    [{ window_days: '0' }, 'window_days must be'],
    [{ window_months: 'three' }, 'window_months must be'],
    [{ window_on: 'weekday' }, 'window_on must be one of event_date, load_date, both'],
    [{ etl_date: '1.3.2022' }, 'etl_date must be'],
    [{ report_currency: 'dollars' }, 'report_currency must be'],
  ] as const)
    await expect(socialActions({ vars })).rejects.toThrow(message)
})
