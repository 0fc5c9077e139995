/** What real exports do to staging: every kind of dirt, one row each, and where it ends. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import {
  build,
  createRawTables,
  load,
  rawRow,
  tvActions,
  type RawRow,
  type Viewing,
} from './tv-warehouse.js'

/** What a raw row has that is special, and what comes of it: a reason, or values of staged columns. */
type Case = readonly [given: RawRow, outcome: string | Readonly<Record<string, unknown>>]

const viewing = (given: Partial<Viewing>): RawRow => rawRow({ id: 'x', ...given })

const cases: readonly Case[] = [
  // The key and what has to be there
  [viewing({ id: null }), 'missing_key'],
  [viewing({ id: ' ' }), 'missing_key'],
  [viewing({ contract: null }), 'missing_key'],
  [viewing({ contract: '' }), 'missing_key'],
  [viewing({ contract: 'None' }), 'missing_key'],
  [viewing({ app: null, type: 'kplus' }), 'missing_key'],
  [viewing({ seconds: null }), 'missing_key'],
  [{ _type: 'kplus', _id: 'x', _source: null }, 'missing_key'],
  [{ _type: 'kplus', _id: 'x' }, 'missing_key'],
  [{ _type: 'kplus', _id: 'x', _source: [1] }, 'missing_key'],
  [{ _type: 'kplus', _id: 'x', _source: 'gone' }, 'missing_key'],
  [{ _type: 'kplus', _id: 'x', _source: {} }, 'missing_key'],

  // Durations
  [viewing({ seconds: 0 }), 'out_of_range'],
  [viewing({ seconds: -1 }), 'out_of_range'],
  [viewing({ seconds: -889575165 }), 'out_of_range'],
  [viewing({ seconds: 86401 }), 'out_of_range'],
  [viewing({ seconds: '1e400' }), 'out_of_range'],
  [viewing({ seconds: 'long' }), 'out_of_range'],
  [viewing({ seconds: 'Infinity' }), 'out_of_range'],
  [viewing({ seconds: 1.5 }), 'out_of_range'],
  [viewing({ seconds: { value: 5 } }), 'out_of_range'],
  [viewing({ seconds: 86400 }), { viewing_seconds: 86400 }],
  [viewing({ seconds: 1 }), { viewing_seconds: 1 }],
  [viewing({ seconds: '46486' }), { viewing_seconds: 46486 }],
  [viewing({ seconds: '254.0' }), { viewing_seconds: 254 }],

  // Contracts
  [
    viewing({ contract: 'HNH579912' }),
    {
      contract: 'HNH579912',
      contract_quality: 'valid',
      app_name: 'CHANNEL',
      log_date: '2022-04-02',
    },
  ],
  [viewing({ contract: 'AGAAA0353' }), { contract_quality: 'valid' }],
  [viewing({ contract: ' qad014541 ' }), { contract: 'QAD014541', contract_quality: 'valid' }],
  [viewing({ contract: 'HNd402592' }), { contract: 'HND402592', contract_quality: 'valid' }],
  [viewing({ contract: '0' }), { contract: '0', contract_quality: 'placeholder' }],
  [viewing({ contract: 0 }), { contract: '0', contract_quality: 'placeholder' }],
  [viewing({ contract: '000' }), { contract_quality: 'placeholder' }],
  [viewing({ contract: 'paytv' }), { contract: 'PAYTV', contract_quality: 'placeholder' }],
  [viewing({ contract: 'NONFPT' }), { contract_quality: 'placeholder' }],
  [viewing({ contract: '113.182.209.48' }), { contract_quality: 'ip' }],
  [viewing({ contract: '171.244.225.105' }), { contract_quality: 'ip' }],
  [viewing({ contract: '113.182.209' }), { contract_quality: 'bad_format' }],
  [viewing({ contract: 'H1' }), { contract_quality: 'bad_format' }],
  [viewing({ contract: 'HNH' }), { contract_quality: 'bad_format' }],
  [viewing({ contract: 'HNH 1' }), { contract_quality: 'bad_format' }],
  [viewing({ contract: 'unknown' }), { contract: 'UNKNOWN', contract_quality: 'bad_format' }],

  // Devices
  [viewing({ mac: '0c:96:e6:2f:c5:5c' }), { mac: '0C96E62FC55C' }],
  [viewing({ mac: '0C-96-E6-2F-C5-5C' }), { mac: '0C96E62FC55C' }],
  [viewing({ mac: '0c96.e62f.c55c' }), { mac: '0C96E62FC55C' }],
  [viewing({ mac: '001C55007900/40' }), { mac: '001C55007900/40' }],
  [viewing({ mac: null }), { mac: null }],
  [viewing({ mac: ' - ' }), { mac: null }],

  // Apps
  [viewing({ app: 'KPlus' }), { app_name: 'KPLUS', type_name: 'kplus' }],
  [viewing({ app: ' vod_res ', type: 'vod_res' }), { app_name: 'VOD_RES' }],
  [viewing({ app: 'NEWAPP' }), { app_name: 'NEWAPP' }],
  [viewing({ type: null }), { type_name: null }],

  // Ids keep their case: they are no words.
  [viewing({ id: 'AX_-aZ09' }), { view_id: 'AX_-aZ09' }],
]

