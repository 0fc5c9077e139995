/**
 * Every check of the TV domain can fail: one bad row turns exactly it red.
 */
import { beforeAll, expect, test } from 'vitest'
import type { Action, AssertionAction } from '../../src/graph/types.js'
import { runActions } from '../support/run-actions.js'
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
  asOf,
  build,
  createRawTables,
  dayFile,
  load,
  rawRow,
  tvActions,
  type DayFile,
  type Viewing,
} from './tv-warehouse.js'

let models: readonly Action[]
let assertions: readonly AssertionAction[]
let everything: readonly Action[]

beforeAll(async () => {
  everything = await tvActions({ calendar: true })
  models = everything.filter((action) => action.type !== 'assertion')
  // The calendar's own are shown red by the media domain.
  assertions = everything
    .filter((action) => action.type === 'assertion')
    .filter((action) => action.target.name.startsWith('tv_'))
})

const DAYS = Array.from({ length: 8 }, (_, index) => `2022-04-${index + 23}`)

/** Of every day, four customers with two apps, two with many devices; a placeholder and an address. */
const viewingsOf = (day: string): readonly Viewing[] => [
  ...[1, 2, 3, 4].flatMap((number) =>
    ['CHANNEL', 'VOD'].map((app) => ({
      id: `${day}/${number}/${app}`,
      contract: `HNH${number}`,
      mac: `0C96E62FC50${number}`,
      seconds: 1000 + number,
      app,
    })),
  ),
  { id: `${day}/0`, contract: '0', mac: 'E4AB8927BC01' },
  { id: `${day}/ip`, contract: '10.0.0.1', mac: 'E4AB8927BC02', app: 'RELAX' },
  // Both have many devices; one has more than nearly everybody.
  ...['SGH1', 'SGH2'].flatMap((contract) =>
    [1, 2, 3, 4, 5, 6].slice(contract === 'SGH1' ? 0 : 1).map((device) => ({
      id: `${day}/${contract}/${device}`,
      contract,
      mac: `0C96E62FC51${device}`,
    })),
  ),
]

const files: readonly DayFile[] = DAYS.map((day) => dayFile(day, viewingsOf(day)))

/** A warehouse of these files. */
async function warehouseOf(arrivals: readonly DayFile[]): Promise<TestDatabase> {
  const db = await databaseOfTest()
  await createRawTables(db)
  for (const [index, file] of arrivals.entries()) await load(db, index + 1, file)
  await build(db, models)
  return db
}

const views = 'tv.stg_views'
const fact = 'tv.fct_contract_day_category'
const pivot = 'tv.agg_contract_day'
const profile = 'tv.rpt_contract_profile'
const days = 'tv.int_days'

