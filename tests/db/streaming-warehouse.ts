/**
 * The streaming domain of this repository's warehouse, built without the command: raw rows are inserted as loads
 * would leave them, and the compiled models are executed on a test database.
 */
import type { Action } from '../../src/graph/types.js'
import type { TestDatabase } from '../support/database.js'
import { buildActions, createRawTablesOf, domainActions, insertFile } from '../support/warehouse.js'

/** The day that the tests take for today: the day of the last extract. */
export const today = '2022-01-05'

/** The domain's sources, without `streaming_`. */
export type Source =
  'users' | 'movies' | 'streams' | 'vendor_authors' | 'vendor_books' | 'vendor_reviews'

/** A row as it stands in a file. */
export type Row = Readonly<Record<string, unknown>>

/** A file of a source. */
export interface File {
  readonly source: Source
  readonly path: string
  readonly rows: readonly Row[]
  /** The day of a full extract. */
  readonly day?: string
}

/** The domain's actions, without the loads. */
export const streamingActions = (
  options: { readonly calendar: boolean } = { calendar: false },
): Promise<readonly Action[]> => domainActions('streaming', { ...options, vars: { as_of: today } })

/**
 * Executes actions.
 * @throws Error if one does not succeed
 */
export const build = (
  db: TestDatabase,
  actions: readonly Action[],
  options: { readonly fullRefresh?: boolean } = {},
): Promise<void> => buildActions(db, actions, { asOf: today, ...options })

/** The tables that the loader makes. */
export const createRawTables = (db: TestDatabase): Promise<void> =>
  createRawTablesOf(db, 'streaming')

/** Inserts a file's rows as a load would. */
export const load = (db: TestDatabase, loadId: number, file: File): Promise<void> =>
  insertFile(db, loadId, { ...file, table: `streaming_${file.source}` }, today)

/** A stream that nothing is wrong with, and nothing is special about. */
export const plainStream: Row = {
  movie_title: 'The Third Man',
  user_email: 'ann@example.org',
  size_mb: '100.5',
  start_at: '2021-12-25T06:30:00.000+0100',
  end_at: '2021-12-25T08:30:00.000+0100',
}

/** An author in one of the vendor's two formats. */
export function author(version: 2 | 3, name: string | null, nationality: string | null): Row {
  const born = '1930-07-14T00:00:00.000+0000'
  if (version === 2) return { name, birth_date: '1930-07-14', died_at: null, nationality }
  const placeholder = { id: null, label: '', slug: null }
  const named =
    nationality === null ? [] : [{ id: null, label: nationality, slug: slug(nationality) }]
  return {
    metadata: { name, birth_date: born, died_at: null },
    nationalities: [placeholder, ...named],
  }
}

const slug = (label: string) => label.toLowerCase().replaceAll(' ', '-')

/** A review in one of the vendor's two formats; the nested one shouts titles, and has a movie called `end`. */
export function review(
  version: 2 | 3,
  text: string | null,
  rating: number,
  book: string,
  movie: string,
): Row {
  if (version === 2) return { resume: text, rate: String(rating), book, movie }
  return {
    content: { text },
    rating: { rate: rating, label: ['ONE', 'TWO', 'THREE', 'FOUR', 'FIVE'][rating - 1] ?? 'NONE' },
    books: [{ id: null, metadata: { title: book.toUpperCase(), pages: 'unknown' } }],
    movies: [
      { id: 0, title: movie.toUpperCase() },
      { id: 0, title: 'end' },
    ],
    created: '2021-12-01T10:00:00.000+0100',
    updated: '2021-12-02T10:00:00.000+0100',
  }
}
