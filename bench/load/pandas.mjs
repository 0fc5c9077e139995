/**
 * Loading NDJSON against `pandas.read_json` and `to_sql`, in turns on one server.
 *
 *     node load/pandas.mjs [--rows 200000] [--rounds 3] [--python /usr/bin/python3]
 *
 * Both without the start of their process. Needs Debian's python3-pandas, python3-sqlalchemy and python3-psycopg2.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describeMachine, readOptions } from '../machine.mjs'
import { startServer } from '../server.mjs'
import { markdownTable, ratioText, spread } from '../stats.mjs'
import { writeSample } from './sample.mjs'

const options = readOptions({ rows: 200_000, rounds: 3, python: '/usr/bin/python3' })
const versions = spawnSync(
  options.python,
  ['-c', 'import pandas, sqlalchemy, psycopg2; print(pandas.__version__, sqlalchemy.__version__)'],
  { encoding: 'utf8' },
)
if (versions.status !== 0) {
  console.log('skipped: python3-pandas, python3-sqlalchemy and python3-psycopg2 are not installed')
  process.exit(0)
}
const work = join(import.meta.dirname, '..', '.work', 'pandas')
const machine = describeMachine()
rmSync(work, { recursive: true, force: true })
mkdirSync(work, { recursive: true })
const ndjson = join(work, 'interactions.ndjson')
const others = {
  csv: join(work, 'a.csv'),
  fullCsv: join(work, 'b.csv'),
  parquet: join(work, 'c.parquet'),
}
await writeSample(options.rows, { ndjson, ...others }, 'interactions.ndjson')

const server = await startServer()
try {
  const database = 'pandas'
  const url = `${server.url(database)}?sslmode=disable`
  const times = { ours: [], pandas: [] }
  for (let round = 0; round <= options.rounds; round++) {
    await server.recreate(database)
    const loaded = JSON.parse(
      execFileSync(
        process.execPath,
        [join(import.meta.dirname, 'load-once.mjs'), work, 'interactions.ndjson'],
        { env: { ...process.env, DATABASE_URL: url }, encoding: 'utf8' },
      ),
    )
    if (loaded.rows !== options.rows) throw new Error(JSON.stringify(loaded))
    const seconds = execFileSync(
      options.python,
      [join(import.meta.dirname, 'pandas-load.py'), ndjson, url],
      { encoding: 'utf8' },
    )
    if (round === 0) continue
    times.ours.push(loaded.ms)
    times.pandas.push(Number(seconds) * 1000)
  }
  console.log(
    `${machine}, PostgreSQL ${server.version}, pandas and SQLAlchemy ${versions.stdout.trim()}`,
  )
  console.log(`${options.rows.toLocaleString('en-US')} rows, ${options.rounds} rounds\n`)
  console.log(
    markdownTable(
      ['', 'time', "of the loader's"],
      [
        ['loader, NDJSON', spread(times.ours), ''],
        ['read_json and to_sql', spread(times.pandas), ratioText(times.pandas, times.ours)],
      ],
    ),
  )
} finally {
  await server.stop()
  rmSync(work, { recursive: true, force: true })
}
