import { CopyBuffer } from './copy-buffer.js'
import type { Reject, RejectReason } from './rejects.js'

/** The columns that every raw table has after the declared ones and that are sent with each row. */
const META_COLUMNS = ['_extra', '_file', '_line', '_load_id'] as const

/** The column of a source of full extracts that says what day a row's extract is of. */
export const EXTRACT_DATE = '_extract_date'

/** What the rows of one load have in common. */
export interface LoadIdentity {
  /** Path relative to the data root, for `_file`. */
  readonly file: string
  readonly loadId: number
  /** `YYYY-MM-DD`, for `_extract_date`; null where the rows don't have it, or the table's default is right. */
  readonly extractDate: string | null
}

/** The columns that are sent, after the declared ones, in the order in which `endRow` writes them. */
export function metaColumns(load: Pick<LoadIdentity, 'extractDate'>): readonly string[] {
  return load.extractDate === null ? META_COLUMNS : [...META_COLUMNS, EXTRACT_DATE]
}

const MS_PER_DAY = 86_400_000
/** PostgreSQL counts days from here. */
const FIRST_DAY_MS = Date.UTC(2000, 0, 1)

/**
 * The rows of one file on their way to the server, in COPY's binary format, and the lines that can't be loaded.
 * Who reads a format extends it: begins a row, writes the declared fields and `_extra`, and ends the row.
 */
export abstract class LoadWriter {
  /** The reason of what is not of the format at all. */
  abstract readonly malformed: RejectReason
  readonly rows = new CopyBuffer()
  rejects: Reject[] = []
  /** Bytes that the collected rejects hold. */
  rejectBytes = 0
  rowsLoaded = 0
  linesRejected = 0

  /** Bytes that `endRow` writes. */
  readonly endBytes: number
  readonly #fieldCount: number
  readonly #file: Buffer
  readonly #loadId: number
  /** In days since 2000. */
  readonly #extractDay: number | null
  /** Bytes of a row that do not come from the record: lengths, the file's name, the numbers. */
  readonly #overhead: number

  /** @param columnCount how many columns are declared */
  constructor(load: LoadIdentity, columnCount: number) {
    this.#file = Buffer.from(load.file, 'utf8')
    this.#loadId = load.loadId
    this.#extractDay =
      load.extractDate === null
        ? null
        : (Date.parse(`${load.extractDate}T00:00:00Z`) - FIRST_DAY_MS) / MS_PER_DAY
    this.#fieldCount = columnCount + metaColumns(load).length
    this.endBytes = 4 + this.#file.length + 12 + 12 + (this.#extractDay === null ? 0 : 8)
    this.#overhead = this.#file.length + 5 * this.#fieldCount + 64
  }

  /**
   * Begins a row.
   * @param bytes the most that its declared fields and `_extra` can take, without their lengths
   * @returns where it begins: `rows.at = that` takes it back
   */
  beginRow(bytes: number): number {
    const out = this.rows
    out.reserve(bytes + this.#overhead)
    const rowAt = out.at
    out.int16(this.#fieldCount)
    return rowAt
  }

  /** Ends a row. @param line for `_line` */
  endRow(line: number): void {
    const out = this.rows
    out.field(this.#file)
    out.bigint(line)
    out.bigint(this.#loadId)
    if (this.#extractDay !== null) {
      out.int32(4)
      out.int32(this.#extractDay)
    }
    this.rowsLoaded++
  }

  /**
   * Keeps a record that can't be loaded; `text` has been copied.
   * @param original the file's own bytes, where the text is not exactly what they are
   */
  rejectText(
    reason: RejectReason,
    detail: string,
    text: Buffer,
    line: number,
    original: Buffer | null = null,
  ): void {
    this.rejects.push({ line, reason, detail, text, original })
    this.rejectBytes += text.length + (original?.length ?? 0)
    this.linesRejected++
  }
}
