import type { PageHeader } from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'
import * as zlib from 'node:zlib'
import type { RangeReader } from './byte-source.js'
import { Damage, decoding } from './damage.js'
import { thriftLength } from './thrift-check.js'

/** Largest page that is read, in bytes, decompressed. Writers make pages of about one megabyte. */
export const MAX_PAGE_BYTES = 256 * 1024 * 1024

/** Bytes in which the header of a page is looked for at first, and at last: its statistics may hold long texts. */
const HEADER_BYTES = [16 * 1024, 4 * 1024 * 1024] as const

/** A page as it is stored. */
export interface StoredPage {
  readonly header: PageHeader
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
    const view = new DataView(bytes.buffer, bytes.byteOffset, length)
    const header = decoding(() => parquetHeader({ view, offset: 0 }))
    reader.skip(length)
    checkSizes(header, reader.left)
    return header
  }
  throw new Damage('the header of a page is cut off')
}

function checkSizes(header: PageHeader, left: number): void {
  const { compressed_page_size: stored, uncompressed_page_size: size } = header
  if (!(stored >= 0 && stored <= left)) throw new Damage(`a page of ${stored} bytes where ${left} are left`)
  if (!(size >= 0 && size <= MAX_PAGE_BYTES))
    throw new Damage(`a page of ${size} bytes; the largest that is read has ${MAX_PAGE_BYTES}`)
}

/** Missing before Node 20.15; checksums are not compared there. */
const crc32 = (zlib as { readonly crc32?: (data: Buffer) => number }).crc32

/** @throws Damage if the page has a checksum, and another one than its header says */
export function checkSum({ header, bytes }: StoredPage): void {
  if (header.crc === undefined || crc32 === undefined) return
  if (crc32(bytes) !== header.crc >>> 0) throw new Damage('its checksum is wrong')
}
