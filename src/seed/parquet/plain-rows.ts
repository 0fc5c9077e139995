/** Rows of nothing but texts and NULLs, which is what most are, written a column at a time. */
import type { CopyBuffer } from '../copy-buffer.js'
import { MAX_RECORD_BYTES } from '../rejects.js'
import type { Texts } from './texts.js'

/** Rows that are written together: few enough that they stay in the processor's nearest cache. */
export const PLAIN_ROWS = 64

/** Where a declared column's texts are, of the rows that are written now. */
export type Source = Texts & {
  /** The index of the first of these rows. */
  readonly from: number
}

/**
 * How many bytes the texts of each row have together.
 * @param lengths takes them, from its start
 * @returns false if a row has a text that can't be stored, or is too long: then it is not a plain one
 */
export function plainLengths(
  sources: readonly Source[],
  offset: number,
  count: number,
  lengths: Int32Array,
): boolean {
  lengths.fill(0, 0, count)
  for (const source of sources) if (!addLengths(source, offset, count, lengths)) return false
  for (let index = 0; index < count; index++)
    if ((lengths[index] as number) > MAX_RECORD_BYTES) return false
  return true
}

function addLengths(
  { start, end, bad, from }: Source,
  offset: number,
  count: number,
  lengths: Int32Array,
): boolean {
  for (let index = 0, row = from + offset; index < count; index++, row++) {
    const at = start[row] as number
    if (at < 0) continue
    if (bad !== null && bad[row] === 1) return false
    lengths[index] = (lengths[index] as number) + (end[row] as number) - at
    // A sum of a few such lengths would not fit.
    if ((lengths[index] as number) > MAX_RECORD_BYTES) return false
  }
  return true
}

/** Longer texts are copied by a call, shorter ones byte by byte. */
const SHORT_BYTES = 48

/**
 * Writes one field of each row. The caller has reserved.
 * @param at where each row's field begins; afterwards, where its next one does
 */
export function writeColumn(
  out: CopyBuffer,
  at: Int32Array,
  { bytes, start, end, from }: Source,
  offset: number,
  count: number,
): void {
  const output = out.bytes
  for (let index = 0, row = from + offset; index < count; index++, row++) {
    let to = at[index] as number
    const begin = start[row] as number
    const stop = end[row] as number
    // NULL has the length -1.
    const length = begin < 0 ? -1 : stop - begin
    output[to] = length >> 24
    output[to + 1] = length >> 16
    output[to + 2] = length >> 8
    output[to + 3] = length
    to += 4
    if (length > SHORT_BYTES) {
      output.set(bytes.subarray(begin, stop), to)
      to += length
    } else if (length > 0)
      for (let byte = begin; byte < stop; byte++) output[to++] = bytes[byte] as number
    at[index] = to
  }
}
