/** What real files do to the product domain: every kind of dirt, one row each, and where it ends. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Action } from '../../src/graph/types.js'
import { createTestDatabase, databaseOfTest, type TestDatabase } from '../support/database.js'
import {
  build,
  createRawTables,
  events,
  extract,
  load,
  plainEvent,
  plainUser,
  actionsUpToFacts,
  type Row,
} from './product-warehouse.js'

/** What a raw row has that is special, and what comes of it: a reason, or values of typed columns. */
type Case = readonly [given: Row, outcome: string | Readonly<Record<string, unknown>>]

const cases: Readonly<Record<'users' | 'events', readonly Case[]>> = {
  users: [
    [{ user_id: null }, 'missing_key'],
    [{ user_id: ' ' }, 'missing_key'],
    [{ user_id: '0' }, 'missing_key'],
    [{ user_id: 'unknown' }, 'missing_key'],
    [{ signup_date: null }, 'missing_key'],
    [{ signup_date: 'None' }, 'missing_key'],
    [{ signup_date: '01/11/2025' }, 'bad_timestamp'],
    [{ signup_date: '2025-02-30' }, 'bad_timestamp'],
    [{ signup_date: '1969-12-31' }, 'bad_timestamp'],
    [{ primary_platform: 'myspace' }, 'unknown_enum'],
    [{ primary_platform: ' Threads ' }, { primary_platform: 'threads' }],
    [{ primary_platform: '' }, { primary_platform: 'unknown' }],
    [
      { country: 'us', age_group: null, device_type: 'IOS', user_segment: 'nan' },
      { country: 'US', age_group: 'unknown', device_type: 'ios', user_segment: 'unknown' },
    ],
    [{ country: 'OTHER' }, { country: 'OTHER' }],
    [{ signup_date: '2025-11-01T00:00:00.000' }, { signup_date: '2025-11-01' }],
    // The future of an extract may be the past of another.
    [{ signup_date: '2026-01-01' }, { signup_date: '2026-01-01' }],
  ],
  events: [
    [{ event_id: null }, 'missing_key'],
    [{ user_id: '' }, 'missing_key'],
    [{ user_id: 'None' }, 'missing_key'],
    [{ event_type: null }, 'missing_key'],
    [{ platform: 'null' }, 'missing_key'],
    [{ event_timestamp: null }, 'missing_key'],
    [{ event_timestamp: 'yesterday' }, 'bad_timestamp'],
    [{ event_timestamp: '05/11/2025 10:00' }, 'bad_timestamp'],
    [{ event_timestamp: '1969-12-31T23:59:59' }, 'bad_timestamp'],
    [{ event_timestamp: '2025-11-11T01:00:01' }, 'future_timestamp'],
    [{ event_timestamp: '2025-11-11T00:59:59' }, { event_date: '2025-11-11' }],
    [{ event_type: 'poke' }, 'unknown_enum'],
    [{ event_type: 'content view' }, 'unknown_enum'],
    [{ event_type: 'unknown' }, 'unknown_enum'],
    [{ platform: 'myspace' }, 'unknown_enum'],
    [{ event_type: ' Content_VIEW\t' }, { event_type: 'content_view' }],
    [{ platform: 'WhatsApp ' }, { platform: 'whatsapp' }],
    [{ session_id: null }, { session_id: null }],
    [{ session_id: ' ' }, { session_id: null }],
    [
      { country: 'de', device_type: 'Web' },
      { country: 'DE', device_type: 'web' },
    ],
    [
      { country: '', device_type: 'nan' },
      { country: null, device_type: null },
    ],
    [{ event_timestamp: '2025-11-05T23:30:00-01:00' }, { event_date: '2025-11-06' }],
    [{ event_timestamp: '2025-11-05T23:30:00.123456Z' }, { event_date: '2025-11-05' }],
    [{ event_timestamp: '2020-01-01 00:00:00' }, { event_date: '2020-01-01' }],
  ],
}

