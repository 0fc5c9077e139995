/**
 * The real files of the company and its vendor, through the real command: every figure that is known of them comes out
 * exactly, in either format of the vendor, and also when the vendor deletes what the answers rest on.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { startCommand } from '../support/project.js'
import { projectDir } from '../support/warehouse.js'

const dataRoot = join(projectDir, '..', 'shared', 'data')
const expectedFile = join(dataRoot, 'expected', 'streaming.json')
const FIRST_DAY = '2022-01-01'

interface Expected {
  readonly counts: Readonly<
    Record<
      'authors' | 'authors_named' | 'books' | 'reviews' | 'movies' | 'streams' | 'users',
      number
    >
  >
  readonly q1_distinct_streamed_movies: number
  readonly q1_based_on_book: number
  readonly q1_pct: number
  readonly q2_unforgiven_christmas_overlap_users_local_tz: number
  readonly q2_any_movie_overlap_users: number
  readonly q3_singaporean_movies: number
  readonly q3_titles: readonly string[]
  readonly q4_avg_stream_seconds: number
  readonly q4_avg_stream_minutes: number
  readonly q5_median_mb: number
  readonly q5_median_gib_1024: number
  readonly q6_users_50pct_start_25_to_31: number
  readonly q6_rows: number
  readonly dirty: Readonly<Record<string, number | string>>
}
interface NestedAuthor {
  readonly metadata: { name: string | null; birth_date: string | null; died_at: string | null }
  readonly nationalities: readonly { readonly label: string; readonly slug: string | null }[]
}
interface NestedReview {
  readonly content: { readonly text: string }
  readonly rating: { readonly rate: number }
  readonly books: readonly { readonly metadata: { readonly title: string } }[]
  readonly movies: readonly { readonly title: string }[]
}

// Where the folder is missing there is nothing to compare with: ../shared/data, beside the repository.
if (!existsSync(expectedFile))
  process.stderr.write(
    'streaming-expected is skipped: the folder ../shared/data beside the repository is missing\n',
  )

const databases: TestDatabase[] = []
const folders: string[] = []
afterAll(async () => {
  for (const db of databases) await db.drop()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

async function newDatabase(): Promise<TestDatabase> {
  const db = await createTestDatabase()
  databases.push(db)
  return db
}

async function run(db: TestDatabase, root: string, vars = ''): Promise<void> {
  const args = ['run', '--data', root, '--tags', 'streaming', '--vars', `as_of=2022-01-02${vars}`]
  const outcome = await startCommand(projectDir, args, { DATABASE_URL: db.url }).ended
  expect(outcome, outcome.stdout + outcome.stderr).toMatchObject({ code: 0 })
}

/** A copy of the real data root, which may be changed. */
function copyOfData(): string {
  const root = mkdtempSync(join(tmpdir(), 'dataform-streaming-'))
  folders.push(root)
  const from = join(dataRoot, 'streaming')
  mkdirSync(join(root, 'streaming'))
  for (const file of ['users', 'movies', 'streams'])
    cpSync(join(from, `${file}.csv`), join(root, 'streaming', `${file}.csv`))
  for (const entity of ['authors', 'books', 'reviews'])
    writeExtract(root, FIRST_DAY, entity, real(entity))
  return root
}

function real(entity: string): readonly unknown[] {
  const file = join(dataRoot, 'streaming', 'vendor', FIRST_DAY, `${entity}.json`)
  return JSON.parse(readFileSync(file, 'utf8')) as readonly unknown[]
}