/** What is broken, row by row. */
const changes: readonly RedChange[] = [
  // Completeness
  [conditions(views), set(views, 'log_date = null')],
  [conditions(views), set(views, 'contract = null')],
  [conditions(views), set(views, 'app_name = null')],
  [conditions(views), set(views, 'viewing_seconds = null')],
  [conditions(fact), set(fact, 'contract_quality = null')],
  [conditions(fact), set(fact, 'devices = null')],
  ...['contract_quality', 'tv_duration', 'movie_duration', 'child_duration', 'relax_duration'].map(
    (column) => [conditions(pivot), set(pivot, `${column} = null`)] as const,
  ),
  [conditions(pivot), set(pivot, 'sport_duration = null')],
  [conditions(pivot), set(pivot, 'others_duration = null')],
  [conditions('tv.dim_apps'), set('tv.dim_apps', 'is_mapped = null', `category = 'Child'`)],
  [conditions('tv.dim_contracts'), set('tv.dim_contracts', 'device_count = null')],
  [conditions('tv.dim_devices'), set('tv.dim_devices', 'is_mac_valid = null')],
  [conditions('tv.dim_devices'), set('tv.dim_devices', 'contract_count = null')],
  [conditions('tv.dim_categories'), set('tv.dim_categories', 'taste_order = null')],
  [conditions(profile), set(profile, 'usage_level = null')],
  [conditions(profile), set(profile, 'clinginess = null')],

  // Uniqueness
  [uniqueKey(views), copyOf(views, {})],
  [uniqueKey('tv.stg_rejects'), twice('tv.stg_rejects', 'reason', `'bad_timestamp'`)],
  [uniqueKey(fact), copyOf(fact, {})],
  [uniqueKey(pivot), copyOf(pivot, {})],
  [
    [uniqueKey('tv.dim_apps'), conditions('tv.agg_daily'), uniqueKey('tv.rpt_app_share')],
    copyOf('tv.dim_apps', {}, `app_name = 'VOD'`),
  ],
  [uniqueKey('tv.dim_apps'), copyOf('tv.dim_apps', {}, `app_name = 'BHD'`)],
  [uniqueKey('tv.dim_categories'), copyOf('tv.dim_categories', {})],
  [uniqueKey('tv.dim_contracts'), copyOf('tv.dim_contracts', {}, `contract = 'HNH1'`)],
  [uniqueKey('tv.dim_devices'), copyOf('tv.dim_devices', {})],
  [[uniqueKey(profile), 'tv_profile_matches_days'], copyOf(profile, {})],
  [
    [uniqueKey('tv.stg_load_accounting'), 'tv_one_file_per_date'],
    twice('tv.stg_load_accounting', 'log_date', `'2022-04-23'`),
  ],
  [[uniqueKey('tv.agg_daily'), 'tv_daily_matches_staging'], repeatedView('tv.agg_daily')],
  [uniqueKey('tv.rpt_app_share'), repeatedView('tv.rpt_app_share')],
  [uniqueKey('tv.rpt_taste_distribution'), repeatedView('tv.rpt_taste_distribution')],
  [uniqueKey('tv.rpt_device_anomalies'), repeatedView('tv.rpt_device_anomalies')],

  // References
  ['tv_references_resolve', set(days, 'contracts_without_dimension = 1')],
  ['tv_references_resolve', set(days, 'devices_without_dimension = 1')],
  ['tv_references_resolve', `delete from shared.dim_date where date = '2022-04-25'`],
  ['tv_references_resolve', `delete from tv.dim_categories where category = 'Movie'`],
  [
    ['tv_references_resolve', conditions('tv.agg_daily')],
    `delete from tv.dim_apps where app_name = 'VOD'`,
  ],
  ['tv_app_is_mapped', set('tv.dim_apps', 'is_mapped = false', `app_name = 'VOD'`)],

  // Ranges
  [conditions(views), set(views, 'viewing_seconds = 0')],
  [conditions(views), set(views, 'viewing_seconds = 86401')],
  [conditions(views), set(views, `contract_quality = 'good'`)],
  [conditions('tv.stg_rejects'), `insert into tv.stg_rejects (reason) values ('because')`],
  [conditions(fact), set(fact, `category = 'Radio'`)],
  [conditions(fact), set(fact, 'seconds = sessions - 1')],
  [conditions(fact), set(fact, 'sessions = 0')],
  [conditions(fact), set(fact, 'devices = sessions + 1')],
  [
    conditions(pivot),
    set(
      pivot,
      'total_duration = 0, tv_duration = 0, movie_duration = 0, relax_duration = 0, child_duration = 0, sport_duration = 0',
    ),
  ],
  [conditions(pivot), set(pivot, 'tv_duration = tv_duration + 1')],
  [
    conditions('tv.dim_contracts'),
    set('tv.dim_contracts', `contract_quality = 'good', region_prefix = null`),
  ],
  [
    conditions('tv.dim_contracts'),
    set('tv.dim_contracts', 'region_prefix = null', `contract = 'HNH1'`),
  ],
  [
    conditions('tv.dim_contracts'),
    set('tv.dim_contracts', 'last_seen_on = first_seen_on - 1', `contract = 'HNH1'`),
  ],
  [
    conditions('tv.dim_devices'),
    set('tv.dim_devices', 'last_seen_on = first_seen_on - 1', `mac <> 'unknown'`),
  ],
  [
    conditions('tv.dim_apps'),
    set('tv.dim_apps', 'last_seen_on = first_seen_on - 1', `app_name = 'VOD'`),
  ],
  [
    [conditions('tv.dim_apps'), 'tv_references_resolve'],
    set('tv.dim_apps', `category = 'Radio'`, `app_name = 'BHD'`),
  ],
  [[conditions(profile), 'tv_profile_matches_days'], set(profile, 'active_days = 0')],
  [conditions(profile), set(profile, 'activeness_pct = 100.01')],
  [conditions(profile), set(profile, 'activeness_pct = 0')],
  [conditions(profile), set(profile, 'most_watch = null')],
  [conditions(profile), set(profile, `most_watch = 'Sport'`)],
  [conditions(profile), set(profile, `taste = 'Relax-' || taste`)],
  [conditions(profile), set(profile, 'tv_duration = tv_duration + 1')],
  [conditions('tv.agg_daily'), changedView('tv.agg_daily', 'child_duration', 'child_duration + 1')],
  [
    conditions('tv.agg_daily'),
    changedView('tv.agg_daily', 'customer_duration', 'customer_duration + 1'),
  ],
  [conditions('tv.agg_daily'), changedView('tv.agg_daily', 'active_devices', '-1')],
  [conditions('tv.rpt_app_share'), changedView('tv.rpt_app_share', 'share_of_sessions', '1.5')],
  [conditions('tv.rpt_app_share'), changedView('tv.rpt_app_share', 'share_of_duration', '0')],
  [
    conditions('tv.rpt_app_share'),
    changedView('tv.rpt_app_share', 'customer_duration', 'total_duration + 1'),
  ],
  [
    conditions('tv.rpt_taste_distribution'),
    changedView('tv.rpt_taste_distribution', 'share_of_contracts', '1.5'),
  ],
  [
    conditions('tv.rpt_taste_distribution'),
    changedView('tv.rpt_taste_distribution', 'contracts', '0'),
  ],
  [
    conditions('tv.rpt_device_anomalies'),
    changedView('tv.rpt_device_anomalies', 'is_over_limit', 'false'),
  ],
  ['tv_device_within_a_day', set(days, 'overlong_devices = 1')],

  // Consistency
  ['tv_row_account_balances', set('tv.stg_load_accounting', 'duplicate_rows = duplicate_rows + 1')],
  ['tv_day_sums_agree', set(days, 'fact_sessions = fact_sessions - 1')],
  ['tv_day_sums_agree', set(days, 'fact_duration = fact_duration - 1')],
  ['tv_day_sums_agree', set(days, 'pivot_duration = pivot_duration - 1')],
  [['tv_daily_matches_staging', 'tv_day_sums_agree'], set(days, 'sessions = sessions + 1')],
  [
    'tv_daily_matches_staging',
    set(
      'tv.stg_load_accounting',
      'staged_rows = staged_rows - 1, duplicate_rows = duplicate_rows + 1',
    ),
  ],
  [
    'tv_profile_matches_days',
    set(profile, 'tv_duration = tv_duration + 1, total_duration = total_duration + 1'),
  ],
  ['tv_profile_matches_days', set(profile, 'active_days = active_days + 1')],
  ['tv_type_is_app', set(days, 'type_mismatches = 1')],

  // The mapping
  [
    'tv_mapping_is_clear',
    `insert into raw.tv_app_categories (app_name, category) values (' vod', 'TV')`,
  ],
  [
    'tv_mapping_is_clear',
    `insert into raw.tv_app_categories (app_name, category) values ('RADIO', 'Radio')`,
  ],
  [
    'tv_mapping_is_clear',
    `insert into raw.tv_app_categories (app_name, category) values ('', 'TV')`,
  ],

  // Lines that no row could be made of
  [
    'tv_reject_share',
    `insert into raw.rejects (source, _file, _line, reason, detail, _text, _load_id)
     select 'tv_logs', 'tv/20220423.json', 1000 + line, 'malformed_json', '', 'x', 1
     from generate_series(1, 2) as line`,
  ],
]