let actions: readonly Action[]
async function emptyWarehouse(): Promise<TestDatabase> {
  const db = await databaseOfTest()
  await createRawTables(db)
  return db
}
beforeAll(async () => {
  actions = (await actionsUpToFacts()).filter((action) => action.type !== 'assertion')
})
describe('every row ends where it should', () => {
  let db: TestDatabase
  beforeAll(async () => {
    db = await createTestDatabase()
    await createRawTables(db)
    await build(
      db,
      actions.filter(({ target }) => /^int_typed_/.test(target.name)),
    )
    await load(
      db,
      1,
      extract(
        '2025-11-01',
        cases.users.map(([given]) => ({ ...plainUser, ...given })),
      ),
    )
    await load(db, 2, events(cases.events.map(([given]) => ({ ...plainEvent, ...given }))))
  })
  afterAll(async () => {
    await db.drop()
  })

  test.each(['users', 'events'] as const)('%s', async (source) => {
    const day = source === 'users' ? 'signup_date' : 'event_date'
    const rows = await db.rows(
      `select *, ${day}::text from product.int_typed_${source} order by _line`,
    )
    const seen = rows.map(({ reason, ...typed }, index) => {
      const [given, outcome] = cases[source][index] ?? []
      if (reason !== null || typeof outcome !== 'object') return [given, reason]
      return [given, Object.fromEntries(Object.keys(outcome).map((name) => [name, typed[name]]))]
    })
    expect(seen).toEqual(cases[source])
  })
})

const accounts = (db: TestDatabase) =>
  db.rows(`
    select _load_id::int as load, raw_rows::int as raw, staged_rows::int as staged,
      duplicate_rows::int as duplicates, quarantined_rows::int as quarantined
    from product.stg_load_accounting where source = 'product_events' order by 1`)
const facts = (db: TestDatabase, columns: string) =>
  db.rows(`select ${columns} from product.fct_events order by event_id`)

test('an event that comes again, equal or not, is counted, and the first one stays', async () => {
  const db = await emptyWarehouse()
  await load(db, 1, extract('2025-11-01', [plainUser]))
  await load(db, 2, events([plainEvent, plainEvent]))
  await build(db, actions)
  await load(db, 3, events([{ ...plainEvent, event_type: 'like' }, plainEvent]))
  await build(db, actions)
  expect(await facts(db, 'event_id, event_type')).toEqual([
    { event_id: 'e1', event_type: 'content_view' },
  ])
  expect(await accounts(db)).toEqual([
    { load: 2, raw: 2, staged: 1, duplicates: 1, quarantined: 0 },
    { load: 3, raw: 2, staged: 0, duplicates: 2, quarantined: 0 },
  ])
})

test('events of a user who is not known wait in quarantine until the user comes', async () => {
  const db = await emptyWarehouse()
  const of = (event_id: string, user_id: string) => ({ ...plainEvent, event_id, user_id })
  await load(db, 1, extract('2025-11-02', [plainUser]))
  await load(db, 2, events([of('e1', 'a1'), of('e2', 'a2'), of('e2', 'a2'), of('e3', 'a3')]))
  await load(db, 3, events([of('e4', 'a2')]))
  await build(db, actions)
  const waiting = () =>
    db.rows(`select "row" ->> 'event_id' as event, user_id, reason
             from product.stg_rejects order by _load_id, _line`)
  const orphan = (event: string, user_id: string) => ({ event, user_id, reason: 'orphan_fk' })
  expect(await waiting()).toEqual([
    orphan('e2', 'a2'),
    orphan('e2', 'a2'),
    orphan('e3', 'a3'),
    orphan('e4', 'a2'),
  ])
  expect(await accounts(db)).toEqual([
    { load: 2, raw: 4, staged: 1, duplicates: 0, quarantined: 3 },
    { load: 3, raw: 1, staged: 0, duplicates: 0, quarantined: 1 },
  ])

  // The extract is older than the one that did not have the user.
  await load(db, 4, extract('2025-11-01', [plainUser, { ...plainUser, user_id: 'a2' }]))
  await build(db, actions)
  expect(await waiting()).toEqual([orphan('e3', 'a3')])
  expect(await facts(db, 'event_id, _load_id::int')).toEqual([
    { event_id: 'e1', _load_id: 2 },
    { event_id: 'e2', _load_id: 4 },
    { event_id: 'e4', _load_id: 4 },
  ])
  expect(await accounts(db)).toEqual([
    { load: 2, raw: 4, staged: 2, duplicates: 1, quarantined: 1 },
    { load: 3, raw: 1, staged: 1, duplicates: 0, quarantined: 0 },
  ])
})

