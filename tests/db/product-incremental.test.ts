/**
 * However the same files arrive (users long after their events, extracts out of order and twice, models left out of a
 * run), the product domain ends up the same, and the same as after a full refresh and as after one build from scratch.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import type { Action } from '../../src/graph/types.js'
import { lockLoads } from '../../src/seed/modes.js'
import { readSeeds } from '../../src/seed/declaration.js'
import { databaseOfTest, type TestDatabase } from '../support/database.js'
import { oneOf, randomNumbers, shuffled } from '../support/random.js'
import { contentsOf, projectDir, expectSettled, type Tables } from '../support/warehouse.js'
import {
  build,
  createRawTables,
  events,
  extract,
  load,
  plainEvent,
  plainUser,
  wholeDomain,
  type File,
  type Row,
} from './product-warehouse.js'

const DAYS = ['01', '02', '03', '04', '05', '06', '07'].map((day) => `2025-11-${day}`)
// So many users that a file leaves most of them alone: what is recomputed must be found, not hit by chance.
const USERS = Array.from({ length: 30 }, (_, index) => `user${index}`)

let actions: readonly Action[]
beforeAll(async () => {
  actions = (await wholeDomain()).filter((action) => action.type !== 'assertion')
})

async function emptyWarehouse(): Promise<TestDatabase> {
  const db = await databaseOfTest()
  await createRawTables(db)
  return db
}
/** Files as a source of this kind sends them: an extract a day, some of them twice, and events of all times. */
function randomFiles(random: () => number): readonly File[] {
  const extractOf = (day: string, place: number, isCut = false): File => {
    // Users join day by day, some are missing for a day; what is said of them goes to and fro.
    const there = USERS.slice(0, 12 + 2 * place).filter(() => random() < 0.9)
    const rows = there.map((user_id) => ({
      ...plainUser,
      user_id,
      user_segment: oneOf(random, ['active', 'active', 'active', 'CASUAL ', 'power']),
      primary_platform: random() < 0.03 ? 'myspace' : 'threads',
      signup_date: oneOf(random, ['2025-11-01', '2025-11-01', '2025-10-20', 'soon']),
      country: oneOf(random, ['US', 'US', 'US', null]),
    }))
    return extract(day, isCut ? rows.slice(0, 4) : rows)
  }
  const eventFile = (): File => {
    const rows = Array.from({ length: 12 }, (): Row => {
      const day = oneOf(random, ['2025-10-31', ...DAYS, '2025-11-08'])
      return {
        ...plainEvent,
        // Few ids: the same event comes again, of another user too.
        event_id: `e${Math.floor(random() * 60)}`,
        user_id: oneOf(random, [...USERS, 'nobody']),
        event_type: oneOf(random, ['content_view', 'like', 'Like ', 'ad_impression', 'poke']),
        event_timestamp: `${day}T1${Math.floor(random() * 10)}:00:00`,
        country: oneOf(random, ['DE', null]),
        session_id: oneOf(random, ['s1', null]),
      }
    })
    return events([...rows, ...rows.slice(0, 2)])
  }
  return [
    ...DAYS.map((day, place) => extractOf(day, place)),
    extractOf('2025-11-03', 3),
    // This one breaks off.
    extractOf('2025-11-05', 4, true),
    ...Array.from({ length: 8 }, eventFile),
  ]
}

/** Where models leave what others have to look at again. */
const QUEUES = ['changed_users', 'stale_cohorts', 'stale_days'].map((name) => `product.int_${name}`)
const emptyTables = (tables: Tables) =>
  Object.entries(tables).flatMap(([name, rows]) => (rows.length === 0 ? [name] : []))

async function expectSameAsRebuilt(db: TestDatabase): Promise<void> {
  const incremental = await contentsOf(db, 'product')
  expect(emptyTables(incremental)).toEqual(expect.arrayContaining(QUEUES))
  expect(
    await db.rows(`select * from product.stg_load_accounting
                   where raw_rows <> staged_rows + duplicate_rows + quarantined_rows`),
  ).toEqual([])

  await expectSettled(db, 'product', (options) => build(db, actions, options), {
    fromNothing: true,
  })
}

