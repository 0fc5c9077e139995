/**
 * The same made-up interactions as NDJSON, as CSV that `COPY` takes as it is, and as Parquet.
 */
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { fileWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer'

/** The declared columns, in the order of the CSV file. */
export const COLUMNS = [
  'user_id',
  'timestamp',
  'page_url',
  'action',
  'device_type',
  'referrer',
  'session_id',
  'time_spent_seconds',
  'scroll_depth',
]

const CATEGORIES = ['politics', 'sports', 'technology', 'business', 'health', 'science']
const ACTIONS = ['page_view', 'read', 'video_play', 'comment', 'share', 'like']
const DEVICES = ['mobile', 'desktop', 'tablet']
const REFERRERS = [
  '',
  'https://www.google.com/',
  'https://www.facebook.com/x',
  'https://news.example.com/',
]

/** Numbers below `limit` that are the same every time. */
function numbers() {
  let state = 1
  return (limit) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return Math.floor((state / 0x1_0000_0000) * limit)
  }
}

/** CSV as `COPY` reads it: nothing for NULL, quotes for an empty text. */
function csvField(value) {
  if (value === null) return ''
  const text = String(value)
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Rows of a row group. */
const GROUP_ROWS = 100_000

/** Writes rows as Parquet, every column as text, compressed by Snappy. */
class ParquetRows {
  #columns = COLUMNS.map((name) => ({ name, type: 'STRING', nullable: true, data: [] }))
  #writer

  constructor(path) {
    this.#writer = new ParquetWriter({
      writer: fileWriter(path),
      schema: schemaFromColumnData({ columnData: this.#columns }),
    })
  }

  add(record) {
    for (const { name, data } of this.#columns)
      data.push(record[name] === null ? null : String(record[name]))
    if (this.#columns[0].data.length === GROUP_ROWS) this.#flush()
  }

  end() {
    this.#flush()
    this.#writer.finish()
  }

  #flush() {
    if (this.#columns[0].data.length === 0) return
    this.#writer.write({ columnData: this.#columns, rowGroupSize: GROUP_ROWS })
    this.#columns = this.#columns.map((column) => ({ ...column, data: [] }))
  }
}

/**
 * Writes `rows` interactions.
 * @param paths `ndjson`; `csv` with the declared columns; `fullCsv` with `_extra`, `_file`, `_line`, `_load_id` too; `parquet`
 * @param file what `_file` is in the full CSV
 */
export async function writeSample(rows, paths, file) {
  const pick = numbers()
  const of = (list) => list[pick(list.length)]
  const hex = (length) => Array.from({ length }, () => pick(16).toString(16)).join('')
  const streams = [paths.ndjson, paths.csv, paths.fullCsv].map((path) => createWriteStream(path))
  const [ndjson, csv, fullCsv] = streams
  const parquet = new ParquetRows(paths.parquet)
  for (let line = 1; line <= rows; line++) {
    const action = of(ACTIONS)
    const isRead = action === 'read'
    const record = {
      user_id: `user_${hex(8)}`,
      timestamp: new Date(1_740_000_000_000 + pick(2_600_000) * 1000).toISOString(),
      page_url: `https://news.example.com/${of(CATEGORIES)}/article-${pick(2000)}`,
      action,
      device_type: of(DEVICES),
      referrer: of(REFERRERS),
      session_id: `session_${hex(10)}`,
      time_spent_seconds: isRead ? 5 + pick(295) : null,
      scroll_depth: isRead ? pick(100) / 100 : null,
    }
    parquet.add(record)
    const fields = COLUMNS.map((name) => csvField(record[name])).join(',')
    const isRoom = [
      ndjson.write(`${JSON.stringify(record)}\n`),
      csv.write(`${fields}\n`),
      fullCsv.write(`${fields},,${file},${line},1\n`),
    ]
    if (isRoom.includes(false)) {
      await Promise.all(streams.filter((s) => s.writableNeedDrain).map((s) => once(s, 'drain')))
    }
  }
  parquet.end()
  for (const stream of streams) {
    stream.end()
    await once(stream, 'finish')
  }
}
