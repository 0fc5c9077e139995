/**
 * However the same files arrive (late, twice, out of order, in either format), the streaming domain ends up the same, and
 * the same as a full refresh and as one build from scratch.
 */
import fc from 'fast-check'
import { afterEach, beforeAll, expect, test } from 'vitest'
import type { Action } from '../../src/graph/types.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { contentsOf, expectSettled } from '../support/warehouse.js'
import {
  author,
  build,
  createRawTables,
  load,
  plainStream,
  review,
  streamingActions,
  type File,
  type Row,
} from './streaming-warehouse.js'

let actions: readonly Action[]
beforeAll(async () => {
  actions = (await streamingActions()).filter((action) => action.type !== 'assertion')
})

const databases: TestDatabase[] = []
async function emptyWarehouse(): Promise<TestDatabase> {
  const db = await createTestDatabase()
  databases.push(db)
  await createRawTables(db)
  return db
}
afterEach(async () => {
  for (const db of databases.splice(0)) await db.drop()
})

const DAYS = ['2022-01-01', '2022-01-02', '2022-01-03', '2022-01-04']
const MOVIES = ['The Third Man', 'Rush', 'Alien – Part 1', 'Vertigo']
const NAMES = ['Ann', 'Bob', 'Cid', 'Dora', 'Eve']

const version = fc.constantFrom<2 | 3>(2, 3)
const someOf = <T>(items: readonly T[]) => fc.subarray([...items], { minLength: items.length - 1 })

const authors = fc
  .tuple(version, someOf(NAMES), fc.constantFrom('Kenyans', 'Singaporeans'))
  .map(([format, names, nationality]): readonly Row[] => [
    ...names.map((name) => author(format, name, nationality)),
    author(format, null, 'unknown'),
  ])
const books = fc
  .tuple(someOf(NAMES), fc.integer({ min: -1, max: 3 }))
  .map(([names, pages]): readonly Row[] =>
    names.map((name, place) => ({
      name: `Book of ${name}`,
      // A book may be in quarantine for an extract; that must not delete it.
      pages: String(place === 0 ? pages : 100),
      author: name,
      publisher: 'Verso',
    })),
  )
const reviews = fc
  .tuple(version, someOf(NAMES), fc.constantFrom(...MOVIES), fc.integer({ min: 1, max: 6 }))
  .map(([format, names, movie, rating]): readonly Row[] =>
    names.map((name, place) =>
      review(
        format,
        `By ${name}`,
        place === 0 ? rating : 3,
        `Book of ${name}`,
        place < 2 ? movie : 'Rush',
      ),
    ),
  )
const extracts = fc.tuple(
  ...DAYS.flatMap((day) => [
    authors.map((rows): File => vendorFile('authors', day, rows)),
    books.map((rows): File => vendorFile('books', day, rows)),
    reviews.map((rows): File => vendorFile('reviews', day, rows)),
  ]),
  // One extract comes again, and the last one breaks off.
  reviews.map((rows): File => vendorFile('reviews', '2022-01-02', rows)),
  reviews.map((rows): File => vendorFile('reviews', '2022-01-05', rows.slice(0, 2))),
)

function vendorFile(
  entity: 'authors' | 'books' | 'reviews',
  day: string,
  rows: readonly Row[],
): File {
  return { source: `vendor_${entity}`, path: `streaming/vendor/${day}/${entity}.json`, rows, day }
}

const exportOf = (minutes: number, titles: readonly string[]): File => ({
  source: 'movies',
  path: 'streaming/movies.csv',
  rows: titles.map((title) => ({ title, duration_mins: String(minutes), size_mb: '900' })),
})

const streams = fc
  .array(
    fc.record({
      movie: fc.constantFrom(...MOVIES, 'Alien - Part 1', 'Nobody knows it'),
      user: fc.constantFrom(...NAMES),
      hour: fc.integer({ min: 0, max: 23 }),
      day: fc.integer({ min: 29, max: 31 }),
      minutes: fc.integer({ min: -1, max: 200 }),
    }),
    { minLength: 4, maxLength: 12 },
  )
  .map((rows): File => ({
    source: 'streams',
    path: 'streaming/streams.csv',
    rows: rows.map(({ movie, user, hour, day, minutes }) => {
      const start = Date.UTC(2021, 10 + (day % 2), day > 30 ? 30 : day, hour)
      return {
        movie_title: movie,
        user_email: `${user}@example.org`,
        size_mb: '100',
        start_at: new Date(start).toISOString(),
        end_at: new Date(start + minutes * 60_000).toISOString(),
      }
    }),
  }))

const files = fc
  .tuple(extracts, streams, streams)
  .map(([vendor, first, second]): readonly File[] => [
    ...vendor,
    first,
    // What has been sent before is sent again.
    { ...second, rows: [...second.rows, ...first.rows.slice(0, 3)] },
    exportOf(100, MOVIES.slice(0, 3)),
    exportOf(90, MOVIES),
    {
      source: 'users',
      path: 'streaming/users.csv',
      rows: NAMES.slice(1).map((name) => ({ first_name: name, email: `${name}@example.org` })),
    },
    {
      source: 'users',
      path: 'streaming/users.csv',
      rows: NAMES.map((name) => ({
        first_name: name,
        last_name: 'X',
        email: `${name}@Example.org `,
      })),
    },
  ])
const arrivals = files.chain((all) =>
  fc.tuple(
    fc.shuffledSubarray([...all], { minLength: all.length }),
    fc.array(fc.integer({ min: 1, max: all.length - 1 }), { minLength: 1, maxLength: 4 }),
  ),
)