test.each(Array.from({ length: 6 }, (_, index) => index + 1))(
  'any order of files and runs gives what a full refresh gives (seed %i)',
  async (seed) => {
    const random = randomNumbers(seed)
    const db = await emptyWarehouse()
    const files = shuffled(random, randomFiles(random))
    let isBuilt = false
    for (const [index, file] of files.entries()) {
      await load(db, index + 1, file)
      if (random() < 0.5) continue
      // A model that is left out has more to do the next time, and what comes after it has less now.
      const left = isBuilt && random() < 0.4 ? oneOf(random, actions).target.name : ''
      await build(
        db,
        actions.filter((action) => action.target.name !== left),
      )
      isBuilt = true
    }
    await build(db, actions)
    await expectSameAsRebuilt(db)
  },
  120_000,
)

test('the files have what makes incremental building hard', async () => {
  const random = randomNumbers(1)
  const db = await emptyWarehouse()
  for (const [index, file] of shuffled(random, randomFiles(random)).entries())
    await load(db, index + 1, file)
  await build(db, actions)
  const tables = await contentsOf(db, 'product')
  expect(emptyTables(tables)).toEqual(QUEUES)
  const [found] = await db.rows(`
    select
      (select count(*)::int from product.stg_events where _known_load_id > _load_id) as late_users,
      (select count(*)::int from product.stg_rejects where reason = 'orphan_fk') as waiting,
      (select count(*)::int from product.stg_rejects where source = 'product_users') as rejected_users,
      (select sum(duplicate_rows)::int from product.stg_load_accounting) as duplicates,
      (select count(*)::int from shared.int_extracts where is_held) as held,
      (select count(*)::int from product.dim_users where deleted_at is not null) as deleted,
      (select count(*)::int from product.dim_users as returned where exists (
        select from product.dim_users as gone
        where gone.user_id = returned.user_id and gone.deleted_at < returned.valid_from)) as returned,
      (select count(*)::int from product.fct_events where user_key = 'unknown') as without_version`)
  expect(Object.entries(found ?? {}).filter(([, count]) => Number(count) === 0)).toEqual([])
})

const versionsOfUsers = (db: TestDatabase) =>
  db.rows(`select user_id, user_segment, valid_from::text, valid_to::text, is_current, is_deleted
           from product.dim_users where user_id <> 'unknown' order by user_id, valid_from`)
const segmentsAtEvents = async (db: TestDatabase) =>
  (
    await db.rows(`select event_id || ' ' || users.user_segment as at
                   from product.fct_events join product.dim_users as users using (user_key) order by event_id`)
  ).map((row) => row.at)

describe('versions of a user', () => {
  const version = (
    user_segment: string,
    valid_from: string,
    valid_to: string | null,
    is_deleted = false,
  ) => ({
    user_id: 'a1',
    user_segment,
    valid_from,
    valid_to,
    is_current: valid_to === null,
    is_deleted,
  })
  const user = (user_segment: string) => ({ ...plainUser, user_segment })
  const other = { ...plainUser, user_id: 'a2' }
  const others = (segment: string | null) => (segment === null ? [other] : [user(segment), other])
  /** Loads and builds extracts of the user, each file in a run of its own. */
  const arrive = async (files: readonly (readonly [day: string, segment: string | null])[]) => {
    const db = await emptyWarehouse()
    await load(
      db,
      1,
      events(
        ['01', '03', '05', '07'].map((day) => ({
          ...plainEvent,
          event_id: day,
          event_timestamp: `2025-11-${day}T12:00:00`,
        })),
      ),
    )
    for (const [place, [day, segment]] of files.entries()) {
      await load(db, place + 2, extract(day, others(segment)))
      await build(db, actions)
    }
    const found = (await versionsOfUsers(db)).filter(({ user_id }) => user_id === 'a1')
    const seen = { versions: found, events: await segmentsAtEvents(db) }
    await expectSameAsRebuilt(db)
    return seen
  }

  test('there and back are three', async () => {
    expect(
      await arrive([
        ['2025-11-02', 'active'],
        ['2025-11-03', 'casual'],
        ['2025-11-06', 'active'],
      ]),
    ).toEqual({
      versions: [
        version('active', '-infinity', '2025-11-03'),
        version('casual', '2025-11-03', '2025-11-06'),
        version('active', '2025-11-06', null),
      ],
      events: ['01 active', '03 casual', '05 casual', '07 active'],
    })
  })

  test('an older extract changes what was, and the events of that time', async () => {
    expect(
      await arrive([
        ['2025-11-06', 'active'],
        ['2025-11-02', 'power'],
        ['2025-11-04', 'casual'],
      ]),
    ).toEqual({
      versions: [
        version('power', '-infinity', '2025-11-04'),
        version('casual', '2025-11-04', '2025-11-06'),
        version('active', '2025-11-06', null),
      ],
      events: ['01 power', '03 power', '05 casual', '07 active'],
    })
  })

  test('the same extract again makes none, a corrected one takes one back', async () => {
    expect(
      await arrive([
        ['2025-11-02', 'active'],
        ['2025-11-04', 'casual'],
        ['2025-11-04', 'casual'],
        ['2025-11-06', 'active'],
        ['2025-11-04', 'active'],
      ]),
    ).toEqual({
      versions: [version('active', '-infinity', null)],
      events: ['01 active', '03 active', '05 active', '07 active'],
    })
  })

  test('a user who goes and comes back leaves a gap, without a version for the events in it', async () => {
    const seen = await arrive([
      ['2025-11-02', 'active'],
      ['2025-11-04', null],
      ['2025-11-06', 'active'],
      ['2025-11-08', null],
    ])
    expect(seen).toEqual({
      versions: [
        version('active', '-infinity', '2025-11-04'),
        version('active', '2025-11-06', '2025-11-08', true),
      ],
      events: ['01 active', '03 active', '05 unknown', '07 active'],
    })
  })
})