/** Names of files, and the days that they are of. */
const files: readonly (readonly [file: string, outcome: string])[] = [
  ['tv/20220403.json', '2022-04-03'],
  ['tv/2022/04/20220404.json.gz', '2022-04-04'],
  ['20220405.json.zst', '2022-04-05'],
  ['tv/20220230.json', 'bad_timestamp'],
  ['tv/20221301.json', 'bad_timestamp'],
  ['tv/00000000.json', 'bad_timestamp'],
  ['tv/19691231.json', 'bad_timestamp'],
  ['tv/latest.json', 'bad_timestamp'],
  ['tv/2022-04-06.json', 'bad_timestamp'],
  ['tv/20220406-1.json', 'bad_timestamp'],
  ['tv/x20220406.json', 'bad_timestamp'],
  ['tv/120220406.json', 'bad_timestamp'],
  ['tv/20220406/part.json', 'bad_timestamp'],
  ['tv/20220501.json', '2022-05-01'],
  ['tv/20220503.json', 'future_timestamp'],
]

let db: TestDatabase
beforeAll(async () => {
  db = await createTestDatabase()
  await createRawTables(db)
  await load(db, 1, { file: 'tv/20220402.json', rows: cases.map(([given]) => given) })
  for (const [index, [file]] of files.entries())
    await load(db, index + 2, { file, rows: [viewing({ id: `of ${file}` })] })
  await build(
    db,
    (await tvActions()).filter((action) => action.type !== 'assertion'),
  )
})
afterAll(async () => {
  await db.drop()
})

describe('staging', () => {
  test('every row ends where it should', async () => {
    const rows = await db.rows(
      'select *, log_date::text from tv.int_typed_views where _load_id = 1 order by _line',
    )
    const seen = rows.map(({ reason, ...typed }, index) => {
      const [given, outcome] = cases[index] ?? []
      if (reason !== null || typeof outcome !== 'object') return [given, reason]
      return [given, Object.fromEntries(Object.keys(outcome).map((name) => [name, typed[name]]))]
    })
    expect(seen).toEqual(cases)
  })

  test("a file is of its name's day, or its rows are in quarantine", async () => {
    const rows = await db.rows(
      `select _file, coalesce(reason, log_date::text) as outcome
       from tv.int_typed_views where _load_id > 1 order by _load_id`,
    )
    expect(rows.map(({ _file, outcome }) => [_file, outcome])).toEqual(files)
  })

  test('no row is lost', async () => {
    const [account] = await db.rows(
      `select sum(raw_rows)::int as raw, sum(staged_rows + duplicate_rows + quarantined_rows)::int as placed
       from tv.stg_load_accounting`,
    )
    expect(account).toEqual({
      raw: cases.length + files.length,
      placed: cases.length + files.length,
    })
    const [rejects] = await db.rows('select count(*)::int as rows from tv.stg_rejects')
    const reasons = [...cases, ...files].filter(
      ([, outcome]) => typeof outcome === 'string' && !outcome.startsWith('2022-'),
    )
    expect(rejects).toEqual({ rows: reasons.length })
    // A row in quarantine is kept as it arrived.
    expect(
      await db.rows(
        `select "row" from tv.stg_rejects where _file = 'tv/20220402.json' and "row" @> '{"_source": [1]}'`,
      ),
    ).toEqual([
      {
        row: {
          _id: 'x',
          _type: 'kplus',
          _index: null,
          _score: null,
          _extra: null,
          _source: [1],
        },
      },
    ])
  })

  test('an app that the mapping lacks counts for Others and is flagged', async () => {
    await load(db, 100, {
      file: 'tv/20220410.json',
      rows: [viewing({ id: 'new', app: 'NEWAPP', seconds: 7 })],
    })
    await build(
      db,
      (await tvActions()).filter((action) => action.type !== 'assertion'),
    )
    expect(
      await db.rows(`select category, is_mapped from tv.dim_apps where app_name = 'NEWAPP'`),
    ).toEqual([{ category: 'Others', is_mapped: false }])
    expect(
      await db.rows(
        `select category, seconds::int from tv.fct_contract_day_category where date = '2022-04-10'`,
      ),
    ).toEqual([{ category: 'Others', seconds: 7 }])
    expect(
      await db.rows(
        `select others_duration::int, tv_duration::int, total_duration::int
         from tv.agg_daily where date = '2022-04-10'`,
      ),
    ).toEqual([{ others_duration: 7, tv_duration: 0, total_duration: 7 }])
  })
})
