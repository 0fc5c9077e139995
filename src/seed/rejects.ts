import { isUtf8 } from 'node:buffer'
import { CopyBuffer } from './copy-buffer.js'

/**
 * Why a line was not loaded. `malformed_json`, `malformed_csv`, `malformed_parquet`: not of that format, not text in the file's encoding, too
 * long, or with a value that the database can't store. `schema_drift`: of the format, but no record of this source: JSON
 * that is no object, CSV with another number of fields than the header.
 */
export type RejectReason = 'malformed_json' | 'malformed_csv' | 'malformed_parquet' | 'schema_drift'

/** A line, or an array's element, that was not loaded. */
export interface Reject {
  /** Line in the file or index in the array, from 1. */
  readonly line: number
  readonly reason: RejectReason
  /** What is wrong, for people. */
  readonly detail: string
  /** The original bytes, or their beginning where `detail` says so. */
  readonly text: Buffer
  /** The bytes that `text` was decoded from, where it does not say exactly what they are. */
  readonly original: Buffer | null
}

/** Longest record that is read, in bytes; a longer one is rejected, its beginning kept. */
export const MAX_RECORD_BYTES = 16 * 1024 * 1024

/** How much of an overlong record is kept, in bytes. */
export const KEPT_OF_OVERLONG = 64 * 1024

/** What the detail of a record says of which only the beginning is kept. */
export const CUT_NOTE = 'of which the beginning is kept'

/** The detail of a line that is too long. */
export function overlongText(length: number): string {
  return `a line of ${length} bytes, ${CUT_NOTE}: the longest that is read has ${MAX_RECORD_BYTES}`
}

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
 * Writes rows of `raw.rejects`, all of one file. Text that PostgreSQL can't hold (bytes that are no UTF-8,
 * NUL) goes to `_bytes` as it is, and to `_text` with a replacement character for each bad byte, for reading. So does
 * what could not be decoded.
 */
export class RejectWriter {
  readonly #out = new CopyBuffer()
  readonly #source: Buffer
  readonly #file: Buffer
  readonly #loadId: number

  constructor(source: string, file: string, loadId: number) {
    this.#source = Buffer.from(source, 'utf8')
    this.#file = Buffer.from(file, 'utf8')
    this.#loadId = loadId
  }

  /** The rows in blocks of about a quarter of a megabyte. */
  *blocks(rejects: readonly Reject[]): Generator<Buffer> {
    for (const reject of rejects) {
      this.#write(reject)
      if (this.#out.at > BLOCK_BYTES) yield this.#out.take()
    }
    yield this.#out.take()
  }

  #write(reject: Reject): void {
    const out = this.#out
    const isStorable = isUtf8(reject.text) && !reject.text.includes(0)
    const bytes = reject.original ?? (isStorable ? null : reject.text)
    const text = isStorable ? reject.text : readable(reject.text)
    const detail = Buffer.from(reject.detail, 'utf8')
    const fixed = this.#source.length + this.#file.length + FIXED_BYTES
    out.reserve(fixed + detail.length + text.length + (bytes?.length ?? 0))
    out.int16(REJECT_COLUMNS.length)
    out.field(this.#source)
    out.field(this.#file)
    out.bigint(reject.line)
    out.field(Buffer.from(reject.reason, 'latin1'))
    out.field(detail)
    out.field(text)
    if (bytes === null) out.null()
    else out.field(bytes)
    out.bigint(this.#loadId)
  }
}

const BLOCK_BYTES = 256 * 1024

/** Lengths, numbers and the reason, generously. */
const FIXED_BYTES = 128

function readable(bytes: Buffer): Buffer {
  const shown = bytes.subarray(0, SHOWN_OF_UNSTORABLE).toString('utf8')
  return Buffer.from(shown.replaceAll('\0', '\uFFFD'), 'utf8')
}
