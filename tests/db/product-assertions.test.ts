/**
 * Every check of the product domain up to its facts can fail: one bad row turns exactly it red.
 */
import { beforeAll, expect, test } from 'vitest'
import type { Action, AssertionAction } from '../../src/graph/types.js'
import { databaseOfTest, type TestDatabase } from '../support/database.js'
import {
  conditions,
  copyOf,
  dropUniqueIndexes,
  expectReds,
  neverRed,
  redIn,
  set,
  uniqueKey,
  type RedChange,
} from '../support/red-assertions.js'
import {
  build,
  createRawTables,
  events,
  extract,
  load,
  plainEvent,
  plainUser,
  actionsUpToFacts,
  today,
  type File,
  type Row,
} from './product-warehouse.js'

let models: readonly Action[]
let assertions: readonly AssertionAction[]
beforeAll(async () => {
  const actions = await actionsUpToFacts({ calendar: true })
  models = actions.filter((action) => action.type !== 'assertion')
  assertions = actions
    .filter((action) => action.type === 'assertion')
    // The calendar's own are shown red with the media domain's.
    .filter((action) => !action.target.name.startsWith('shared_'))
})

const DAYS = Array.from(
  { length: 10 },
  (_, index) => `2025-11-${String(index + 1).padStart(2, '0')}`,
)
const USERS = Array.from({ length: 24 }, (_, index) => `user${index}`)
const usersWith = (changes: Row, names: readonly string[] = USERS): readonly Row[] =>
  names.map((user_id) => ({ ...plainUser, ...changes, user_id }))
const eventOf = (day: string, user_id: string) => ({
  ...plainEvent,
  event_id: `${user_id} ${day}`,
  user_id,
  event_timestamp: `${day}T12:00:00`,
})
const all = events(DAYS.flatMap((day) => USERS.map((user) => eventOf(day, user))))

// One without events, of whom something can be wrong that no event sees.
const everybody = [...USERS, 'quiet']
const last = usersWith({ age_group: '25-34' }, everybody)

/** Nothing is wrong with it: all users change, and one is there for a while. */
const sound: readonly File[] = [
  extract('2025-11-01', usersWith({}, everybody)),
  extract('2025-11-05', [...last, { ...plainUser, user_id: 'gone' }]),
  extract(today, last),
  all,
]

/** A warehouse of these files. */
async function warehouseOf(files: readonly File[]): Promise<TestDatabase> {
  const db = await databaseOfTest()
  await createRawTables(db)
  for (const [place, file] of files.entries()) await load(db, place + 1, file)
  await build(db, models)
  return db
}

const stagedUsers = 'product.stg_users'
const staged = 'product.stg_events'
const rejects = 'product.stg_rejects'
const account = 'product.stg_load_accounting'
const users = 'product.dim_users'
const fact = 'product.fct_events'
const days = 'product.int_event_days'
const known = `user_id = 'user1'`
const quiet = `user_id = 'quiet' and is_current`
const gone = `user_id = 'gone'`

/** Changes what was counted of a day. */
const setDay = (day: string, change: string) =>
  `update ${days} set ${change} where event_date = '2025-11-${day}'`
