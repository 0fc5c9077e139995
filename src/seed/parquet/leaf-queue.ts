import { CopyBuffer } from '../copy-buffer.js'
import type { ChunkReader } from './chunk-reader.js'
import { SLICE_ROWS } from './column.js'
import { Damage } from './damage.js'
import { longestJson, writeJsonString } from '../json/write-string.js'
import { writeRawJson } from './json-text.js'
import { Page } from './page.js'
import type { Leaf } from './schema.js'

/** Memory that the values of one row may take, in bytes, and their number. */
const MOST_BYTES = 64 * 1024 * 1024
const MOST_ENTRIES = 4 * 1024 * 1024

/**
 * The values of a leaf of a nested column as JSON, with their levels. A row may have many, or go on in the next
 * page, so they wait here until it is known where it ends.
 */
export class LeafQueue {
  readonly leaf: Leaf
  /** The entry that is read next. */
  at = 0
  readonly bytes = new CopyBuffer()
  repetition = new Uint8Array(0)
  definition = new Uint8Array(0)
  start = new Int32Array(0)
  end = new Int32Array(0)
  bad = new Uint8Array(0)
  /** Entries that are there. */
  count = 0
  /** Why nothing more comes; null while there may be more, empty after the last value. */
  ended: string | null = null
  readonly #pages: ChunkReader
  #page: Page | null = null
  /** Rows that begin in the queue and are not read. */
  #begun = 0

  constructor(leaf: Leaf, pages: ChunkReader) {
    this.leaf = leaf
    this.#pages = pages
  }

  /** Rows that are there whole. */
  get rows(): number {
    return this.ended === '' ? this.#begun : Math.max(0, this.#begun - 1)
  }

  /** Rows have been read. */
  took(rows: number): void {
    this.#begun -= rows
  }

  /** Reads on until a row is whole, or nothing more comes. @throws the file system's error */
  async fill(): Promise<void> {
    while (this.rows === 0 && this.ended === null) {
      if (this.#page === null || this.#page.left === 0) {
        const next = await this.#pages.next()
        if (next === null) this.ended = ''
        else if (next instanceof Page) this.#page = next
        else this.ended = next.damage
      } else {
        try {
          this.#append(this.#page)
        } catch (error) {
          this.ended = (error as Damage).message
        }
      }
    }
  }

  #append(page: Page): void {
    this.#compact()
    const count = Math.min(SLICE_ROWS, page.left)
    const { repetition, definition, values } = page.levels(count)
    if (this.bytes.at > MOST_BYTES || this.count + count > MOST_ENTRIES)
      throw new Damage('a row is too large')
    this.#grow(count)
    let from = 0
    for (let index = 0; index < count; index++) {
      const to = this.count + index
      const level = definition === null ? this.leaf.definition : (definition[index] as number)
      const again = repetition === null ? 0 : (repetition[index] as number)
      this.repetition[to] = again
      this.definition[to] = level
      if (again === 0) this.#begun++
      this.start[to] = this.bytes.at
      if (level === this.leaf.definition) {
        this.bad[to] = values.bad?.[from] ?? 0
        const { bytes, start, end } = values
        this.#write(bytes, start[from] as number, end[from] as number, this.bad[to] === 1)
        from++
      }
      this.end[to] = this.bytes.at
    }
    this.count += count
  }

  #write(bytes: Buffer, start: number, end: number, isBad: boolean): void {
    this.bytes.reserve(longestJson(end - start))
    if (this.leaf.type.json === 'raw') writeRawJson(this.bytes, bytes, start, end)
    // Of a row that will be rejected; what else it holds is shown.
    else if (isBad) this.bytes.field(Buffer.alloc(0))
    else writeJsonString(this.bytes, bytes, start, end)
  }

  /** Forgets what was read. */
  #compact(): void {
    const { at, count } = this
    if (at === 0) return
    const byteAt = at < count ? (this.start[at] as number) : this.bytes.at
    const kept = this.bytes.bytes.subarray(byteAt, this.bytes.at)
    for (const list of [this.repetition, this.definition, this.bad, this.start, this.end])
      list.copyWithin(0, at, count)
    this.count = count - at
    this.at = 0
    this.bytes.bytes.set(kept, 0)
    this.bytes.at = kept.length
    for (let index = 0; index < this.count; index++) {
      this.start[index] = (this.start[index] as number) - byteAt
      this.end[index] = (this.end[index] as number) - byteAt
    }
  }

  #grow(count: number): void {
    const needed = this.count + count
    if (needed <= this.start.length) return
    const capacity = Math.max(needed, 2 * this.start.length)
    const grown = <T extends Uint8Array | Int32Array>(list: T, larger: T): T => {
      larger.set(list)
      return larger
    }
    this.repetition = grown(this.repetition, new Uint8Array(capacity))
    this.definition = grown(this.definition, new Uint8Array(capacity))
    this.bad = grown(this.bad, new Uint8Array(capacity))
    this.start = grown(this.start, new Int32Array(capacity))
    this.end = grown(this.end, new Int32Array(capacity))
  }
}
