import type { PageHeader } from 'hyparquet'
import { RangeReader, type ByteSource } from './byte-source.js'
import { Damage, decoding } from './damage.js'
import { dictionaryOf, Page } from './page.js'
import { readPageHeader } from './page-header.js'
import type { Leaf } from './schema.js'
import type { Texts } from './texts.js'

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
  /** Its rows, where the page says how many. */
  readonly rows: number | null
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
    let found: { readonly header: PageHeader; readonly bytes: Buffer } | null
    try {
      found = await this.#find()
    } catch (error) {
      if (!(error instanceof Damage)) throw error
      this.#left = 0
      return { damage: error.message, values: null, rows: null }
    }
    if (found === null) return null
    const { header } = found
    const info = header.data_page_header_v2 ?? header.data_page_header
    const values = info?.num_values ?? 0
    if (!(values >= 0 && values <= this.#left)) {
      const damage = `a page of ${values} values where ${this.#left} are left`
      this.#left = 0
      return { damage, values: null, rows: null }
    }
    this.#left -= values
    try {
      return decoding(() => new Page(this.#leaf, this.#chunk.codec, found, this.#dictionary))
    } catch (error) {
      const damage = this.#dictionaryDamage ?? (error as Damage).message
      return { damage, values, rows: header.data_page_header_v2?.num_rows ?? null }
    }
  }

  /** Goes on to the next data page; takes a dictionary on the way. */
  async #find(): Promise<{ readonly header: PageHeader; readonly bytes: Buffer } | null> {
    const { offset, length } = this.#chunk
    this.#reader ??= new RangeReader(this.#source, offset, length)
    const reader = this.#reader
    while (this.#left > 0 && reader.left > 0) {
      const header = await readPageHeader(reader)
      const bytes = await reader.peek(header.compressed_page_size)
      reader.skip(bytes.length)
      if (header.type === 'DICTIONARY_PAGE') this.#takeDictionary(header, bytes)
      else if (header.type === 'DATA_PAGE' || header.type === 'DATA_PAGE_V2') return { header, bytes }
    }
    return null
  }

  #takeDictionary(header: PageHeader, bytes: Buffer): void {
    try {
      this.#dictionary = dictionaryOf(this.#leaf, this.#chunk.codec, { header, bytes })
    } catch (error) {
      this.#dictionary = null
      this.#dictionaryDamage = `its dictionary can't be read: ${(error as Damage).message}`
    }
  }
}
