/**
 * However the same files arrive (in any order, file by file, all at once, corrected, with ids that come again on other
 * days, the mapping edited in between), the warehouse ends up the same as after a full refresh.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import type { Action } from '../../src/graph/types.js'
import { databaseOfTest, type TestDatabase } from '../support/database.js'
import { oneOf, randomNumbers, shuffled } from '../support/random.js'
import { expectSettled } from '../support/warehouse.js'
import {
  build,
  contents,
  createRawTables,
  dayFile,
  load,
  loadMapping,
  projectMapping,
  tvActions,
  versions,
  type DayFile,
  type Mapping,
} from './tv-warehouse.js'

const DAYS = ['2022-03-30', '2022-03-31', '2022-04-01', '2022-04-02', '2022-04-03', '2022-04-05']
const CONTRACTS = [
  '0',
  'PAYTV',
  '10.0.0.1',
  'x',
  ...Array.from({ length: 40 }, (_, i) => `hnh${i}`),
]
const APPS = ['CHANNEL', 'CHANNEL', 'CHANNEL', 'VOD', 'relax', 'CHILD', 'SPORT', 'KPlus', 'NEWAPP']

/** A file a day. Some ids come on several days, with other contents. */
function randomFiles(random: () => number): readonly DayFile[] {
  return DAYS.map((day) =>
    dayFile(
      day,
      Array.from({ length: 60 }, (_, index) => ({
        id: random() < 0.2 ? `again${Math.floor(random() * 25)}` : `${day}/${index}`,
        contract: oneOf(random, random() < 0.03 ? [null] : CONTRACTS),
        mac: oneOf(random, [null, '0C96E62FC501', '0C96E62FC502', 'bad', 'E4AB8927BC01']),
        seconds: oneOf(random, [-5, 50, 100, 100, 86_400]),
        app: oneOf(random, APPS),
      })),
    ),
  )
}

const files = randomFiles(randomNumbers(20220401))
/** Files that come after: corrected ones, and one whose name is no day. */
const later: readonly DayFile[] = [
  dayFile('2022-04-01', [
    { id: '2022-04-01/0', contract: 'SGH9', seconds: 7 },
    { id: 'late', contract: 'hnh1', seconds: 8 },
    { id: 'again1', contract: 'hnh2', seconds: 9 },
  ]),
  { file: 'tv/nothing.json', rows: dayFile('2022-04-01', [{ id: 'lost' }]).rows },
]
const edited: Mapping = projectMapping
  .filter(([app]) => app !== 'CHILD')
  .map(([app, category]) => [app, app === 'VOD' ? 'Sport' : category] as const)
  .concat([['newapp', 'tv']])

let actions: readonly Action[]
beforeAll(async () => {
  actions = (await tvActions()).filter((action) => action.type !== 'assertion')
})

async function emptyWarehouse(): Promise<TestDatabase> {
  const db = await databaseOfTest()
  await createRawTables(db)
  return db
}
const expectSettledTv = (db: TestDatabase, more?: { readonly fromNothing: true }) =>
  expectSettled(db, 'tv', (options) => build(db, actions, options), more)

test('the files have what makes incremental building hard', async () => {
  const db = await emptyWarehouse()
  for (const [index, file] of [...files, ...later].entries()) await load(db, index + 1, file)
  await build(db, actions)
  const [found] = await db.rows(`
    select
      (select count(*) from tv.int_superseded_views)::int > 10 as come_again,
      (select count(*) from tv.int_superseded_views as earlier join tv.stg_views as staged using (view_id)
       where earlier.contract <> staged.contract and earlier.app_name <> staged.app_name) > 3 as changed,
      (select sum(duplicate_rows) from tv.stg_load_accounting) > 10 as repeated,
      (select sum(quarantined_rows) from tv.stg_load_accounting) > 10 as quarantined`)
  expect(found).toEqual({ come_again: true, changed: true, repeated: true, quarantined: true })
  // What the comparisons below look at: every table, and rows in each of them.
  const tables = await contents(db)
  expect(Object.keys(tables)).toHaveLength(16)
  expect(Object.entries(tables).filter(([, rows]) => rows.length === 0)).toEqual([])
})

test.each(Array.from({ length: 10 }, (_, index) => index + 1))(
  'any order, file by file or several at once, gives what a full refresh gives (seed %i)',
  async (seed) => {
    const random = randomNumbers(seed)
    const db = await emptyWarehouse()
    const order = shuffled(random, [...files, ...later])
    let mapping = projectMapping
    for (const [index, file] of order.entries()) {
      await load(db, index + 1, file)
      if (random() < 0.4) {
        mapping = mapping === edited ? projectMapping : edited
        await loadMapping(db, mapping)
      }
      // Sometimes several files wait for one run.
      if (random() < 0.7 || index === order.length - 1) await build(db, actions)
    }
    await expectSettledTv(db, { fromNothing: true })
  },
)

