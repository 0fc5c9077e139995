import type { Author, Book, Review } from './world.js'

/** The vendor's two formats: nested is its version 3, flat its version 2. */
export type Format = 'nested' | 'flat'

const placeholder = { id: null, label: '', slug: null }
const words = ['ONE', 'TWO', 'THREE', 'FOUR', 'FIVE']

/** The vendor's abbreviation of a nationality: letters with accents fall out. */
function slug(label: string): string {
  return label
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-')
}

/** An author as a row of a file. */
export function authorRow(
  format: Format,
  { name, birth_date, died_at, nationality }: Author,
): object {
  if (format === 'flat') return { name, birth_date, died_at, nationality }
  const midnight = (day: string | null) => (day === null ? null : `${day}T00:00:00.000+0000`)
  return {
    metadata: { name, birth_date: midnight(birth_date), died_at: midnight(died_at) },
    nationalities: [placeholder, { id: null, label: nationality, slug: slug(nationality) }],
  }
}

/** The record without a name that every extract has. */
export function namelessAuthorRow(format: Format): object {
  if (format === 'flat')
    return { name: null, birth_date: null, died_at: null, nationality: 'unknown' }
  return {
    metadata: { name: null, birth_date: null, died_at: null },
    nationalities: [placeholder, { id: null, label: 'unknown', slug: null }],
  }
}

/** A book as a row of a file: both formats have the same. @param pages instead of the book's */
export function bookRow(book: Book, pages: unknown = book.pages): object {
  return { ...book, pages }
}

/** A review as a row of a file. @param label instead of the rating's; the flat format has none */
export function reviewRow(format: Format, review: Review, label = words[review.rate - 1]): object {
  const { text, rate, book, movie, created, updated } = review
  if (format === 'flat') return { movie, rate, book, resume: text }
  return {
    content: { text },
    rating: { rate, label },
    books: [{ id: null, metadata: { title: book.toUpperCase(), pages: 'unknown' } }],
    movies: [
      { id: 0, title: movie.toUpperCase() },
      { id: 0, title: 'end' },
    ],
    updated,
    created,
  }
}
