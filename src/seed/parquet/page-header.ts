import type { Encoding } from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'
import * as zlib from 'node:zlib'
import type { RangeReader } from './byte-source.js'
import { Damage, decoding } from './damage.js'
import { thriftLength } from './thrift-check.js'

/** Largest page that is read, in bytes, decompressed. Writers make pages of about one megabyte. */
export const MAX_PAGE_BYTES = 256 * 1024 * 1024

/** Bytes in which the header of a page is looked for at first, and at last: its statistics may hold long texts. */
const HEADER_BYTES = [16 * 1024, 4 * 1024 * 1024] as const

/** What a page says about itself. */
export interface PageHeader {
  /** Bytes that follow the header, and what they have when they are decompressed. */
  readonly stored: number
  readonly size: number
  /** CRC-32 of the stored bytes, if the writer has made one. */
  readonly checksum: number | null
  readonly content: PageContent
}

/** What is in a page; `other` is nothing that has to be read. */
export type PageContent =
  | { readonly kind: 'dictionary'; readonly values: number }
  | DataContent
  | { readonly kind: 'other' }

/** Levels and values of a data page. */
export interface DataContent {
  readonly kind: 'data'
  /** NULLs included. */
  readonly values: number
  readonly encoding: Encoding
  /** Of the newer kind of page, which has its levels uncompressed before the values. */
  readonly v2: {
    readonly repetitionBytes: number
    readonly definitionBytes: number
    readonly isCompressed: boolean
  } | null
  /** Encodings of the levels of the older kind. */
  readonly levels: { readonly repetition: string; readonly definition: string }
}

/** A page as it is stored. */
export interface StoredPage<Content extends PageContent = PageContent> {
  readonly header: PageHeader
  readonly content: Content
  /** Its bytes, compressed. */
  readonly bytes: Buffer
}

/**
 * The header of the next page; the reader is left after it.
 * @throws Damage if there is none: then it is not known where the next page begins
 */
export async function readPageHeader(reader: RangeReader): Promise<PageHeader> {
  for (const most of HEADER_BYTES) {
    const bytes = await reader.peek(most)
    const length = decoding(() => thriftLength(bytes))
    if (length === null) {
      if (bytes.length < most) break
      continue
    }
    const header = decoding(() => narrow(new DataView(bytes.buffer, bytes.byteOffset, length)))
    reader.skip(length)
    if (header.stored > reader.left)
      throw new Damage(`a page of ${header.stored} bytes where ${reader.left} are left`)
    if (header.size > MAX_PAGE_BYTES)
      throw new Damage(
        `a page of ${header.size} bytes; the largest that is read has ${MAX_PAGE_BYTES}`,
      )
    return header
  }
  throw new Damage('the header of a page is cut off')
}

/** The library gives what the bytes say, whatever its types are; here it becomes what it should be, or damage. */
function narrow(view: DataView): PageHeader {
  const header = parquetHeader({ view, offset: 0 })
  return {
    stored: count(header.compressed_page_size),
    size: count(header.uncompressed_page_size),
    checksum: header.crc === undefined ? null : header.crc >>> 0,
    content: contentOf(header),
  }
}

function contentOf(header: ReturnType<typeof parquetHeader>): PageContent {
  const {
    data_page_header: v1,
    data_page_header_v2: v2,
    dictionary_page_header: dictionary,
  } = header
  switch (header.type) {
    case 'DICTIONARY_PAGE':
      return { kind: 'dictionary', values: count(dictionary?.num_values) }
    case 'DATA_PAGE':
      if (v1 === undefined) break
      return {
        kind: 'data',
        values: count(v1.num_values),
        encoding: v1.encoding,
        v2: null,
        levels: {
          repetition: v1.repetition_level_encoding,
          definition: v1.definition_level_encoding,
        },
      }
    case 'DATA_PAGE_V2':
      if (v2 === undefined) break
      return {
        kind: 'data',
        values: count(v2.num_values),
        encoding: v2.encoding,
        v2: {
          repetitionBytes: count(v2.repetition_levels_byte_length),
          definitionBytes: count(v2.definition_levels_byte_length),
          isCompressed: v2.is_compressed !== false,
        },
        levels: { repetition: 'RLE', definition: 'RLE' },
      }
    case 'INDEX_PAGE':
      return { kind: 'other' }
  }
  throw new Damage('the header of a page is of no kind')
}

function count(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
  throw new Damage('the header of a page has a number that makes no sense')
}

/** Missing before Node 20.15; checksums are not compared there. */
const crc32 = (zlib as { readonly crc32?: (data: Buffer) => number }).crc32

/** @throws Damage if the page has a checksum, and another one than its header says */
export function checkSum({ header, bytes }: StoredPage): void {
  if (header.checksum === null || crc32 === undefined) return
  if (crc32(bytes) !== header.checksum) throw new Damage('its checksum is wrong')
}
