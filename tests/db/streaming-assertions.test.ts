/**
 * Every check of the streaming domain can fail: one bad row turns exactly it red.
 */
import { afterEach, beforeAll, expect, test } from 'vitest'
import type { Action, AssertionAction } from '../../src/graph/types.js'
import type { Session } from '../../src/postgres/session.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import {
  author,
  build,
  createRawTables,
  load,
  plainStream,
  review,
  streamingActions,
  today,
  type File,
  type Row,
} from './streaming-warehouse.js'

let models: readonly Action[]
let assertions: readonly AssertionAction[]

beforeAll(async () => {
  const actions = await streamingActions({ calendar: true })
  models = actions.filter((action) => action.type !== 'assertion')
  assertions = actions
    .filter((action) => action.type === 'assertion')
    // The calendar's own are shown red with the media domain's.
    .filter((action) => !action.target.name.startsWith('shared_'))
})

const databases: TestDatabase[] = []
afterEach(async () => {
  for (const db of databases.splice(0)) await db.drop()
})

const NAMES = ['Ann', 'Bob', 'Cid', 'Dora', 'Eve', 'Fay']

/** An extract of the vendor's, about these people. */
function extractOf(
  day: string,
  names: readonly string[],
  changes: { readonly rating?: number } = {},
) {
  const file = (entity: 'authors' | 'books' | 'reviews', rows: readonly Row[]): File => ({
    source: `vendor_${entity}`,
    path: `streaming/vendor/${day}/${entity}.json`,
    rows,
    day,
  })
  return [
    file(
      'authors',
      names.map((name) => author(3, name, 'Kenyans')),
    ),
    file(
      'books',
      names.map((name) => ({
        name: `Book of ${name}`,
        pages: 100,
        author: name,
        publisher: 'Verso',
      })),
    ),
    file(
      'reviews',
      names.map((name) =>
        review(3, `By ${name}`, changes.rating ?? 3, `Book of ${name}`, 'The Third Man'),
      ),
    ),
  ]
}

const company: readonly File[] = [
  {
    source: 'users',
    path: 'streaming/users.csv',
    rows: NAMES.map((name) => ({ first_name: name, last_name: 'X', email: `${name}@example.org` })),
  },
  {
    source: 'movies',
    path: 'streaming/movies.csv',
    rows: ['The Third Man', 'Rush'].map((title) => ({
      title,
      duration_mins: '100',
      original_language: 'French',
      size_mb: '900',
    })),
  },
  {
    source: 'streams',
    path: 'streaming/streams.csv',
    rows: NAMES.map((name) => ({ ...plainStream, user_email: `${name}@example.org` })),
  },
]

/** Nothing is wrong with it: every thing was there, one went, and the reviews changed. */
const sound: readonly File[] = [
  ...company,
  ...extractOf('2022-01-03', NAMES),
  ...extractOf(today, NAMES.slice(1), { rating: 5 }),
]

/** A warehouse of these files. */
async function warehouseOf(files: readonly File[]): Promise<TestDatabase> {
  const db = await createTestDatabase()
  databases.push(db)
  await createRawTables(db)
  for (const [place, file] of files.entries()) await load(db, place + 1, file)
  await build(db, models)
  return db
}

/** The assertions that find rows, all asked at once. */
async function redOnes(session: Session): Promise<readonly string[]> {
  const each = assertions.map(
    ({ target, query }) =>
      `select '${target.name}' as name where exists (select from (${query}) as failing)`,
  )
  const { rows: red } = await session.query(each.join('\nunion all\n'))
  return red.map((row) => String(row.name))
}

const set = (table: string, change: string, where = 'true') =>
  `update streaming.${table} set ${change}
   where ctid = (select ctid from streaming.${table} where ${where} limit 1)`

/** On a partitioned table a row's place says nothing without its partition. */
const setFact = (change: string) =>
  `update streaming.fct_streams set ${change}
   where stream_id = (select min(stream_id) from streaming.fct_streams)`

/** One row more, as another one but for some columns. */
const copy = (table: string, changes: Readonly<Record<string, string>> = {}, where = 'true') => {
  const changed = Object.entries(changes).flatMap(([column, value]) => [`'${column}'`, value])
  return `insert into streaming.${table}
   select (jsonb_populate_record(
     null::streaming.${table}, to_jsonb(one) || jsonb_build_object(${changed.join(', ')})
   )).*
   from (select * from streaming.${table} where ${where} limit 1) as one`
}

const key = (table: string, place = 0) => `streaming_${table}_assertions_uniqueKey_${place}`
const conditions = (table: string) => `streaming_${table}_assertions_rowConditions`
const known = (column: string) => `${column} <> 'unknown'`