test('the order of the files is no matter: everything but the numbers of loads is the same', async () => {
  /** Rows without the loads that brought them. */
  const facts = async (db: TestDatabase) => {
    const staged = await db.rows(
      `select row(view_id, log_date, contract, contract_quality, mac, app_name, viewing_seconds, _file, _line)::text as text
       from tv.stg_views order by view_id`,
    )
    const accounts = await db.rows(
      `select _file, raw_rows, staged_rows, duplicate_rows, quarantined_rows
       from tv.stg_load_accounting order by _file`,
    )
    const tables = Object.entries(await contents(db)).filter(
      ([name]) => !/\.(stg_|int_watermarks|int_superseded)/.test(name),
    )
    return { staged, accounts, tables }
  }
  const seen = []
  for (const seed of [0, 1, 2, 3]) {
    const db = await emptyWarehouse()
    const order = seed === 0 ? files : shuffled(randomNumbers(seed), files)
    for (const [index, file] of order.entries()) {
      await load(db, index + 1, file)
      if (seed !== 3) await build(db, actions)
    }
    await build(db, actions)
    seen.push(await facts(db))
  }
  expect(seen[1]).toEqual(seen[0])
  expect(seen[2]).toEqual(seen[0])
  expect(seen[3]).toEqual(seen[0])
})

describe('an id that comes again', () => {
  const early = dayFile('2022-04-01', [{ id: 'x', contract: 'HNH1', mac: 'A', seconds: 10 }])
  const late = dayFile('2022-04-03', [
    { id: 'x', contract: 'HNH2', mac: 'B', seconds: 20, app: 'VOD' },
  ])
  const state = async (db: TestDatabase) => ({
    fact: await db.rows(
      'select date::text, contract, category, seconds::int from tv.fct_contract_day_category',
    ),
    days: (await db.rows('select date::text from tv.agg_daily')).map(({ date }) => date),
    contracts: (await db.rows('select contract from tv.dim_contracts order by 1')).map(
      ({ contract }) => contract,
    ),
    devices: (await db.rows('select mac from tv.dim_devices order by 1')).map(({ mac }) => mac),
    profiles: (await db.rows('select contract from tv.rpt_contract_profile')).map(
      ({ contract }) => contract,
    ),
    accounts: await db.rows(
      `select _file, staged_rows::int as staged, duplicate_rows::int as duplicates
       from tv.stg_load_accounting order by _file`,
    ),
  })
  const expected = {
    fact: [{ date: '2022-04-01', contract: 'HNH1', category: 'TV', seconds: 10 }],
    days: ['2022-04-01'],
    contracts: ['HNH1', 'unknown'],
    devices: ['A', 'unknown'],
    profiles: ['HNH1'],
    accounts: [
      { _file: 'tv/20220401.json', staged: 1, duplicates: 0 },
      { _file: 'tv/20220403.json', staged: 0, duplicates: 1 },
    ],
  }

  test.each([
    { order: 'the earlier day first', arrivals: [early, late] },
    { order: 'the later day first', arrivals: [late, early] },
  ])('is of the earlier day, and leaves nothing behind: $order', async ({ arrivals }) => {
    const db = await emptyWarehouse()
    for (const [index, file] of arrivals.entries()) {
      await load(db, index + 1, file)
      await build(db, actions)
    }
    expect(await state(db)).toEqual(expected)
    await expectSettledTv(db)
  })
})

