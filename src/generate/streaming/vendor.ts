import { formatDay } from '../calendar.js'
import { createRandom, type Random } from '../random.js'
import { authorRow, bookRow, namelessAuthorRow, reviewRow, type Format } from './formats.js'
import { History, type Changes } from './history.js'
import type { StreamingOptions } from './options.js'
import type { Author, Book, Review, World } from './world.js'

/** The file of one kind of things of one night. */
export interface VendorFile {
  readonly entity: 'authors' | 'books' | 'reviews'
  readonly day: string
  readonly format: Format
  readonly rows: readonly object[]
  readonly changes: Changes
  /** Rows that go into quarantine. */
  readonly quarantined: Readonly<Record<string, number>>
}

/** The vendor's nights: the whole data each time, in the nested format, every third time in the flat one. */
export class Vendor {
  readonly #authors: History<Author>
  readonly #books: History<Book>
  readonly #reviews: History<Review>
  readonly #random: Random

  constructor(
    readonly options: StreamingOptions,
    world: World,
  ) {
    this.#random = createRandom(options.seed, 12)
    const { authors, books, reviews } = world
    this.#authors = new History(({ name }) => name, died, authors)
    this.#books = new History(({ name }) => name, reprinted, books)
    this.#reviews = new History(({ text }) => text, ratedAnew, reviews)
  }

  /** The files, night by night. The last extract is sent in the night after the last day. */
  *files(): Generator<VendorFile> {
    const { firstDay, days, extracts, dirt } = this.options
    for (let night = 0; night < extracts; night++) {
      const day = formatDay(firstDay + days - extracts + night + 1)
      const format: Format = night % 3 === 1 ? 'flat' : 'nested'
      // The fourth extract of reviews breaks off in the middle.
      const isCut = night === 3
      yield this.#authorsOf(day, format)
      yield this.#booksOf(day, format, dirt > 0)
      yield this.#reviewsOf(day, format, isCut, dirt > 0)
      for (const history of [this.#authors, this.#books, this.#reviews])
        history.advance(this.#random)
    }
  }

  #authorsOf(day: string, format: Format): VendorFile {
    const things = this.#authors.things
    return {
      ...{ entity: 'authors', day, format },
      rows: [...things.map((author) => authorRow(format, author)), namelessAuthorRow(format)],
      changes: this.#authors.record(things, new Set()),
      quarantined: { missing_key: 1 },
    }
  }

  #booksOf(day: string, format: Format, isDirty: boolean): VendorFile {
    const things = this.#books.things
    const [first] = things
    const unusable = new Set(isDirty && first !== undefined ? [first.name] : [])
    return {
      ...{ entity: 'books', day, format },
      rows: things.map((book) => (unusable.has(book.name) ? bookRow(book, 'many') : bookRow(book))),
      changes: this.#books.record(things, unusable),
      quarantined: unusable.size === 0 ? {} : { out_of_range: unusable.size },
    }
  }

  #reviewsOf(day: string, format: Format, isCut: boolean, isDirty: boolean): VendorFile {
    const all = this.#reviews.things
    const things = isCut ? all.slice(0, Math.floor(all.length / 2)) : all
    const [first] = things
    // Only the nested format has a label that may contradict the rating.
    const unusable = new Set(
      isDirty && format === 'nested' && first !== undefined ? [first.text] : [],
    )
    return {
      ...{ entity: 'reviews', day, format },
      rows: things.map((review) =>
        reviewRow(format, review, ...(unusable.has(review.text) ? ['MANY'] : [])),
      ),
      changes: this.#reviews.record(things, unusable),
      quarantined: unusable.size === 0 ? {} : { out_of_range: unusable.size },
    }
  }
}

const died = (author: Author, random: Random): Author => ({
  ...author,
  died_at: `${random.between(2051, 2999)}-01-01`,
})
const reprinted = (book: Book, random: Random): Book => ({
  ...book,
  pages: book.pages + random.between(1, 99),
})
const ratedAnew = (review: Review, random: Random): Review => ({
  ...review,
  rate: ((review.rate + random.below(4)) % 5) + 1,
})