const broken = (count: number, day = '2022-04-30') =>
  Array.from({ length: count }, (_, index) => rawRow({ id: `${day}/bad/${index}`, seconds: 0 }))

/** Files, and the assertions that a warehouse of them turns red. */
const warehouses: Readonly<Record<string, readonly DayFile[]>> = {
  tv_missing_day: files.filter(({ file }) => !file.includes('20220425')),
  tv_rows_per_day: files.map((file) =>
    file.file.includes('20220429') ? { ...file, rows: file.rows.slice(0, 10) } : file,
  ),
  tv_fresh: files.slice(0, -1),
  tv_one_file_per_date: [...files, { file: 'tv/again/20220430.json', rows: files[7]?.rows ?? [] }],
  tv_reject_share: files.map((file) =>
    file.file.includes('20220430') ? { ...file, rows: [...file.rows, ...broken(2)] } : file,
  ),
  tv_app_is_mapped: [
    ...files.slice(0, -1),
    dayFile('2022-04-30', [...viewingsOf('2022-04-30'), { id: 'radio', app: 'RADIO' }]),
  ],
  tv_type_is_app: [
    ...files.slice(0, -1),
    dayFile('2022-04-30', [...viewingsOf('2022-04-30'), { id: 'odd', type: 'CHANNEL' }]),
  ],
  tv_device_within_a_day: [
    ...files.slice(0, -1),
    dayFile('2022-04-30', [
      ...viewingsOf('2022-04-30'),
      { id: 'whole', contract: 'HNH9', seconds: 86_400 },
      { id: 'more', contract: 'HNH9', seconds: 1, app: 'VOD' },
    ]),
  ],
}

