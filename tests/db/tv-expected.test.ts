/** Known figures: a published three-day result, and the profiles of a made-up period by a model of their own. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { Action } from '../../src/graph/types.js'
import { databaseOfTest, type TestDatabase } from '../support/database.js'
import { oneOf, randomNumbers } from '../support/random.js'
import { profilesOf, type KnownViewing } from './tv-model.js'
import { build, createRawTables, dayFile, load, tvActions } from './tv-warehouse.js'

async function emptyWarehouse(): Promise<TestDatabase> {
  const db = await databaseOfTest()
  await createRawTables(db)
  return db
}
const withoutAssertions = (actions: readonly Action[]) =>
  actions.filter((action) => action.type !== 'assertion')

describe('the published result of three days', () => {
  // contract, app, seconds of each day
  const published = [
    ['0', 'CHANNEL', 494_638_527, 494_638_527, 494_638_527],
    ['113.182.209.48', 'RELAX', 89, 0, 0],
    ['113.182.209.48', 'CHANNEL', 63, 0, 0],
    ['AGAAA0335', 'CHANNEL', 9_000, 9_506, 9_000],
    ['AGAAA0353', 'CHANNEL', 672, 322, 322],
    ['AGAAA0353', 'VOD', 0, 1_665, 0],
  ] as const
  const days = ['2022-04-01', '2022-04-02', '2022-04-03']

  /** A contract's seconds of a day, as viewings of a day at the most. */
  function viewings(day: number) {
    return published.flatMap(([contract, app, ...seconds], index) => {
      const total = seconds[day] ?? 0
      return Array.from({ length: Math.ceil(total / 86_400) }, (_, part) => ({
        id: `${index}-${day}-${part}`,
        contract,
        app,
        mac: part.toString(16).toUpperCase().padStart(12, '0'),
        seconds: Math.min(86_400, total - part * 86_400),
      }))
    })
  }

  test('is found, by the sums of the period and not by the first day', async () => {
    const db = await emptyWarehouse()
    const actions = withoutAssertions(await tvActions())
    for (const [index, day] of days.entries()) {
      await load(db, index + 1, dayFile(day, viewings(index)))
      await build(db, actions)
    }
    expect(
      await db.rows(
        `select contract, movie_duration::int as movie, tv_duration::int as tv, most_watch, taste,
           active_days::int as days, activeness_pct::text as activeness
         from tv.rpt_contract_profile order by contract`,
      ),
    ).toEqual([
      {
        contract: 'AGAAA0335',
        movie: 0,
        tv: 27_506,
        most_watch: 'TV',
        taste: 'TV',
        days: 3,
        activeness: '100.00',
      },
      {
        contract: 'AGAAA0353',
        movie: 1_665,
        tv: 1_316,
        most_watch: 'Movie',
        taste: 'Movie-TV',
        days: 3,
        activeness: '100.00',
      },
    ])
    // What no customer has is in the totals, under its own label.
    expect(
      await db.rows(
        `select sum(placeholder_duration)::int as placeholder, sum(ip_duration)::int as ip,
           sum(relax_duration)::int as relax, sum(total_duration)::int as total
         from tv.agg_daily`,
      ),
    ).toEqual([
      {
        placeholder: 1_483_915_581,
        ip: 152,
        relax: 89,
        total: 1_483_915_581 + 152 + 27_506 + 2_981,
      },
    ])
    expect(
      await db.rows(
        `select contract_quality, region_prefix from tv.dim_contracts order by contract`,
      ),
    ).toEqual([
      { contract_quality: 'placeholder', region_prefix: null },
      { contract_quality: 'ip', region_prefix: null },
      { contract_quality: 'valid', region_prefix: 'AG' },
      { contract_quality: 'valid', region_prefix: 'AG' },
      { contract_quality: 'unknown', region_prefix: null },
    ])
  })
})

const APPS = ['CHANNEL', 'VOD', 'RELAX', 'CHILD', 'SPORT', 'KPLUS', 'NEWAPP']

/** Viewings with many ties, and contracts from one active day to all. */
function randomViewings(random: () => number, days: readonly string[]): readonly KnownViewing[] {
  const found: KnownViewing[] = []
  for (let number = 1; number <= 60; number++) {
    const activity = random()
    for (const day of days) {
      if (random() > activity) continue
      const count = 1 + Math.floor(random() * 3)
      for (let view = 0; view < count; view++)
        found.push({
          day,
          id: `${number}/${day}/${view}`,
          contract: `SGH${number}`,
          mac: `0C96E62FC5${10 + Math.floor(random() * 9)}`,
          app: oneOf(random, APPS),
          seconds: oneOf(random, [100, 100, 200, 86_400]),
        })
    }
  }
  return found
}

const APRIL = Array.from(
  { length: 30 },
  (_, index) => `2022-04-${String(index + 1).padStart(2, '0')}`,
)