test('of an event with two users the one counts who is known first', async () => {
  const db = await emptyWarehouse()
  await load(db, 1, events([{ ...plainEvent, user_id: 'a2' }]))
  await load(db, 2, events([plainEvent]))
  await load(db, 3, extract('2025-11-01', [plainUser]))
  await build(db, actions)
  expect(await facts(db, 'user_id')).toEqual([{ user_id: 'a1' }])
  await load(db, 4, extract('2025-11-02', [plainUser, { ...plainUser, user_id: 'a2' }]))
  await build(db, actions)
  expect(await facts(db, 'user_id')).toEqual([{ user_id: 'a1' }])
  expect(await accounts(db)).toEqual([
    { load: 1, raw: 1, staged: 0, duplicates: 1, quarantined: 0 },
    { load: 2, raw: 1, staged: 1, duplicates: 0, quarantined: 0 },
  ])
})

test('a user whose row is in quarantine is neither known nor, if known, deleted', async () => {
  const db = await emptyWarehouse()
  const broken = { signup_date: 'soon' }
  await load(db, 1, extract('2025-11-01', [plainUser, { ...plainUser, user_id: 'a2', ...broken }]))
  await load(db, 2, extract('2025-11-02', [{ ...plainUser, ...broken }]))
  await load(db, 3, events([plainEvent, { ...plainEvent, event_id: 'e2', user_id: 'a2' }]))
  await build(db, actions)
  expect(await facts(db, 'user_id, user_key <> $$unknown$$ as has_version')).toEqual([
    { user_id: 'a1', has_version: true },
  ])
  expect(
    await db.rows(`select user_id, is_current from product.dim_users where user_id <> 'unknown'`),
  ).toEqual([{ user_id: 'a1', is_current: true }])
})

test('what an event does not say of country and device is said by the version of its user', async () => {
  const db = await emptyWarehouse()
  const user = (country: string) => [{ ...plainUser, country, device_type: 'tablet' }]
  await load(db, 1, extract('2025-11-03', user('FR')))
  await load(db, 2, extract('2025-11-06', user('JP')))
  await load(db, 3, extract('2025-11-08', [{ ...plainUser, user_id: 'a2' }]))
  const on = (day: number, given: Row = {}) => ({
    ...plainEvent,
    event_id: `e${day}`,
    event_timestamp: `2025-11-0${day}T00:00:00`,
    country: null,
    device_type: ' ',
    ...given,
  })
  await load(db, 4, events([on(1), on(5), on(6), on(7, { country: 'br' }), on(8)]))
  await build(db, actions)
  expect(
    await facts(
      db,
      `event_id, country, device_type, event_hour::int,
       (select valid_from::text from product.dim_users as users where users.user_key = fct_events.user_key) as valid_from`,
    ),
  ).toEqual([
    // Before the first extract there is nothing else to go by.
    {
      event_id: 'e1',
      country: 'FR',
      device_type: 'tablet',
      event_hour: 0,
      valid_from: '-infinity',
    },
    {
      event_id: 'e5',
      country: 'FR',
      device_type: 'tablet',
      event_hour: 0,
      valid_from: '-infinity',
    },
    {
      event_id: 'e6',
      country: 'JP',
      device_type: 'tablet',
      event_hour: 0,
      valid_from: '2025-11-06',
    },
    {
      event_id: 'e7',
      country: 'BR',
      device_type: 'tablet',
      event_hour: 0,
      valid_from: '2025-11-06',
    },
    // The user is gone, and has no version at that time.
    {
      event_id: 'e8',
      country: 'unknown',
      device_type: 'unknown',
      event_hour: 0,
      valid_from: '-infinity',
    },
  ])
})
