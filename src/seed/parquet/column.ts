import { Damage } from './damage.js'
import type { ChunkReader } from './chunk-reader.js'
import { Page } from './page.js'
import { repeatText, nullTexts, type JsonForm, type Texts } from './texts.js'

/** Rows that are read of a column at a time: few enough for the processor's caches. */
export const SLICE_ROWS = 4096

/** The next rows of a column, or rows that are lost: then `damage` says why, and `rows` may be Infinity. */
export interface Slice {
  readonly rows: number
  readonly texts: Texts | null
  readonly damage: string
}

/** A column of a row group, read from its first row on. */
export interface Column {
  readonly name: string
  readonly json: JsonForm
  /** Never empty; what comes after the last row is damage. @throws the file system's error */
  next(): Promise<Slice>
}

/** What every row has: a key of the path, or NULL. */
export class ConstantColumn implements Column {
  readonly json = 'text'
  readonly name: string
  readonly #slice: Slice

  constructor(name: string, value: string | null) {
    this.name = name
    const texts = value === null ? nullTexts(SLICE_ROWS) : repeatText(value, SLICE_ROWS)
    this.#slice = { rows: SLICE_ROWS, texts, damage: '' }
  }

  next(): Promise<Slice> {
    return Promise.resolve(this.#slice)
  }
}

/** A column whose values are rows. */
export class FlatColumn implements Column {
  readonly name: string
  readonly json: JsonForm
  readonly #pages: ChunkReader
  #page: Page | null = null

  constructor(name: string, json: JsonForm, pages: ChunkReader) {
    this.name = name
    this.json = json
    this.#pages = pages
  }

  async next(): Promise<Slice> {
    while (this.#page === null || this.#page.left === 0) {
      const next = await this.#pages.next()
      if (next === null) return lost(Infinity, 'it ends before the row group does')
      if (next instanceof Page) this.#page = next
      else if (next.values !== 0) return lost(next.values ?? Infinity, next.damage)
    }
    const page = this.#page
    const rows = Math.min(SLICE_ROWS, page.left)
    try {
      return { rows, texts: page.rows(rows), damage: '' }
    } catch (error) {
      this.#page = null
      return lost(page.left, (error as Damage).message)
    }
  }
}

/** A slice of rows that can't be read. */
export function lost(rows: number, damage: string): Slice {
  return { rows, texts: null, damage }
}