/** Changes, and the assertion that each of them turns red. */
const changes: readonly (readonly [assertion: string, change: string])[] = [
  // Completeness
  [conditions('stg_users'), set('stg_users', 'email = null')],
  [conditions('stg_movies'), set('stg_movies', 'title = null')],
  [conditions('stg_streams'), set('stg_streams', 'title_norm = null')],
  [conditions('stg_streams'), set('stg_streams', 'email = null')],
  [conditions('stg_streams'), set('stg_streams', 'start_at = null')],
  [conditions('stg_streams'), set('stg_streams', 'end_at = null')],
  [conditions('stg_vendor_authors'), set('stg_vendor_authors', 'author_name = null')],
  [conditions('stg_vendor_books'), set('stg_vendor_books', 'book_title = null')],
  [conditions('stg_vendor_reviews'), set('stg_vendor_reviews', 'review_text = null')],

  // Uniqueness
  [key('stg_users'), copy('stg_users')],
  [key('stg_movies'), copy('stg_movies')],
  [key('stg_streams'), copy('stg_streams')],
  [key('stg_vendor_authors'), copy('stg_vendor_authors')],
  [key('stg_vendor_books'), copy('stg_vendor_books')],
  [key('stg_vendor_reviews'), copy('stg_vendor_reviews')],
  [
    key('stg_rejects'),
    `insert into streaming.stg_rejects (reason) select 'missing_key' from generate_series(1, 2)`,
  ],
  [key('stg_load_accounting'), copy('stg_load_accounting')],
  [key('agg_daily_streams'), copy('agg_daily_streams')],
  [key('dim_users', 1), copy('dim_users', { user_key: `'x'` }, known('user_key'))],
  [key('dim_movies', 1), copy('dim_movies', { movie_key: `'x'` }, known('movie_key'))],
  [
    'streaming_versions_do_not_overlap',
    `update streaming.dim_reviews set valid_from = valid_from - 1 where rating = 5`,
  ],

  // References
  ['streaming_stream_references_resolve', setFact(`movie_key = 'unknown'`)],
  ['streaming_stream_references_resolve', setFact(`user_key = 'nobody'`)],
  ['streaming_stream_references_resolve', setFact('start_minute = 1440')],
  ['streaming_stream_references_resolve', `delete from shared.dim_date where date = '2021-12-25'`],
  [
    'streaming_book_author_known',
    `update streaming.dim_books set author_key = 'x' where book_title = 'Book of Bob'`,
  ],
  [
    'streaming_review_movie_in_catalogue',
    set('dim_reviews', `movie_titles = array['nowhere']`, 'is_current'),
  ],

  // Ranges
  [conditions('stg_streams'), set('stg_streams', `end_at = start_at`)],
  [
    conditions('stg_streams'),
    set('stg_streams', `end_at = start_at + interval '24 hours 1 second'`),
  ],
  [conditions('stg_streams'), set('stg_streams', 'size_mb = 0')],
  [conditions('stg_movies'), set('stg_movies', 'duration_minutes = 0')],
  [conditions('stg_movies'), set('stg_movies', 'size_mb = -1')],
  [conditions('stg_vendor_authors'), set('stg_vendor_authors', 'death_date = birth_date')],
  [conditions('stg_vendor_books'), set('stg_vendor_books', 'pages = 0')],
  [conditions('stg_vendor_reviews'), set('stg_vendor_reviews', 'rating = 6, rating_label = null')],
  [conditions('stg_vendor_reviews'), set('stg_vendor_reviews', `rating_label = 'ONE'`)],
  [conditions('stg_rejects'), `insert into streaming.stg_rejects (reason) values ('because')`],
  [conditions('fct_streams'), setFact('duration_seconds = 86401')],
  [conditions('fct_streams'), setFact('duration_seconds = 0')],
  [conditions('fct_streams'), setFact('size_mb = 0')],
  [conditions('fct_streams'), setFact('watched_ratio = -1')],
  [conditions('fct_streams'), setFact('watched_ratio_capped = 1.1')],
  [conditions('fct_streams'), setFact('user_key = user_key, end_at = null')],
  [conditions('dim_movies'), set('dim_movies', 'duration_minutes = 0', known('movie_key'))],
  [conditions('dim_authors'), set('dim_authors', 'death_date = birth_date', known('author_key'))],
  [conditions('dim_authors'), set('dim_authors', 'is_deleted = true', `author_key = 'unknown'`)],
  [conditions('dim_books'), set('dim_books', 'pages = 0', known('book_key'))],
  [conditions('dim_reviews'), set('dim_reviews', `rating_label = 'ONE'`, 'rating = 3')],
  [
    conditions('dim_reviews'),
    set('dim_reviews', 'valid_to = valid_from', 'rating = 3 and not is_deleted'),
  ],
  [conditions('agg_daily_streams'), set('agg_daily_streams', 'book_based_share = 1.5')],
  [conditions('agg_daily_streams'), set('agg_daily_streams', 'users = 0')],
  [
    'streaming_review_created_before_updated',
    set('dim_reviews', `updated_at = created_at - interval '1 second'`, 'rating = 5'),
  ],

  // Volume and freshness
  [
    'streaming_extract_held',
    `insert into shared.int_extracts
     select model, date '2022-01-04', '{99}', 1, 6, true
     from shared.int_extracts where model = 'streaming.dim_books' limit 1`,
  ],
  [
    'streaming_vendor_fresh',
    `update shared.int_extracts set extract_date = extract_date - 1
     where model = 'streaming.dim_books'`,
  ],

  // Consistency
  [
    'streaming_versions_differ',
    `update streaming.dim_reviews set rating = 3, rating_label = 'THREE' where rating = 5`,
  ],
  [
    'streaming_current_and_deleted_make_all',
    set('dim_reviews', 'is_deleted = false', 'is_deleted'),
  ],
  ['streaming_row_account_balances', set('stg_load_accounting', 'staged_rows = staged_rows - 1')],
  ['streaming_daily_streams_match_fact', set('agg_daily_streams', 'streams = streams + 1')],
  ['streaming_daily_streams_match_fact', 'delete from streaming.agg_daily_streams'],
]