describe("a day's file that is loaded again", () => {
  const day = dayFile('2022-04-01', [
    { id: 'a', contract: 'HNH1', seconds: 10 },
    { id: 'b', contract: 'HNH2', seconds: 20 },
  ])

  test('unchanged, changes nothing but the account', async () => {
    const db = await emptyWarehouse()
    await load(db, 1, day)
    await build(db, actions)
    const without = (tables: Awaited<ReturnType<typeof versions>>) =>
      Object.fromEntries(
        Object.entries(tables).filter(
          ([name]) => !/(stg_load_accounting|int_watermarks)$/.test(name),
        ),
      )
    const before = without(await versions(db))
    await load(db, 2, day)
    await build(db, actions)
    expect(without(await versions(db))).toEqual(before)
    expect(
      await db.rows(
        'select staged_rows::int, duplicate_rows::int from tv.stg_load_accounting order by _load_id',
      ),
    ).toEqual([
      { staged_rows: 2, duplicate_rows: 0 },
      { staged_rows: 0, duplicate_rows: 2 },
    ])
  })

  test('corrected, adds what is new; what was known stays as it came first', async () => {
    const db = await emptyWarehouse()
    await load(db, 1, day)
    await build(db, actions)
    await load(
      db,
      2,
      dayFile('2022-04-01', [
        { id: 'a', contract: 'HNH1', seconds: 99 },
        { id: 'c', contract: 'HNH1', seconds: 5 },
      ]),
    )
    await build(db, actions)
    expect(
      await db.rows(
        'select contract, seconds::int, sessions::int from tv.fct_contract_day_category order by 1',
      ),
    ).toEqual([
      { contract: 'HNH1', seconds: 15, sessions: 2 },
      { contract: 'HNH2', seconds: 20, sessions: 1 },
    ])
    await expectSettledTv(db)
  })
})

describe('the mapping of apps', () => {
  test('edited, changes the facts of all days, and only where the app was watched', async () => {
    const db = await emptyWarehouse()
    await load(
      db,
      1,
      dayFile('2022-03-31', [
        { id: 'a', contract: 'HNH1', app: 'VOD', seconds: 10 },
        { id: 'b', contract: 'HNH1', app: 'CHANNEL', seconds: 5 },
        { id: 'c', contract: 'HNH2', app: 'CHANNEL', seconds: 20 },
      ]),
    )
    await load(
      db,
      2,
      dayFile('2022-04-01', [{ id: 'd', contract: 'HNH1', app: 'vod', seconds: 3 }]),
    )
    await build(db, actions)
    const places = async () =>
      Object.fromEntries(
        (
          await db.rows(
            `select date || contract as key, tableoid::text || ctid::text || xmin::text as place
             from tv.agg_contract_day`,
          )
        ).map(({ key, place }) => [String(key), place]),
      )
    const before = await places()
    await loadMapping(
      db,
      projectMapping.map(([app, category]) => [app, app === 'VOD' ? 'TV' : category] as const),
    )
    await build(db, actions)
    expect(
      await db.rows(
        `select date::text, contract, category, seconds::int
         from tv.fct_contract_day_category order by 1, 2, 3`,
      ),
    ).toEqual([
      { date: '2022-03-31', contract: 'HNH1', category: 'TV', seconds: 15 },
      { date: '2022-03-31', contract: 'HNH2', category: 'TV', seconds: 20 },
      { date: '2022-04-01', contract: 'HNH1', category: 'TV', seconds: 3 },
    ])
    expect(
      await db.rows(
        'select contract, taste, tv_duration::int from tv.rpt_contract_profile order by 1',
      ),
    ).toEqual([
      { contract: 'HNH1', taste: 'TV', tv_duration: 18 },
      { contract: 'HNH2', taste: 'TV', tv_duration: 20 },
    ])
    expect(
      await db.rows('select tv_duration::int, movie_duration::int from tv.agg_daily order by date'),
    ).toEqual([
      { tv_duration: 35, movie_duration: 0 },
      { tv_duration: 3, movie_duration: 0 },
    ])
    const after = await places()
    expect(Object.keys(after).filter((key) => after[key] === before[key])).toEqual([
      '2022-03-31HNH2',
    ])
    await expectSettledTv(db)
  })

  test('is edited back and forth before the facts are built: nothing is written', async () => {
    const db = await emptyWarehouse()
    await load(db, 1, dayFile('2022-04-01', [{ id: 'a' }]))
    await build(db, actions)
    const before = await versions(db)
    await loadMapping(db, edited)
    await loadMapping(db, projectMapping)
    await build(db, actions)
    expect(await versions(db)).toEqual(before)
  })

  test('is not lost on a model that is built without the others', async () => {
    const db = await emptyWarehouse()
    await load(db, 1, dayFile('2022-04-01', [{ id: 'a', app: 'VOD' }]))
    await build(db, actions)
    await loadMapping(db, edited)
    const only = (...names: readonly string[]) =>
      build(
        db,
        actions.filter(({ target }) => names.includes(target.name)),
      )
    // The pivot, when the dimension has changed and the fact has not; then the fact alone.
    await only('dim_apps')
    await only('agg_contract_day')
    await only('fct_contract_day_category')
    await build(db, actions)
    expect(
      await db.rows('select sport_duration::int, movie_duration::int from tv.agg_contract_day'),
    ).toEqual([{ sport_duration: 100, movie_duration: 0 }])
    await expectSettledTv(db)
  })
})