function writeExtract(root: string, day: string, entity: string, rows: readonly unknown[]): void {
  const folder = join(root, 'streaming', 'vendor', day)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${entity}.json`), JSON.stringify(rows))
}

const answers = (db: TestDatabase) =>
  db.rows('select question, month, answer, unit, parameters from streaming.rpt_answers order by 1')

describe.skipIf(!existsSync(expectedFile))('the files in ../shared/data', () => {
  let db: TestDatabase
  let expected: Expected
  beforeAll(async () => {
    expected = JSON.parse(readFileSync(expectedFile, 'utf8')) as Expected
    db = await newDatabase()
    await run(db, dataRoot)
  })
  const counts = async (sql: string) => (await db.rows(sql))[0]

  test('what there is', async () => {
    const known = await counts(`
      select
        (select sum(raw_rows)::int from streaming.stg_load_accounting
         where source = 'streaming_vendor_authors') as authors,
        (select count(*)::int from streaming.dim_authors where author_key <> 'unknown') as authors_named,
        (select count(*)::int from streaming.dim_books where book_key <> 'unknown') as books,
        (select count(*)::int from streaming.dim_reviews where review_key <> 'unknown') as reviews,
        (select count(*)::int from streaming.dim_movies where movie_key <> 'unknown') as movies,
        (select count(*)::int from streaming.fct_streams) as streams,
        (select count(*)::int from streaming.dim_users where user_key <> 'unknown') as users`)
    expect(known).toEqual(expected.counts)
  })

  test('the six answers', async () => {
    const given = (await answers(db)).map(({ answer, unit, parameters }) => ({
      answer: Number(answer),
      unit,
      parameters,
    }))
    expect(given).toMatchObject([
      {
        answer: expected.q1_pct,
        unit: '%',
        parameters: {
          movies: expected.q1_distinct_streamed_movies,
          based_on_book: expected.q1_based_on_book,
        },
      },
      { answer: expected.q2_unforgiven_christmas_overlap_users_local_tz, unit: 'users' },
      { answer: expected.q3_singaporean_movies, unit: 'movies' },
      {
        answer: expected.q4_avg_stream_seconds,
        unit: 'seconds',
        parameters: { minutes: expected.q4_avg_stream_minutes },
      },
      {
        answer: expected.q5_median_gib_1024,
        unit: 'GiB',
        parameters: { MB: expected.q5_median_mb },
      },
      {
        answer: expected.q6_users_50pct_start_25_to_31,
        unit: 'users',
        parameters: { streams: expected.q6_rows },
      },
    ])
  })

  test('the movies behind the third answer', async () => {
    const movies = await db.rows(`
      select distinct movie_title
      from streaming.rpt_book_movie_catalogue
      where 'Singaporeans' = any (author_nationalities) and is_in_catalogue
      order by 1`)
    expect(movies.map(({ movie_title }) => movie_title)).toEqual(expected.q3_titles)
  })

  test('what is wrong with the data', async () => {
    const found = await counts(`
      select
        (select count(*)::int from streaming.dim_books as books
         where not exists (
           select from streaming.dim_authors as authors where authors.author_key = books.author_key
         )) as book_authors_not_in_authors,
        (select count(*)::int from streaming.dim_reviews
         where updated_at < created_at) as reviews_updated_before_created,
        (select count(*)::int from streaming.bridge_review_movies
         where movie_key not in (select movie_key from streaming.dim_movies))
          as review_movie_rows_not_in_catalogue,
        (select count(distinct title_norm)::int from streaming.bridge_review_movies)
          as review_movie_titles_distinct,
        (select count(*)::int from streaming.stg_rejects where reason = 'missing_key')
          as null_author_records,
        (select count(*)::int from streaming.fct_streams join streaming.dim_movies as movies using (movie_key)
         where fct_streams.size_mb > movies.size_mb) as stream_size_gt_movie_size,
        (select count(*)::int from streaming.fct_streams where watched_ratio > 1)
          as stream_longer_than_movie`)
    const { tz_offset: _offset, ...dirty } = expected.dirty
    expect(found).toEqual(dirty)
  })

  test('an outage of every movie', async () => {
    const other = await newDatabase()
    await run(other, dataRoot, ',outage_title=')
    const [second] = (await answers(other)).filter(({ question }) => question === 2)
    expect(Number(second?.answer)).toBe(expected.q2_any_movie_overlap_users)
  })

  test('the answers stay when the vendor deletes what they rest on', async () => {
    const before = await answers(db)
    const root = copyOfData()
    const isOf = (title: string) => (row: unknown) => JSON.stringify(row).includes(title)
    const about = expected.q3_titles.map((title) => isOf(title.toUpperCase()))
    const reviews = real('reviews').filter((row) => !about.some((names) => names(row)))
    const authors = (real('authors') as NestedAuthor[]).filter(
      ({ nationalities }) => !nationalities.some(({ slug }) => slug === 'singaporeans'),
    )
    expect(reviews.length).toBeLessThan(expected.counts.reviews)
    expect(authors.length).toBeLessThan(expected.counts.authors)
    writeExtract(root, '2022-01-02', 'authors', authors)
    writeExtract(root, '2022-01-02', 'books', real('books').slice(15))
    writeExtract(root, '2022-01-02', 'reviews', reviews)
    await run(db, root)
    expect(
      await db.rows(
        `select entity, deleted::int, is_held from streaming.rpt_vendor_changes
         where extract_date = '2022-01-02' order by 1`,
      ),
    ).toEqual([
      { entity: 'authors', deleted: expected.counts.authors - authors.length, is_held: false },
      { entity: 'books', deleted: 15, is_held: false },
      { entity: 'reviews', deleted: expected.counts.reviews - reviews.length, is_held: false },
    ])
    expect(await answers(db)).toEqual(before)
  })

  test('the flat format gives the same tables', async () => {
    const nested = await newDatabase()
    await run(nested, dataRoot)
    const flat = await newDatabase()
    const root = copyOfData()
    writeExtract(root, FIRST_DAY, 'authors', (real('authors') as NestedAuthor[]).map(flatAuthor))
    writeExtract(
      root,
      FIRST_DAY,
      'reviews',
      (real('reviews') as NestedReview[]).flatMap(flatReviews),
    )
    await run(flat, root)
    const tables = ['authors', 'books', 'reviews', 'movies', 'users']
      .map((name) => `dim_${name}`)
      .concat(['fct_streams', 'agg_daily_streams', 'rpt_answers', 'rpt_book_movie_catalogue'])
      .concat(['rpt_vendor_changes', 'rpt_outage_impact', 'bridge_author_nationalities'])
    for (const table of tables) {
      // When a review was written and changed is not in the flat format; loads have other numbers.
      const sql = `select (to_jsonb(rows) - array['created_at', 'updated_at', '_load_id'])::text as row
        from streaming.${table} as rows order by 1`
      const rows = await flat.rows(sql)
      expect(rows.length, table).toBeGreaterThan(2)
      expect(rows, table).toEqual(await nested.rows(sql))
    }
  })
})

function flatAuthor({ metadata, nationalities }: NestedAuthor): unknown {
  const named = nationalities.find(({ label }) => label !== '')
  return { ...metadata, nationality: named?.label ?? null }
}

/** A row for each movie, without the one that is none. */
function flatReviews({ content, rating, books, movies }: NestedReview): readonly unknown[] {
  return movies
    .filter(({ title }) => title !== 'end')
    .map(({ title }) => ({
      movie: title,
      rate: rating.rate,
      book: books[0]?.metadata.title,
      resume: content.text,
    }))
}