/** What is broken, row by row. */
const changes: readonly RedChange[] = [
  // Completeness
  [conditions(stagedUsers), set(stagedUsers, 'signup_date = null')],
  [conditions(stagedUsers), set(stagedUsers, 'age_group = null')],
  [conditions(staged), set(staged, 'event_date = null')],
  [conditions(users), set(users, 'signup_date = null', quiet)],
  [conditions(users), set(users, 'user_segment = null', quiet)],
  [conditions(fact), set(fact, 'is_active_event = null')],
  [conditions('product.dim_platform'), set('product.dim_platform', 'platform_category = null')],
  [conditions('product.dim_event_type'), set('product.dim_event_type', 'is_active_event = null')],
  ['product_check_03_user_version_given', setDay('03', 'without_user_version = events')],
  ['product_check_04_event_type_given', setDay('03', 'without_event_type = events')],
  ['product_check_05_event_date_given', `delete from shared.dim_date where date = '2025-11-03'`],
  ['product_check_11_user_given', set(users, 'user_id = null', gone)],
  ['product_session_missing_share', setDay('03', 'without_session = events')],
  [
    'product_quarantine_share',
    set(account, 'quarantined_rows = 20, raw_rows = raw_rows + 20', `source = 'product_events'`),
  ],

  // Uniqueness
  [uniqueKey(fact), copyOf(fact, { event_date: `event_date + 1` }, `event_date = '2025-11-03'`)],
  ['product_check_02_event_once', setDay('03', 'events_twice = 1')],
  [uniqueKey(stagedUsers), copyOf(stagedUsers, {})],
  [uniqueKey(staged), copyOf(staged, {})],
  [
    uniqueKey(rejects),
    `insert into ${rejects} (source, reason) select 'x', 'missing_key' from generate_series(1, 2)`,
  ],
  [uniqueKey(account), copyOf(account, {})],
  [uniqueKey('product.dim_platform'), copyOf('product.dim_platform', {})],
  [
    uniqueKey('product.dim_event_type'),
    copyOf('product.dim_event_type', {}, `event_type = 'unknown'`),
  ],
  ['product_versions_do_not_overlap', set(users, 'valid_from = valid_from - 1', quiet)],

  // References
  ['product_check_06_user_version_exists', setDay('03', 'orphan_user_keys = 1')],
  ['product_check_07_platform_exists', setDay('03', 'orphan_platforms = 1')],
  ['product_check_08_event_type_exists', setDay('03', 'orphan_event_types = 1')],
  ['product_version_covers_event', setDay('03', 'wrong_versions = 1')],
  [
    'product_waiting_events_have_no_user',
    `insert into ${rejects} (source, reason, user_id) values ('product_events', 'orphan_fk', 'user1')`,
  ],

  // Ranges
  [conditions(stagedUsers), set(stagedUsers, `primary_platform = 'myspace'`)],
  [conditions(staged), set(staged, `event_type = 'poke'`)],
  [conditions(staged), set(staged, `platform = 'unknown'`)],
  [conditions(staged), set(staged, '_known_load_id = _load_id - 1')],
  [conditions(rejects), `insert into ${rejects} (reason) values ('because')`],
  [conditions(users), set(users, 'valid_to = valid_from', gone)],
  [conditions(users), set(users, 'is_deleted = true', quiet)],
  [conditions(fact), set(fact, 'event_hour = 24')],
  [
    'product_events_before_signup',
    set(users, `signup_date = '2025-11-02'`, `${known} and is_current`),
  ],
  [
    conditions(staged),
    set(staged, `event_at = '2025-11-11 01:00:01+00'`, `event_date = '2025-11-10'`),
  ],

  // Volume and freshness
  [
    'product_check_12_enough_platforms',
    `delete from product.dim_platform where platform = 'threads'`,
  ],
  [
    'product_check_13_enough_event_types',
    `delete from product.dim_event_type where event_category in ('session', 'content', 'monetization')`,
  ],
  [
    'product_check_14_enough_days',
    `delete from shared.dim_date where date < '2025-11-01' or date > '2026-10-30'`,
  ],
  [
    'product_rows_per_day',
    `with fewer as (
       update ${account} set staged_rows = staged_rows - 20, duplicate_rows = duplicate_rows + 20
       where source = 'product_events'
     )
     ${setDay('08', 'events = events - 20')}`,
  ],
  ['product_fresh', setDay('10', `last_event_at = last_event_at - interval '13 hours'`)],
  [
    'product_extract_fresh',
    `update shared.int_extracts set extract_date = extract_date - 2 where extract_date = '${today}'`,
  ],
  [
    'product_extract_held',
    `insert into shared.int_extracts values ('product.dim_users', date '2025-11-08', '{99}', 1, 26, true)`,
  ],

  // Consistency
  ['product_gap_only_after_deletion', set(users, 'valid_from = valid_from + 1', quiet)],
  ['product_versions_differ', set(users, `age_group = '18-24'`, quiet)],
  ['product_one_current_version', set(users, 'is_deleted = false', gone)],
  ['product_row_account_balances', set(account, 'raw_rows = raw_rows + 1')],
  ['product_fact_matches_staging', setDay('03', 'events = events - 1')],

  // What can't but break something else as well
  [
    [uniqueKey(users, 1), 'product_check_10_user_version_once'],
    set(users, `user_key = 'unknown'`, quiet),
  ],
  [
    [
      uniqueKey(users),
      uniqueKey(users, 1),
      'product_check_10_user_version_once',
      'product_one_current_version',
      'product_versions_do_not_overlap',
    ],
    copyOf(users, {}, quiet),
  ],
]

test('one bad row turns exactly one assertion red', async () => {
  const db = await warehouseOf(sound)
  await dropUniqueIndexes(db, 'product')
  await expectReds(db, assertions, changes)
})

/** Files, and the assertions that a warehouse of them turns red. */
const warehouses: Readonly<Record<string, readonly File[]>> = {
  product_check_01_enough_events: [...sound.slice(0, 3), events([eventOf(today, 'user1')])],
  product_check_09_enough_users: [
    extract(today, usersWith({}, ['user1', 'user2'])),
    events(DAYS.map((day) => eventOf(day, 'user1'))),
  ],
}

test.each(Object.entries(warehouses))('%s is red for what arrives', async (name, files) => {
  const db = await warehouseOf(files)
  expect(await redIn(db, assertions)).toEqual([name])
})

/** What is counted of a day with which nothing is wrong. */
const plainDay: Row = {
  events: 24,
  events_twice: 0,
  without_user_version: 0,
  without_event_type: 0,
  without_session: 0,
  orphan_user_keys: 0,
  wrong_versions: 0,
  orphan_platforms: 0,
  orphan_event_types: 0,
}
const halfADay = `event_date = '2025-11-03' and user_id < 'user2'`
const firstOf = (user: string) =>
  `(select user_key from ${users} where user_id = '${user}' and not is_current)`

