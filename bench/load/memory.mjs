/**
 * The loader's peak memory (resident set) and its account, for files that are made to need much.
 *
 *     node load/memory.mjs [--megabytes 500] [--files usual.json,usual.csv]
 */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { fileWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer'
import { describeMachine, readOptions } from '../machine.mjs'
import { startServer } from '../server.mjs'
import { markdownTable } from '../stats.mjs'
import { COLUMNS } from './sample.mjs'

const options = readOptions({ megabytes: 500, files: '' })
const work = join(import.meta.dirname, '..', '.work', 'memory')
const bytes = options.megabytes * 1e6

/** The same text again and again, in pieces of about a megabyte. */
function* repeat(text, length) {
  const piece = Buffer.from(text.repeat(Math.ceil(1e6 / text.length)))
  for (let made = 0; made < length; made += piece.length) yield piece
}
function* between(before, middle, after) {
  yield Buffer.from(before)
  yield* middle
  yield Buffer.from(after)
}

const CASES = {
  'lines of a usual length': [
    'usual.json',
    repeat(
      '{"user_id":"user_92cf9d9b","page_url":"https://news.example.com/politics/article-389"}\n',
      bytes,
    ),
  ],
  'the shortest lines there are': ['short.json', repeat('{}\n', bytes / 20)],
  'one array': [
    'array.json',
    between('[', repeat('{"user_id":"user_92cf9d9b","x":{"y":[1,2,3]}},', bytes), '{}]'),
  ],
  'one line': ['line.json', between('{"user_id":"', repeat('x', bytes), '"}\n{"user_id":"b"}\n')],
  'one array element': [
    'element.json',
    between('[{"user_id":"', repeat('x', bytes), '"},{"user_id":"b"}]'),
  ],
  'bad lines only': ['bad.json', repeat('no json at all\n', bytes / 10)],
  blank: ['blank.json', repeat(' ', bytes)],
  'CSV, lines of a usual length': [
    'usual.csv',
    repeat(`user_92cf9d9b,"a ""quoted"" text",${','.repeat(6)}\n`, bytes),
  ],
  'CSV, a quote that is never closed': [
    'open.csv',
    between('"', repeat(`user_92cf9d9b${','.repeat(8)}\n`, bytes), ''),
  ],
  'CSV, each quote closed by the next one': ['quotes.csv', repeat('a","\n', bytes / 10)],
  Parquet: ['usual.parquet', []],
  'gzip, a thousandth of what it holds': [
    'packed.json.gz',
    repeat('{"user_id":"user_92cf9d9b"}\n', bytes),
  ],
}

async function writePieces(path, pieces) {
  const out = createWriteStream(path)
  if (path.endsWith('.gz')) return pipeline(pieces, createGzip({ level: 1 }), out)
  for (const piece of pieces) if (!out.write(piece)) await once(out, 'drain')
  out.end()
  await once(out, 'finish')
}

/** The same row group again and again. */
async function writeParquet(path) {
  const rows = 100_000
  const columnData = COLUMNS.map((name, column) => ({
    name,
    type: 'STRING',
    data: Array.from(
      { length: rows },
      (_, row) => `${(row * 7919 * (column + 1)) % 999_983} of ${name}`,
    ),
  }))
  const writer = new ParquetWriter({
    writer: fileWriter(path),
    schema: schemaFromColumnData({ columnData }),
    codec: 'UNCOMPRESSED',
  })
  do writer.write({ columnData, rowGroupSize: rows })
  while (statSync(path).size < bytes)
  writer.finish()
}

rmSync(work, { recursive: true, force: true })
mkdirSync(work, { recursive: true })
const machine = describeMachine()
const server = await startServer()
try {
  const rows = []
  for (const [name, [file, pieces]] of Object.entries(CASES)) {
    if (options.files !== '' && !options.files.split(',').includes(file)) continue
    const path = join(work, file)
    await (file.endsWith('.parquet') ? writeParquet(path) : writePieces(path, pieces))
    await server.recreate('memory')
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [join(import.meta.dirname, 'load-once.mjs'), work, file],
      {
        env: { ...process.env, DATABASE_URL: `${server.url('memory')}?sslmode=disable` },
        encoding: 'utf8',
      },
    )
    if (status !== 0) throw new Error(stderr)
    const result = JSON.parse(stdout)
    rows.push([
      name,
      `${Math.round(statSync(path).size / 1e6)} MB`,
      result.rows.toLocaleString('en-US'),
      result.rejected.toLocaleString('en-US'),
      `${Math.round(result.peakBytes / 1e6)} MB`,
      `${(result.ms / 1000).toFixed(1)} s`,
    ])
    rmSync(path)
  }
  console.log(`${machine}\n`)
  console.log(markdownTable(['file', 'size', 'rows', 'rejected', 'peak memory', 'time'], rows))
} finally {
  await server.stop()
  rmSync(work, { recursive: true, force: true })
}
