import { decompress } from './decompress.js'
import { Damage, decoding } from './damage.js'
import { checkSum, type DataContent, type StoredPage } from './page-header.js'
import { RleReader } from './rle.js'
import type { Leaf } from './schema.js'
import { spreadTexts, type Texts } from './texts.js'
import { openValues, readDictionary, type ValueReader } from './values.js'

/** Levels and values of a page, read on together. */
export interface Levels {
  /** 0 where a row begins; null where each value is one. */
  readonly repetition: Uint8Array | null
  /** Below the leaf's own level there is no value; null where all are there. */
  readonly definition: Uint8Array | null
  /** The values that are there. */
  readonly values: Texts
}

/** A data page that is read from its start to its end. */
export class Page {
  /** Values that are left, NULLs included: of a column without repetition, rows. */
  left: number
  readonly #leaf: Leaf
  readonly #repetition: RleReader | null
  readonly #definition: RleReader | null
  readonly #values: ValueReader

  /** @throws Damage if it can't be read */
  constructor(
    leaf: Leaf,
    codec: string,
    stored: StoredPage<DataContent>,
    dictionary: Texts | null,
  ) {
    checkSum(stored)
    const { content } = stored
    this.#leaf = leaf
    this.left = content.values
    const page =
      content.v2 === null ? splitV1(leaf, codec, stored) : splitV2(leaf, codec, stored, content.v2)
    this.#repetition = page.repetition
    this.#definition = page.definition
    this.#values = openValues(leaf, content.encoding, page.bytes, page.at, dictionary)
  }

  /** The next values of a column without repetition, which are rows. @throws Damage */
  rows(count: number): Texts {
    return decoding(() => {
      const { definition, values } = this.#read(count)
      if (definition === null) return values
      const top = this.#leaf.definition
      for (let index = 0; index < count; index++)
        definition[index] = definition[index] === top ? 1 : 0
      return spreadTexts(values, definition, count)
    })
  }

  /** The next values with their levels. @throws Damage */
  levels(count: number): Levels {
    return decoding(() => this.#read(count))
  }

  #read(count: number): Levels {
    const repetition = this.#repetition === null ? null : new Uint8Array(count)
    if (repetition !== null) this.#repetition?.read(repetition, count)
    let definition = this.#definition === null ? null : new Uint8Array(count)
    let there = count
    if (definition !== null) {
      this.#definition?.read(definition, count)
      const top = this.#leaf.definition
      there = 0
      for (let index = 0; index < count; index++) {
        const level = definition[index] as number
        if (level === top) there++
        else if (level > top) throw new Damage(`a level of ${level} where ${top} is the highest`)
      }
    }
    if (there === count) definition = null
    const values = this.#values.read(there)
    this.left -= count
    return { repetition, definition, values }
  }
}

/** The entries of a dictionary page. @throws Damage */
export function dictionaryOf(
  leaf: Leaf,
  codec: string,
  stored: StoredPage,
  entries: number,
): Texts {
  return decoding(() => {
    checkSum(stored)
    return readDictionary(leaf, decompress(codec, stored.bytes, stored.header.size), entries)
  })
}

interface Split {
  readonly repetition: RleReader | null
  readonly definition: RleReader | null
  readonly bytes: Buffer
  /** Where the values begin. */
  readonly at: number
}

/** The older kind of page: levels are compressed with the values, each list with its length before it. */
function splitV1(
  leaf: Leaf,
  codec: string,
  { header, content, bytes: stored }: StoredPage<DataContent>,
): Split {
  const bytes = decompress(codec, stored, header.size)
  let at = 0
  const levels = (top: number, encoding: string): RleReader | null => {
    if (top === 0) return null
    if (encoding !== 'RLE') throw new Damage(`levels in the encoding ${encoding} are not read`)
    const from = at + 4
    at = from + bytes.readUInt32LE(at)
    return new RleReader(bytes, from, at, bitWidth(top))
  }
  const repetition = levels(leaf.depth, content.levels.repetition)
  const definition = levels(leaf.definition, content.levels.definition)
  return { repetition, definition, bytes, at }
}

/** The newer kind: levels come first, uncompressed, and their lengths are in the header. */
function splitV2(
  leaf: Leaf,
  codec: string,
  { header, bytes: stored }: StoredPage,
  { repetitionBytes, definitionBytes, isCompressed }: NonNullable<DataContent['v2']>,
): Split {
  const end = repetitionBytes + definitionBytes
  if (end > stored.length) throw new Damage('its levels lead outside the page')
  const packed = stored.subarray(end)
  const levels = (top: number, from: number, to: number): RleReader | null =>
    top === 0 ? null : new RleReader(stored, from, to, bitWidth(top))
  return {
    repetition: levels(leaf.depth, 0, repetitionBytes),
    definition: levels(leaf.definition, repetitionBytes, end),
    bytes: isCompressed ? decompress(codec, packed, Math.max(0, header.size - end)) : packed,
    at: 0,
  }
}

function bitWidth(top: number): number {
  return 32 - Math.clz32(top)
}