describe.each([
  { period: 'all loaded days', vars: {}, from: '2022-04-01', to: '2022-04-30' },
  {
    period: 'ten days',
    vars: { period_start: '2022-04-11', period_end: '2022-04-20' },
    from: '2022-04-11',
    to: '2022-04-20',
  },
  {
    period: 'from a day before the first',
    vars: { period_start: '2022-03-20' },
    from: '2022-03-20',
    to: '2022-04-30',
  },
])('a period: $period', ({ vars, from, to }) => {
  let actions: readonly Action[]
  beforeAll(async () => {
    actions = withoutAssertions(await tvActions({ vars }))
  })

  test.each([1, 2, 3])('profiles are as the definitions say (seed %i)', async (seed) => {
    const db = await emptyWarehouse()
    const viewings = randomViewings(randomNumbers(seed), APRIL)
    for (const [index, day] of APRIL.entries())
      await load(
        db,
        index + 1,
        dayFile(
          day,
          viewings.filter((viewing) => viewing.day === day),
        ),
      )
    await build(db, actions)
    const expected = profilesOf(viewings, { from, to })
    const profiles = await db.rows(
      `select contract, tv_duration::int, movie_duration::int, child_duration::int, relax_duration::int,
         sport_duration::int, others_duration::int, total_duration::int, most_watch, taste, active_days::int,
         activeness_pct::float8, usage_level, clinginess
       from tv.rpt_contract_profile order by contract`,
    )
    expect(profiles).toEqual(expected)
    // What the model is about is there.
    const seen = (name: string) => new Set(profiles.map((row) => row[name]))
    expect(seen('usage_level')).toEqual(new Set(['Low', 'Medium', 'High']))
    expect(seen('most_watch').size).toBeGreaterThan(3)

    const tastes = new Map<string, number>()
    for (const { taste } of expected)
      tastes.set(taste ?? 'none', (tastes.get(taste ?? 'none') ?? 0) + 1)
    expect(
      await db.rows('select taste, contracts::int from tv.rpt_taste_distribution order by 1'),
    ).toEqual([...tastes].sort().map(([taste, contracts]) => ({ taste, contracts })))

    const inPeriod = viewings.filter(({ day }) => day >= from && day <= to)
    expect(
      await db.rows(
        `select app_name, is_mapped, sessions::int, total_duration::int, share_of_sessions::float8 as share
         from tv.rpt_app_share order by app_name`,
      ),
    ).toEqual(
      [...APPS].sort().map((app) => {
        const own = inPeriod.filter((viewing) => viewing.app === app)
        return {
          app_name: app,
          is_mapped: app !== 'NEWAPP',
          sessions: own.length,
          total_duration: own.reduce((sum, { seconds }) => sum + seconds, 0),
          share: expect.closeTo(own.length / inPeriod.length, 10) as number,
        }
      }),
    )
  })
})

test('a period that ends before it begins, or a bound that is no day, is refused', async () => {
  await expect(
    tvActions({ vars: { period_start: '2022-04-02', period_end: '2022-04-01' } }),
  ).rejects.toThrow('period_end (2022-04-01) is before period_start (2022-04-02)')
  await expect(tvActions({ vars: { period_start: 'April' } })).rejects.toThrow(
    'period_start must be empty or a date',
  )
  await expect(tvActions({ vars: { anomaly_devices: '0' } })).rejects.toThrow(
    'anomaly_devices must be a whole number from 1 to 99999',
  )
})

test('devices: shared ones count once a day, contracts with many are reported', async () => {
  const db = await emptyWarehouse()
  const mac = (number: number) => `0C96E62FC5${String(number).padStart(2, '0')}`
  await load(
    db,
    1,
    dayFile('2022-04-01', [
      ...[1, 2, 3, 4, 5].map((number) => ({ id: `a${number}`, mac: mac(number) })),
      ...[1, 2, 3, 4].map((number) => ({ id: `b${number}`, contract: 'SGH2', mac: mac(number) })),
      { id: 'c', contract: 'SGH2', mac: null, app: 'VOD' },
      { id: 'd', contract: 'SGH2', mac: mac(1), app: 'VOD' },
    ]),
  )
  await build(db, withoutAssertions(await tvActions()))
  expect(
    await db.rows('select active_devices::int, active_contracts::int from tv.agg_daily'),
  ).toEqual([{ active_devices: 5, active_contracts: 2 }])
  expect(
    await db.rows(
      `select contract, category, sessions::int, devices::int from tv.fct_contract_day_category order by 1, 2`,
    ),
  ).toEqual([
    { contract: 'HNH000001', category: 'TV', sessions: 5, devices: 5 },
    { contract: 'SGH2', category: 'Movie', sessions: 2, devices: 1 },
    { contract: 'SGH2', category: 'TV', sessions: 4, devices: 4 },
  ])
  expect(
    await db.rows(
      'select contract, device_count::int, is_over_limit, is_over_percentile from tv.rpt_device_anomalies',
    ),
  ).toEqual([
    { contract: 'HNH000001', device_count: 5, is_over_limit: true, is_over_percentile: true },
  ])
})
