/**
 * Loading NDJSON, CSV and Parquet against `psql \copy` of the same rows as ready-made CSV, in turns on one server.
 *
 *     node load/speed.mjs [--rows 1000000] [--rounds 5] [--configuration ours|default]
 *
 * `\copy` is measured as a whole process; the loader from before it connects to after it has
 * disconnected, recording and hashing included, without the start of Node. Needs `psql`.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describeMachine, readOptions } from '../machine.mjs'
import { startServer } from '../server.mjs'
import { markdownTable, ratioText, spread } from '../stats.mjs'
import { COLUMNS, writeSample } from './sample.mjs'

const options = readOptions({ rows: 1_000_000, rounds: 5, configuration: 'ours' })
const work = join(import.meta.dirname, '..', '.work', 'load')
const machine = describeMachine()
rmSync(work, { recursive: true, force: true })
mkdirSync(work, { recursive: true })
const paths = {
  ndjson: join(work, 'interactions.ndjson'),
  csv: join(work, 'interactions.csv'),
  fullCsv: join(work, 'interactions-full.csv'),
  parquet: join(work, 'interactions.parquet'),
}
await writeSample(options.rows, paths, 'interactions.ndjson')

const server = await startServer({ configuration: options.configuration })
try {
  const database = 'load'
  await server.recreate(database)
  const url = `${server.url(database)}?sslmode=disable`
  const psql = (...args) => {
    const started = performance.now()
    execFileSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', url, ...args], { stdio: 'pipe' })
    return performance.now() - started
  }
  const load = (pattern) => {
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [join(import.meta.dirname, 'load-once.mjs'), work, pattern],
      { env: { ...process.env, DATABASE_URL: url }, encoding: 'utf8' },
    )
    if (status !== 0) throw new Error(stderr)
    return JSON.parse(stdout)
  }
  const loadAll = (file) => {
    empty()
    const loaded = load(file)
    if (loaded.rows !== options.rows || loaded.rejected !== 0)
      throw new Error(JSON.stringify(loaded))
    return loaded
  }
  // The loader makes the table; `\copy` then finds it empty, as the loader does.
  load('none-*.ndjson')
  const empty = () =>
    psql('-c', 'truncate raw.interactions, raw.rejects, dataform_state.loads', '-c', 'checkpoint')
  const columns = COLUMNS.map((name) => `"${name}"`).join(', ')
  const copies = {
    'raw.interactions': [paths.fullCsv, `${columns}, _extra, _file, _line, _load_id`],
    'its declared columns alone': [paths.csv, columns],
  }
  const times = {
    ndjson: [],
    csv: [],
    parquet: [],
    again: [],
    copies: Object.keys(copies).map(() => []),
  }
  let peak = 0
  for (let round = 0; round <= options.rounds; round++) {
    const ndjson = loadAll('interactions.ndjson')
    const again = load('interactions.ndjson')
    const csv = loadAll('interactions.csv')
    const parquet = loadAll('interactions.parquet')
    const copied = Object.values(copies).map(([path, list]) => {
      empty()
      return psql('-c', `\\copy raw.interactions (${list}) from '${path}' with (format csv)`)
    })
    // The first round warms the caches.
    if (round === 0) continue
    times.ndjson.push(ndjson.ms)
    times.csv.push(csv.ms)
    times.parquet.push(parquet.ms)
    times.again.push(again.ms)
    copied.forEach((ms, index) => times.copies[index].push(ms))
    peak = Math.max(peak, ndjson.peakBytes, csv.peakBytes, parquet.peakBytes)
  }
  const rate = (ms) =>
    `${Math.round(options.rows / ms).toLocaleString('en-US')},000`.replace(',000', 'k')
  const middle = (values) => [...values].sort((a, b) => a - b)[values.length >> 1]
  console.log(`${machine}, PostgreSQL ${server.version}, configuration: ${options.configuration}`)
  console.log(
    `${options.rows.toLocaleString('en-US')} rows, ${options.rounds} rounds; NDJSON ${Math.round(statSync(paths.ndjson).size / 1e6)} MB\n`,
  )
  console.log(
    markdownTable(
      [
        '',
        'time',
        'rows a second',
        "loader's rows a second, of this one's: NDJSON",
        'CSV',
        'Parquet',
      ],
      [
        ['loader, NDJSON', spread(times.ndjson), rate(middle(times.ndjson)), '', '', ''],
        [
          'loader, CSV',
          spread(times.csv),
          rate(middle(times.csv)),
          '',
          '',
          ratioText(times.csv, times.parquet),
        ],
        ['loader, Parquet', spread(times.parquet), rate(middle(times.parquet)), '', '', ''],
        ...Object.keys(copies).map((name, index) => [
          `\`\\copy\`, CSV: ${name}`,
          spread(times.copies[index]),
          rate(middle(times.copies[index])),
          ratioText(times.copies[index], times.ndjson),
          ratioText(times.copies[index], times.csv),
          ratioText(times.copies[index], times.parquet),
        ]),
        ['loader, nothing new', spread(times.again), '', '', '', ''],
      ],
    ),
  )
  console.log(`\npeak memory of the loader: ${Math.round(peak / 1e6)} MB`)
} finally {
  await server.stop()
  rmSync(work, { recursive: true, force: true })
}
