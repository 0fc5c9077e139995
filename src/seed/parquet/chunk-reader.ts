import { RangeReader, type ByteSource } from './byte-source.js'
import { Damage, decoding } from './damage.js'
import { dictionaryOf, Page } from './page.js'
import { readPageHeader, type DataContent, type StoredPage } from './page-header.js'
import type { Leaf } from './schema.js'
import type { Texts } from './texts.js'
import { NO_DICTIONARY } from './values.js'

/** Where a column's part of a row group is. */
export interface Chunk {
  readonly offset: number
  readonly length: number
  readonly codec: string
  /** Values, NULLs included. */
  readonly values: number
}

/** A page that can't be read. */
export interface LostPage {
  readonly damage: string
  /** Its values; null if nothing after it can be read either. */
  readonly values: number | null
}

/** Reads the pages of a column chunk, one after the other. */
export class ChunkReader {
  readonly #leaf: Leaf
  readonly #source: ByteSource
  readonly #chunk: Chunk
  #reader: RangeReader | null = null
  #dictionary: Texts | null = null
  /** What is wrong with the dictionary. */
  #dictionaryDamage: string | null = null
  /** Values of the pages that are still to come. */
  #left: number

  constructor(leaf: Leaf, source: ByteSource, chunk: Chunk) {
    this.#leaf = leaf
    this.#source = source
    this.#chunk = chunk
    this.#left = chunk.values
  }

  /**
   * The next page, or what is lost instead; null after the last one.
   * @throws the file system's error
   */
  async next(): Promise<Page | LostPage | null> {
    let found: StoredPage<DataContent> | null
    try {
      found = await this.#find()
    } catch (error) {
      if (!(error instanceof Damage)) throw error
      return this.#lostRest(error.message)
    }
    if (found === null) return null
    const stored = found
    const { values } = stored.content
    if (values > this.#left)
      return this.#lostRest(`a page of ${values} values where ${this.#left} are left`)
    this.#left -= values
    try {
      return decoding(() => new Page(this.#leaf, this.#chunk.codec, stored, this.#dictionary))
    } catch (error) {
      const { message } = error as Damage
      return {
        damage: message === NO_DICTIONARY ? (this.#dictionaryDamage ?? message) : message,
        values,
      }
    }
  }

  #lostRest(damage: string): LostPage {
    this.#left = 0
    return { damage, values: null }
  }

  /** Goes on to the next data page; takes a dictionary on the way. */
  async #find(): Promise<StoredPage<DataContent> | null> {
    const { offset, length } = this.#chunk
    this.#reader ??= new RangeReader(this.#source, offset, length)
    const reader = this.#reader
    while (this.#left > 0 && reader.left > 0) {
      const header = await readPageHeader(reader)
      const bytes = await reader.peek(header.stored)
      reader.skip(bytes.length)
      const { content } = header
      if (content.kind === 'data') return { header, content, bytes }
      if (content.kind === 'dictionary')
        this.#takeDictionary({ header, content, bytes }, content.values)
    }
    return null
  }

  #takeDictionary(stored: StoredPage, entries: number): void {
    try {
      this.#dictionary = dictionaryOf(this.#leaf, this.#chunk.codec, stored, entries)
    } catch (error) {
      this.#dictionary = null
      this.#dictionaryDamage = `its dictionary can't be read: ${(error as Damage).message}`
    }
  }
}