test('any order of files and runs gives what a full refresh gives', async () => {
  await fc.assert(
    fc.asyncProperty(arrivals, async ([order, runsAfter]) => {
      const db = await emptyWarehouse()
      for (const [place, file] of order.entries()) {
        await load(db, place + 1, file)
        if (runsAfter.includes(place + 1) || place === order.length - 1) await build(db, actions)
      }
      const unbalanced = await db.rows(
        `select * from streaming.stg_load_accounting
         where raw_rows <> staged_rows + duplicate_rows + quarantined_rows`,
      )
      expect(unbalanced).toEqual([])

      await expectSettled(db, 'streaming', (options) => build(db, actions, options), {
        fromNothing: true,
      })
      await databases.pop()?.drop()
    }),
    { numRuns: 8 },
  )
}, 240_000)

test('the files have what makes incremental building hard', async () => {
  const totals: Record<string, number> = {}
  for (const [order] of fc.sample(arrivals, { numRuns: 4, seed: 7 })) {
    const db = await emptyWarehouse()
    for (const [place, file] of order.entries()) await load(db, place + 1, file)
    await build(db, actions)
    const tables = await contentsOf(db, 'streaming')
    const empty = Object.entries(tables).filter(([, rows]) => rows.length === 0)
    expect(empty.map(([name]) => name)).toEqual(['streaming.int_stale_days'])
    const [found] = await db.rows(`
      select
        (select count(*)::int from streaming.fct_streams where movie_key = 'unknown') as unknown_movies,
        (select count(*)::int from streaming.stg_rejects where reason = 'out_of_range') as out_of_range,
        (select sum(duplicate_rows)::int from streaming.stg_load_accounting) as duplicates,
        (select count(*)::int from shared.int_extracts where is_held) as held,
        (select sum(changed)::int from streaming.rpt_vendor_changes) as changed,
        (select sum(deleted)::int from streaming.rpt_vendor_changes) as deleted,
        (select sum(returned)::int from streaming.rpt_vendor_changes) as returned`)
    for (const [what, count] of Object.entries(found ?? {}))
      totals[what] = (totals[what] ?? 0) + Number(count)
  }
  expect(Object.keys(totals)).toHaveLength(7)
  for (const [what, count] of Object.entries(totals)) expect(count, what).toBeGreaterThan(0)
})

test('a stream that comes before its movie and its user is put right when they come', async () => {
  const db = await emptyWarehouse()
  await load(db, 1, { source: 'streams', path: 'streaming/streams.csv', rows: [plainStream] })
  await build(db, actions)
  const fact = () =>
    db.rows(`
      select movie_key = 'unknown' as is_movie_missing, user_key = 'unknown' as is_user_missing,
        watched_ratio::float8, watched_ratio_capped::float8, is_based_on_book
      from streaming.fct_streams`)
  expect(await fact()).toEqual([
    {
      is_movie_missing: true,
      is_user_missing: true,
      watched_ratio: null,
      watched_ratio_capped: null,
      is_based_on_book: false,
    },
  ])
  await load(db, 2, exportOf(100, MOVIES))
  await load(db, 3, {
    source: 'users',
    path: 'streaming/users.csv',
    rows: [{ first_name: 'Ann', last_name: 'Lee', email: 'Ann@example.org' }],
  })
  await load(
    db,
    4,
    vendorFile('reviews', '2022-01-01', [review(3, 'Good', 4, 'A Book', 'The Third Man')]),
  )
  await build(db, actions)
  expect(await fact()).toEqual([
    {
      is_movie_missing: false,
      is_user_missing: false,
      watched_ratio: 1.2,
      watched_ratio_capped: 1,
      is_based_on_book: true,
    },
  ])
  const [day] = await db.rows(
    'select date::text, streams::int, book_based_streams::int from streaming.agg_daily_streams',
  )
  expect(day).toEqual({ date: '2021-12-25', streams: 1, book_based_streams: 1 })
})

test('users and movies that are not known are told apart by what the streams name', async () => {
  const db = await emptyWarehouse()
  const stream = (user: string, movie: string): Row => ({
    movie_title: movie,
    user_email: `${user}@example.org`,
    size_mb: '100',
    start_at: '2021-12-25 06:30',
    end_at: '2021-12-25 08:30',
  })
  await load(db, 1, exportOf(100, ['Rush']))
  await load(db, 2, {
    source: 'users',
    path: 'streaming/users.csv',
    rows: [{ first_name: 'Ann', email: 'ann@example.org' }],
  })
  await load(db, 3, {
    source: 'streams',
    path: 'streaming/streams.csv',
    rows: [
      ...['ann', 'bob', 'cid'].map((user) => stream(user, 'Rush')),
      ...['ann', 'bob', 'cid'].map((user) => stream(user, 'Unforgiven')),
      stream('ann', 'Vertigo'),
    ],
  })
  await build(db, actions)
  expect(
    await db.rows('select users::int, movies::int, streams::int from streaming.agg_daily_streams'),
  ).toEqual([{ users: 3, movies: 3, streams: 7 }])
  expect(
    await db.rows(
      `select email, user_key = 'unknown' as is_unknown, streams::int, minutes_lost::float8
       from streaming.rpt_outage_impact order by 1`,
    ),
  ).toEqual(
    ['ann', 'bob', 'cid'].map((user) => ({
      email: `${user}@example.org`,
      is_unknown: user !== 'ann',
      streams: 1,
      minutes_lost: 90,
    })),
  )
  expect(
    await db.rows(
      `select question, answer::int from streaming.rpt_answers where question in (2, 6) order by 1`,
    ),
  ).toEqual([
    { question: 2, answer: 3 },
    { question: 6, answer: 3 },
  ])
})
