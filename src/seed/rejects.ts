import { isUtf8 } from 'node:buffer'
import { CopyBuffer } from './copy-buffer.js'

/**
 * Why a line was not loaded. `malformed_json`: not JSON, not UTF-8, too long, or a value that the
 * database can't store. `schema_drift`: JSON, but no object.
 */
export type RejectReason = 'malformed_json' | 'schema_drift'

/** A line, or an array's element, that was not loaded. */
export interface Reject {
  /** Line in the file or index in the array, from 1. */
  readonly line: number
  readonly reason: RejectReason
  /** What is wrong, for people. */
  readonly detail: string
  /** The original bytes, or their beginning where `detail` says so. */
  readonly text: Buffer
}

/** How much of an overlong record is kept, in bytes. */
export const KEPT_OF_OVERLONG = 64 * 1024

/** How much of a text that is not storable as it is is shown in `_text`; `_bytes` has all of it. */
const SHOWN_OF_UNSTORABLE = 64 * 1024

/** The columns of `raw.rejects` that are sent, in the order of `writeReject`. */
export const REJECT_COLUMNS = [
  'source',
  '_file',
  '_line',
  'reason',
  'detail',
  '_text',
  '_bytes',
  '_load_id',
] as const

/**
 * Writes one row of `raw.rejects`. Text that PostgreSQL can't hold (bytes that are no UTF-8, NUL) goes
 * to `_bytes` as it is, and to `_text` with a replacement character for each bad byte, for reading.
 */
export function writeReject(
  out: CopyBuffer,
  source: string,
  file: string,
  loadId: number,
  reject: Reject,
): void {
  const storable = isUtf8(reject.text) && !reject.text.includes(0)
  const text = storable ? reject.text : readable(reject.text)
  const fields = [source, file, reject.reason, reject.detail].map((value) =>
    Buffer.from(value, 'utf8'),
  )
  const [sourceBytes, fileBytes, reason, detail] = fields as [Buffer, Buffer, Buffer, Buffer]
  out.reserve(
    64 +
      fields.reduce((sum, field) => sum + field.length, 0) +
      text.length +
      (storable ? 0 : reject.text.length),
  )
  out.int16(REJECT_COLUMNS.length)
  out.field(sourceBytes)
  out.field(fileBytes)
  out.bigint(reject.line)
  out.field(reason)
  out.field(detail)
  out.field(text)
  if (storable) out.null()
  else out.field(reject.text)
  out.bigint(loadId)
}

function readable(bytes: Buffer): Buffer {
  const shown = bytes.subarray(0, SHOWN_OF_UNSTORABLE).toString('utf8')
  return Buffer.from(shown.replaceAll('\0', '\uFFFD'), 'utf8')
}
