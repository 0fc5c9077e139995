import type { Projection } from '../projection.js'
import { MAX_RECORD_BYTES, overlongText } from '../rejects.js'
import { notAnObject } from './not-an-object.js'

const OPEN_BRACE = 0x7b

/**
 * Reads one record of JSON that stands by itself, in the reader's bytes: a line, or what was rejected earlier. The byte at
 * `end` has to be the scanner's sentinel.
 * @param at its first character, blanks left out
 * @param isTrusted the caller has made sure that these bytes are UTF-8
 */
export function readJsonRecord(
  projection: Projection,
  { start, at, end }: { readonly start: number; readonly at: number; readonly end: number },
  line: number,
  isTrusted: boolean,
): void {
  const { reader } = projection
  const { scanner } = reader
  if (end - start > MAX_RECORD_BYTES) {
    projection.reject('malformed_json', overlongText(end - start), start, end, line)
    return
  }
  const isObject = scanner.bytes[at] === OPEN_BRACE
  const past = isObject ? reader.read(at) : scanner.value(at)
  if (past < 0) {
    const where =
      scanner.errorAt >= end ? '' : ` at byte ${scanner.errorAt - start + 1} of the line`
    projection.reject('malformed_json', `${scanner.error}${where}`, start, end, line)
    return
  }
  const rest = scanner.skipSpace(past)
  if (rest !== end) {
    const detail = `text after the JSON value at byte ${rest - start + 1} of the line`
    projection.reject('malformed_json', detail, start, end, line)
    return
  }
  if (isObject) projection.emit(start, end, line, isTrusted)
  else projection.reject('schema_drift', notAnObject(scanner, at), start, end, line)
}
