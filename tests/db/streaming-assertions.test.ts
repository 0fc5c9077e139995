/**
 * Every check of the streaming domain can fail: one bad row turns exactly it red.
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
  twice,
  uniqueKey,
  type RedChange,
} from '../support/red-assertions.js'
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
  const db = await databaseOfTest()
  await createRawTables(db)
  for (const [place, file] of files.entries()) await load(db, place + 1, file)
  await build(db, models)
  return db
}

const streams = 'streaming.stg_streams'
const vendorReviews = 'streaming.stg_vendor_reviews'
const fact = 'streaming.fct_streams'
const reviews = 'streaming.dim_reviews'
const known = (column: string) => `${column} <> 'unknown'`

/** What is broken, row by row. */
const changes: readonly RedChange[] = [
  // Completeness
  [conditions('streaming.stg_users'), set('streaming.stg_users', 'email = null')],
  [conditions('streaming.stg_movies'), set('streaming.stg_movies', 'title = null')],
  [conditions(streams), set(streams, 'title_norm = null')],
  [conditions(streams), set(streams, 'email = null')],
  [conditions(streams), set(streams, 'start_at = null')],
  [conditions(streams), set(streams, 'end_at = null')],
  [
    conditions('streaming.stg_vendor_authors'),
    set('streaming.stg_vendor_authors', 'author_name = null'),
  ],
  [
    conditions('streaming.stg_vendor_books'),
    set('streaming.stg_vendor_books', 'book_title = null'),
  ],
  [conditions(vendorReviews), set(vendorReviews, 'review_text = null')],

  // Uniqueness
  [uniqueKey('streaming.stg_users'), copyOf('streaming.stg_users', {})],
  [uniqueKey('streaming.stg_movies'), copyOf('streaming.stg_movies', {})],
  [uniqueKey(streams), copyOf(streams, {})],
  [uniqueKey('streaming.stg_vendor_authors'), copyOf('streaming.stg_vendor_authors', {})],
  [uniqueKey('streaming.stg_vendor_books'), copyOf('streaming.stg_vendor_books', {})],
  [uniqueKey(vendorReviews), copyOf(vendorReviews, {})],
  [uniqueKey('streaming.stg_rejects'), twice('streaming.stg_rejects', 'reason', `'missing_key'`)],
  [uniqueKey('streaming.stg_load_accounting'), copyOf('streaming.stg_load_accounting', {})],
  [uniqueKey('streaming.agg_daily_streams'), copyOf('streaming.agg_daily_streams', {})],
  [
    uniqueKey('streaming.dim_users', 1),
    copyOf('streaming.dim_users', { user_key: `'x'` }, known('user_key')),
  ],
  [
    uniqueKey('streaming.dim_movies', 1),
    copyOf('streaming.dim_movies', { movie_key: `'x'` }, known('movie_key')),
  ],
  [
    'streaming_versions_do_not_overlap',
    `update streaming.dim_reviews set valid_from = valid_from - 1 where rating = 5`,
  ],

  // References
  ['streaming_stream_references_resolve', set(fact, `movie_key = 'unknown'`)],
  ['streaming_stream_references_resolve', set(fact, `user_key = 'nobody'`)],
  ['streaming_stream_references_resolve', set(fact, 'start_minute = 1440')],
  ['streaming_stream_references_resolve', `delete from shared.dim_date where date = '2021-12-25'`],
  [
    'streaming_book_author_known',
    `update streaming.dim_books set author_key = 'x' where book_title = 'Book of Bob'`,
  ],
  [
    'streaming_review_movie_in_catalogue',
    set(reviews, `movie_titles = array['nowhere']`, 'is_current'),
  ],

  // Ranges
  [conditions(streams), set(streams, `end_at = start_at`)],
  [conditions(streams), set(streams, `end_at = start_at + interval '24 hours 1 second'`)],
  [conditions(streams), set(streams, 'size_mb = 0')],
  [conditions('streaming.stg_movies'), set('streaming.stg_movies', 'duration_minutes = 0')],
  [conditions('streaming.stg_movies'), set('streaming.stg_movies', 'size_mb = -1')],
  [
    conditions('streaming.stg_vendor_authors'),
    set('streaming.stg_vendor_authors', 'death_date = birth_date'),
  ],
  [conditions('streaming.stg_vendor_books'), set('streaming.stg_vendor_books', 'pages = 0')],
  [conditions(vendorReviews), set(vendorReviews, 'rating = 6, rating_label = null')],
  [conditions(vendorReviews), set(vendorReviews, `rating_label = 'ONE'`)],
  [
    conditions('streaming.stg_rejects'),
    `insert into streaming.stg_rejects (reason) values ('because')`,
  ],
  [conditions(fact), set(fact, 'duration_seconds = 86401')],
  [conditions(fact), set(fact, 'duration_seconds = 0')],
  [conditions(fact), set(fact, 'size_mb = 0')],
  [conditions(fact), set(fact, 'watched_ratio = -1')],
  [conditions(fact), set(fact, 'watched_ratio_capped = 1.1')],
  [conditions(fact), set(fact, 'user_key = user_key, end_at = null')],
  [conditions(fact), set(fact, 'email = null')],
  [conditions(fact), set(fact, 'title_norm = null')],
  [
    conditions('streaming.dim_movies'),
    set('streaming.dim_movies', 'duration_minutes = 0', known('movie_key')),
  ],
  [
    conditions('streaming.dim_authors'),
    set('streaming.dim_authors', 'death_date = birth_date', known('author_key')),
  ],
  [
    conditions('streaming.dim_authors'),
    set('streaming.dim_authors', 'is_deleted = true', `author_key = 'unknown'`),
  ],
  [conditions('streaming.dim_books'), set('streaming.dim_books', 'pages = 0', known('book_key'))],
  [conditions(reviews), set(reviews, `rating_label = 'ONE'`, 'rating = 3')],
  [conditions(reviews), set(reviews, 'valid_to = valid_from', 'rating = 3 and not is_deleted')],
  [
    conditions('streaming.agg_daily_streams'),
    set('streaming.agg_daily_streams', 'book_based_share = 1.5'),
  ],
  [conditions('streaming.agg_daily_streams'), set('streaming.agg_daily_streams', 'users = 0')],
  [
    'streaming_review_created_before_updated',
    set(reviews, `updated_at = created_at - interval '1 second'`, 'rating = 5'),
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
  ['streaming_current_and_deleted_make_all', set(reviews, 'is_deleted = false', 'is_deleted')],
  [
    'streaming_row_account_balances',
    set('streaming.stg_load_accounting', 'staged_rows = staged_rows - 1'),
  ],
  [
    'streaming_daily_streams_match_fact',
    set('streaming.agg_daily_streams', 'streams = streams + 1'),
  ],
  ['streaming_daily_streams_match_fact', 'delete from streaming.agg_daily_streams'],

  // What can't but break something else as well
  [
    [uniqueKey('streaming.dim_users'), uniqueKey('streaming.dim_users', 1)],
    copyOf('streaming.dim_users', {}, known('user_key')),
  ],
  [
    [uniqueKey('streaming.dim_movies'), uniqueKey('streaming.dim_movies', 1)],
    copyOf('streaming.dim_movies', {}, `title = 'Rush'`),
  ],
  [[uniqueKey(fact), 'streaming_daily_streams_match_fact'], copyOf(fact, { start_minute: '1' })],
  ...(['authors', 'books', 'reviews'] as const).map(
    (entity) =>
      [
        [
          uniqueKey(`streaming.dim_${entity}`),
          'streaming_current_and_deleted_make_all',
          'streaming_versions_do_not_overlap',
        ],
        copyOf(
          `streaming.dim_${entity}`,
          {},
          `is_current and ${entity.slice(0, -1)}_key <> 'unknown'`,
        ),
      ] as const,
  ),
]

test('one bad row turns exactly one assertion red', async () => {
  const db = await warehouseOf(sound)
  await dropUniqueIndexes(db, 'streaming')
  await expectReds(db, assertions, changes)
})

test('every assertion of the domain is seen red here', () => {
  expect(neverRed(assertions, changes)).toEqual([])
})

test('an extract that is much too small is said, and deletes nothing', async () => {
  const db = await warehouseOf([
    ...company,
    ...extractOf('2022-01-04', NAMES),
    ...extractOf(today, ['Ann']),
  ])
  expect(await redIn(db, assertions)).toEqual(['streaming_extract_held'])
  expect(
    await db.rows(
      `select count(*)::int as authors from streaming.dim_authors where is_current and ${known('author_key')}`,
    ),
  ).toEqual([{ authors: NAMES.length }])
})

test('a domain without a file has empty tables, and nothing is red', async () => {
  const db = await warehouseOf([])
  expect(await redIn(db, assertions)).toEqual([])
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