/** Changes that can't but break something else as well. */
const combined: readonly (readonly [assertions: readonly string[], change: string])[] = [
  [[key('dim_users'), key('dim_users', 1)], copy('dim_users', {}, known('user_key'))],
  [[key('dim_movies'), key('dim_movies', 1)], copy('dim_movies', {}, `title = 'Rush'`)],
  [
    [key('fct_streams'), 'streaming_daily_streams_match_fact'],
    copy('fct_streams', { start_minute: '1' }),
  ],
  ...(['authors', 'books', 'reviews'] as const).map(
    (entity) =>
      [
        [
          key(`dim_${entity}`),
          'streaming_current_and_deleted_make_all',
          'streaming_versions_do_not_overlap',
        ],
        copy(`dim_${entity}`, {}, `is_current and ${entity.slice(0, -1)}_key <> 'unknown'`),
      ] as const,
  ),
]

test('one bad row turns exactly one assertion red', async () => {
  const db = await warehouseOf(sound)
  // An index would refuse what these assertions are to find.
  const indexes = await db.rows(`
    select schemaname || '.' || quote_ident(indexname) as name
    from pg_indexes
    where schemaname in ('streaming', 'shared') and indexdef like 'CREATE UNIQUE%'
      and tablename !~ '_p\\d+$' and tablename !~ '^int_'`)
  for (const { name } of indexes) await db.rows(`drop index ${String(name)}`)

  const redAfter = (change: string): Promise<readonly string[]> =>
    db.database.withSession(async (session) => {
      await session.query('begin')
      try {
        const { rowCount } = await session.query(change)
        expect(rowCount, change).toBeGreaterThan(0)
        return [...(await redOnes(session))].sort()
      } finally {
        await session.query('rollback')
      }
    })

  expect(await redAfter('select 1')).toEqual([])
  const each: readonly (readonly [readonly string[], string])[] = [
    ...changes.map(([assertion, change]) => [[assertion], change] as const),
    ...combined,
  ]
  const seen: (readonly [readonly string[], string])[] = []
  for (const [, change] of each) seen.push([await redAfter(change), change])
  expect(seen).toEqual(each.map(([names, change]) => [[...names].sort(), change]))
})

test('every assertion of the domain is seen red here', () => {
  const shown = new Set([
    ...changes.map(([assertion]) => assertion),
    ...combined.flatMap(([names]) => names),
  ])
  const targets = assertions.map((assertion) => assertion.target.name)
  expect(targets.filter((name) => !shown.has(name))).toEqual([])
})

test('an extract that is much too small is said, and deletes nothing', async () => {
  const db = await warehouseOf([
    ...company,
    ...extractOf('2022-01-04', NAMES),
    ...extractOf(today, ['Ann']),
  ])
  expect(await db.database.withSession(redOnes)).toEqual(['streaming_extract_held'])
  expect(
    await db.rows(
      `select count(*)::int as authors from streaming.dim_authors where is_current and ${known('author_key')}`,
    ),
  ).toEqual([{ authors: NAMES.length }])
})

test('a domain without a file has empty tables, and nothing is red', async () => {
  const db = await warehouseOf([])
  expect(await db.database.withSession(redOnes)).toEqual([])
  for (const [table, column] of [
    ['dim_movies', 'movie_key'],
    ['dim_users', 'user_key'],
    ['dim_books', 'book_key'],
  ] as const)
    expect(await db.rows(`select ${column} as key from streaming.${table}`)).toEqual([
      { key: 'unknown' },
    ])
  expect(await db.rows('select * from streaming.agg_daily_streams')).toEqual([])
  expect(await db.rows('select question, answer from streaming.rpt_answers order by 1')).toEqual(
    [null, '0', '0', null, null, '0'].map((answer, place) => ({ question: place + 1, answer })),
  )
})