test('an extract rewrites the events of users whose versions it changes, and no others', async () => {
  const db = await emptyWarehouse()
  const users = (segment: string) =>
    USERS.map((user_id, place) => ({
      ...plainUser,
      user_id,
      user_segment: place === 0 ? segment : 'active',
    }))
  await load(db, 1, extract('2025-11-01', users('active')))
  await load(
    db,
    2,
    events(
      USERS.flatMap((user_id) =>
        ['02', '06'].map((day) => ({
          ...plainEvent,
          event_id: `${user_id} ${day}`,
          user_id,
          event_timestamp: `2025-11-${day}T12:00:00`,
        })),
      ),
    ),
  )
  await build(db, actions)
  const places = async () =>
    new Map(
      (await db.rows('select event_id, xmin::text as place from product.fct_events')).map((row) => [
        row.event_id,
        row.place,
      ]),
    )
  const before = await places()
  await load(db, 3, extract('2025-11-05', users('power')))
  await build(db, actions)
  const after = await places()
  expect([...after].flatMap(([id, place]) => (place === before.get(id) ? [] : [id]))).toEqual([
    'user0 06',
  ])
})

describe('loads of the two tables', () => {
  test('a model waits for a load of users that is under way before it takes later events', async () => {
    const db = await emptyWarehouse()
    await build(db, actions)
    const seeds = await readSeeds(projectDir)
    const users = seeds.ok ? seeds.sources.find(({ name }) => name === 'product_users') : undefined
    if (users === undefined) throw new Error('there is no such source')
    const run = await db.database.withSession(async (session) => {
      await session.query('begin')
      await lockLoads(session, users)
      await session.query(
        `insert into raw.product_users (user_id, signup_date, _extract_date, _file, _line, _load_id, _loaded_at)
         values ('a1', '2025-11-01', '2025-11-01', 'users.csv', 1, 1, now())`,
      )
      await load(db, 2, events([plainEvent]))
      // Making an index would wait for the load as well.
      const run = build(
        db,
        actions.filter(({ type }) => type !== 'operations'),
      )
      const seen = { isOver: false, isWaiting: false }
      void run.catch(() => undefined).finally(() => (seen.isOver = true))
      while (!seen.isWaiting && !seen.isOver) {
        const { rows } = await session.query(
          `select from pg_locks join pg_database on pg_database.oid = database
           where datname = current_database() and locktype = 'advisory' and not granted`,
        )
        seen.isWaiting = rows.length > 0
      }
      await session.query('commit')
      return { run, isWaiting: seen.isWaiting }
    })
    expect(run.isWaiting).toBe(true)
    await run.run
    await build(db, actions)
    expect(await db.rows('select event_id, _load_id::int from product.fct_events')).toEqual([
      { event_id: 'e1', _load_id: 2 },
    ])
    await expectSameAsRebuilt(db)
  })

  test('users with a lower id than events that wait for them are refused, not missed', async () => {
    const db = await emptyWarehouse()
    await load(db, 2, events([plainEvent]))
    await build(db, actions)
    await load(db, 1, extract('2025-11-01', [plainUser]))
    await expect(build(db, actions)).rejects.toThrow('--full-refresh')
    await build(db, actions, { fullRefresh: true })
    expect(await db.rows('select event_id, _load_id::int from product.fct_events')).toEqual([
      { event_id: 'e1', _load_id: 2 },
    ])
    await expectSameAsRebuilt(db)
  })
})
