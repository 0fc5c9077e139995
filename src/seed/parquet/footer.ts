import { parquetMetadata } from 'hyparquet'
import type { FileMetaData } from 'hyparquet'
import type { ByteSource } from './byte-source.js'
import type { Chunk } from './chunk-reader.js'
import { Damage, decoding } from './damage.js'
import { leavesOf, readSchema, type Node } from './schema.js'
import { thriftLength } from './thrift-check.js'

/** Rows that are stored together. */
export interface RowGroup {
  readonly rows: number
  /** By the number of the leaf; null where the footer says nothing that makes sense. */
  readonly chunks: readonly (Chunk | null)[]
}

/** What a file's last part says about the others. */
export interface Footer {
  readonly columns: readonly Node[]
  readonly rowGroups: readonly RowGroup[]
  /** Rows of the whole file; null if it contradicts those of the row groups. */
  readonly isConsistent: boolean
}

const MAGIC = 'PAR1'
const ENCRYPTED = 'PARE'
const GZIP = '1f8b'

/** Length of the footer's length and the magic bytes after it. */
const TAIL_BYTES = 8

/** Largest footer that is read, in bytes. It is read whole; those of thousands of row groups have some megabytes. */
const MAX_FOOTER_BYTES = 64 * 1024 * 1024

/**
 * Reads a file's footer.
 * @throws Damage if the file is none, or can't be read at all; the file system's error
 */
export async function readFooter(source: ByteSource): Promise<Footer> {
  const head = await source.read(0, MAGIC.length)
  if (head.toString('hex', 0, 2) === GZIP)
    throw new Damage(
      'the file is compressed as a whole, so that no part of it can be found; decompress it',
    )
  if (head.toString('latin1') !== MAGIC)
    throw new Damage(
      head.toString('latin1') === ENCRYPTED
        ? 'the file is encrypted'
        : 'the file does not begin with PAR1',
    )
  const tail = await source.read(Math.max(0, source.byteLength - TAIL_BYTES), TAIL_BYTES)
  const mark = tail.toString('latin1', tail.length - MAGIC.length)
  if (source.byteLength < MAGIC.length + TAIL_BYTES || mark !== MAGIC)
    throw new Damage(
      mark === ENCRYPTED
        ? 'the file is encrypted'
        : 'the file does not end with PAR1: it was cut off, or is still being written',
    )
  const length = tail.readUInt32LE(0)
  const room = source.byteLength - TAIL_BYTES - MAGIC.length
  if (length > room)
    throw new Damage(`a footer of ${length} bytes in a file that has room for ${room}`)
  if (length > MAX_FOOTER_BYTES)
    throw new Damage(
      `a footer of ${length} bytes; the largest that is read has ${MAX_FOOTER_BYTES}`,
    )
  const bytes = await source.read(source.byteLength - TAIL_BYTES - length, length + TAIL_BYTES)
  return parseFooter(bytes, length)
}

function parseFooter(bytes: Buffer, length: number): Footer {
  try {
    return decoding(() => {
      if (bytes.length !== length + TAIL_BYTES) throw new Damage('the file has become shorter')
      if (thriftLength(bytes.subarray(0, length)) === null) throw new Damage('it is cut off')
      return narrow(parquetMetadata(bytes, { geoparquet: false }))
    })
  } catch (error) {
    throw new Damage(`the footer can't be read: ${(error as Damage).message}`)
  }
}

function narrow(metadata: FileMetaData): Footer {
  const columns = readSchema(metadata)
  const leafCount = columns.flatMap(leavesOf).length
  const rowGroups = metadata.row_groups.map((group): RowGroup => {
    const rows = Number(group.num_rows)
    if (!(Number.isSafeInteger(rows) && rows >= 0)) throw new Damage(`a row group of ${rows} rows`)
    return {
      rows,
      chunks: Array.from({ length: leafCount }, (_, index) => chunk(group.columns[index])),
    }
  })
  const rows = rowGroups.reduce((sum, group) => sum + group.rows, 0)
  return { columns, rowGroups, isConsistent: rows === Number(metadata.num_rows) }
}

function chunk(
  column: FileMetaData['row_groups'][number]['columns'][number] | undefined,
): Chunk | null {
  const meta = column?.meta_data
  if (meta === undefined || column?.file_path !== undefined) return null
  // Writers that have no dictionary may write 0 for its place, which is inside the magic bytes.
  const places = [meta.data_page_offset, meta.dictionary_page_offset]
    .map(Number)
    .filter((place) => place >= MAGIC.length)
  return {
    offset: Math.min(...places),
    length: Number(meta.total_compressed_size),
    codec: meta.codec,
    values: Number(meta.num_values),
  }
}