/** What is wrong in the fact on a day, what is counted of the day, and what turns red by it. */
const faults: readonly (readonly [change: string, counts: Row, red: readonly string[]])[] = [
  [
    copyOf(fact, {}, `event_date = '2025-11-03'`),
    { events: 25, events_twice: 1 },
    ['product_check_02_event_once', 'product_fact_matches_staging'],
  ],
  [
    `delete from ${fact} where ${known} and event_date = '2025-11-03'`,
    { events: 23 },
    ['product_fact_matches_staging'],
  ],
  [
    `update ${fact} set session_id = null where event_date = '2025-11-03'`,
    { without_session: 24 },
    ['product_session_missing_share'],
  ],
  [
    `update ${fact} set event_type = 'unknown' where ${halfADay}`,
    { without_event_type: 12 },
    ['product_check_04_event_type_given'],
  ],
  [
    `update ${fact} set user_key = 'unknown' where ${halfADay}`,
    { without_user_version: 12, wrong_versions: 12 },
    ['product_check_03_user_version_given', 'product_version_covers_event'],
  ],
  ...[
    // The version of before, that of another user, and none.
    [firstOf('user1'), '06'],
    [firstOf('user2'), '03'],
    [`'unknown'`, '03'],
  ].map(
    ([key, day]) =>
      [
        `update ${fact} set user_key = ${key} where ${known} and event_date = '2025-11-${day}'`,
        { wrong_versions: 1, ...(key === `'unknown'` ? { without_user_version: 1 } : {}) },
        ['product_version_covers_event'],
      ] as const,
  ),
  [
    set(fact, `user_key = 'nobody'`, `event_date = '2025-11-03'`),
    { wrong_versions: 1, orphan_user_keys: 1 },
    ['product_check_06_user_version_exists', 'product_version_covers_event'],
  ],
  [
    set(fact, `platform = 'myspace'`, `event_date = '2025-11-03'`),
    { orphan_platforms: 1 },
    ['product_check_07_platform_exists'],
  ],
  [
    set(fact, `event_type = 'poke'`, `event_date = '2025-11-03'`),
    { orphan_event_types: 1 },
    ['product_check_08_event_type_exists'],
  ],
]

test('what is wrong in the fact is counted when its day is counted anew', async () => {
  const db = await warehouseOf(sound)
  await dropUniqueIndexes(db, 'product')
  await db.rows(`create unique index on ${days} (event_date)`)
  const recount = models.filter((model) => model.target.name === 'int_event_days')
  const inlineOnes = /_assertions_/
  const counted = (): Promise<readonly Row[]> =>
    db.rows(
      `select event_date::text, to_jsonb(counted) - array['event_date', 'last_event_at'] as counts
       from ${days} as counted order by event_date`,
    )
  const before = await counted()
  for (const [change, counts, red] of faults) {
    await db.rows('create table kept as table product.fct_events')
    await db.rows(change)
    await db.rows(
      `insert into product.int_stale_days select 'int_event_days', event_date from ${days}`,
    )
    await build(db, recount)
    const after = await counted()
    const changed = after.filter(
      (day, place) => JSON.stringify(day) !== JSON.stringify(before[place]),
    )
    expect(changed, change).toEqual([{ ...changed[0], counts: { ...plainDay, ...counts } }])
    const found = await redIn(db, assertions)
    expect(found.filter((name) => !inlineOnes.test(name)).sort(), change).toEqual(red)
    await db.rows('delete from product.fct_events')
    await db.rows('insert into product.fct_events table kept')
    await db.rows('drop table kept')
  }
})

test('every assertion is seen red here', () => {
  expect(neverRed(assertions, changes, Object.keys(warehouses))).toEqual([])
})

test('an extract that is much too small is said, and deletes nobody', async () => {
  const db = await warehouseOf([...sound.slice(0, 2), extract(today, last.slice(0, 12)), all])
  expect(await redIn(db, assertions)).toEqual(['product_extract_held'])
  expect(
    await db.rows(`select count(*)::int as deleted from product.dim_users where is_deleted`),
  ).toEqual([{ deleted: 0 }])
})

test('a domain without a file has empty tables, and nothing is red', async () => {
  const db = await warehouseOf([])
  expect(await redIn(db, assertions)).toEqual([])
  expect(await db.rows('select user_key, user_id from product.dim_users')).toEqual([
    { user_key: 'unknown', user_id: 'unknown' },
  ])
  for (const table of [
    'stg_users',
    'stg_events',
    'stg_rejects',
    'stg_load_accounting',
    'fct_events',
  ])
    expect(await db.rows(`select * from product.${table}`)).toEqual([])
  expect(await db.rows('select count(*)::int as members from product.dim_event_type')).toEqual([
    { members: 16 },
  ])
  expect(await db.rows('select count(*)::int as members from product.dim_platform')).toEqual([
    { members: 6 },
  ])
})
