import { Faker, base, en, generateMersenne53Randomizer } from '@faker-js/faker'
import type { StreamingOptions } from './options.js'

/** A user, as the company exports it. */
export interface User {
  readonly first_name: string
  readonly last_name: string
  readonly email: string
}

/** A movie, as the company exports it. */
export interface Movie {
  readonly title: string
  readonly duration_mins: number
  readonly original_language: string
  readonly size_mb: number
}

/** An author, a book and a review, as the vendor knows them; the formats make rows of them. */
export interface Author {
  readonly name: string
  readonly birth_date: string
  readonly died_at: string | null
  readonly nationality: string
}
export interface Book {
  readonly name: string
  readonly pages: number
  readonly author: string
  readonly publisher: string
}
export interface Review {
  readonly text: string
  readonly rate: number
  readonly book: string
  readonly movie: string
  readonly created: string
  readonly updated: string
}

/** Everything that the company and its vendor have. */
export interface World {
  readonly users: readonly User[]
  readonly movies: readonly Movie[]
  readonly authors: readonly Author[]
  readonly books: readonly Book[]
  readonly reviews: readonly Review[]
}

// Titles that are hard to compare, and the one that the outage of the variables is about.
const TITLES = ['Unforgiven', 'Wars of Dust – Part II', 'O’Hara’s Choice', 'Night·Train']
const LANGUAGES = ['English', 'French', 'Korean', 'Spanish', 'Italian', 'Japanese']
const NATIONALITIES = ['Singaporeans', 'Kenyans', 'Guianese (French)', 'Réunionnais', 'Armenians']

/** Makes the world; the same options give the same. */
export function createWorld({ seed, users, movies }: StreamingOptions): World {
  const faker = new Faker({ locale: [en, base], randomizer: generateMersenne53Randomizer(seed) })
  const pick = <T>(items: readonly T[]): T => faker.helpers.arrayElement(items)
  const number = (min: number, max: number) => faker.number.int({ min, max })
  const day = (from: number, to: number) =>
    `${number(from, to)}-${String(number(1, 12)).padStart(2, '0')}-${String(number(1, 28)).padStart(2, '0')}`
  /** Different texts: a number tells apart what comes twice. */
  const distinct = (count: number, make: () => string): readonly string[] => {
    const seen = new Set<string>()
    return Array.from({ length: count }, (_, index) => {
      const text = make()
      const unique = seen.has(text.toLowerCase()) ? `${text} ${index + 1}` : text
      seen.add(unique.toLowerCase())
      return unique
    })
  }

  const titles = [
    ...TITLES,
    ...distinct(
      movies - TITLES.length,
      () => `The ${capital(faker.word.adjective())} ${capital(faker.word.noun())}`,
    ),
  ]
  const authors = distinct(Math.ceil(movies / 2), () => faker.person.fullName()).map(
    (name, index): Author => ({
      name,
      birth_date: day(1900, 1990),
      // Some lie ahead, as they do in the vendor's data.
      died_at: index % 3 === 0 ? day(1995, 2050) : null,
      nationality: NATIONALITIES[index % NATIONALITIES.length] ?? '',
    }),
  )
  const books = distinct(
    movies,
    () => `${capital(faker.word.noun())} of ${capital(faker.word.noun())}`,
  ).map((name, index): Book => ({
    name,
    pages: number(80, 1200),
    // A few are by authors whom the vendor doesn't list.
    author: index % 15 === 14 ? faker.person.fullName() : pick(authors).name,
    publisher: pick(['Verso Books', 'Pavilion Books', 'Sidgwick & Jackson', 'Left Book Club']),
  }))
  // Some movies have no book, and some reviews are of movies that the catalogue lacks.
  const reviewed = [...titles.filter((_, index) => index % 8 !== 7), 'Lost Reel', 'Far From Here']
  const reviews = distinct(movies * 3, () => faker.lorem.sentences(2)).map((text): Review => ({
    text,
    rate: number(1, 5),
    book: pick(books).name,
    movie: pick(reviewed),
    created: `2021-11-${String(number(10, 28))}T10:00:00.000+0100`,
    updated: `2021-11-${String(number(10, 28))}T12:30:00.500+0100`,
  }))
  return {
    users: distinct(users, () => faker.internet.email().toLowerCase()).map((email) => ({
      first_name: faker.person.firstName(),
      last_name: faker.person.lastName(),
      email: email.replaceAll(' ', '.'),
    })),
    movies: titles.map((title) => ({
      title,
      duration_mins: number(47, 158),
      original_language: pick(LANGUAGES),
      size_mb: number(507, 2381),
    })),
    authors,
    books,
    reviews,
  }
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)