test('one bad row turns exactly one assertion red', async () => {
  const db = await warehouseOf(files)
  await dropUniqueIndexes(db, 'tv')
  await expectReds(db, assertions, changes)
})

test.each(Object.keys(warehouses))('%s is red for what arrives', async (assertion) => {
  const db = await warehouseOf(warehouses[assertion] ?? [])
  expect(await redIn(db, assertions)).toEqual([assertion])
})

test('a file whose name is no day is said', async () => {
  const db = await warehouseOf([
    ...files,
    { file: 'tv/20220431.json', rows: [rawRow({ id: 'x' })] },
  ])
  expect(await redIn(db, assertions)).toEqual(['tv_one_file_per_date'])
})

test('sums are of the tables themselves: what is lost there is seen when the day is next touched', async () => {
  const db = await warehouseOf(files)
  await db.rows(
    `delete from tv.fct_contract_day_category where contract = 'HNH1' and date = '2022-04-30'`,
  )
  await load(db, 100, dayFile('2022-04-30', [{ id: 'one more', contract: 'HNH2' }]))
  await build(db, models)
  expect(await redIn(db, assertions)).toEqual(['tv_day_sums_agree'])
})

test('too many rejects hold back what is published, until a corrected file comes', async () => {
  const db = await warehouseOf(files.slice(0, -1))
  const newest = async () =>
    (await db.rows('select max(date)::text as date from tv.fct_contract_day_category'))[0]?.date
  const day = files[7]?.rows ?? []
  const file = 'tv/20220430.json'
  await load(db, 100, { file, rows: [...day, ...broken(2)] })
  const report = await runActions(db, everything, { asOf })
  const status = (name: string) =>
    report.results.find((result) => result.target.name === name)?.status
  expect(status('tv_reject_share')).toBe('failed')
  expect(status('stg_views')).toBe('succeeded')
  for (const name of ['fct_contract_day_category', 'dim_apps', 'dim_contracts', 'dim_devices'])
    expect(status(name)).toBe('skipped')
  expect(status('rpt_contract_profile')).toBe('skipped')
  expect(await newest()).toBe('2022-04-29')

  await load(db, 101, { file, rows: day })
  const corrected = await runActions(db, everything, { asOf })
  expect(corrected.results.filter((result) => result.status !== 'succeeded')).toEqual([])
  expect(await newest()).toBe('2022-04-30')
})

test('every assertion of the domain is seen red here', () => {
  expect(neverRed(assertions, changes, Object.keys(warehouses))).toEqual([])
})

test('a domain without a file has empty tables, and nothing is red', async () => {
  const db = await warehouseOf([])
  expect(await redIn(db, assertions)).toEqual([])
  expect(await db.rows('select contract from tv.dim_contracts')).toEqual([{ contract: 'unknown' }])
  for (const table of [
    'fct_contract_day_category',
    'agg_contract_day',
    'agg_daily',
    'rpt_contract_profile',
    'rpt_app_share',
    'rpt_taste_distribution',
    'rpt_device_anomalies',
  ])
    expect(await db.rows(`select * from tv.${table}`)).toEqual([])
})
