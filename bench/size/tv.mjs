/**
 * Daily files of viewing logs, one after the other: what loading and building each of them takes, whole process.
 *
 *     node size/tv.mjs [--contracts 267000] [--days 30]
 */
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describeMachine, readOptions } from '../machine.mjs'
import { WORK } from '../processes.mjs'
import { startServer } from '../server.mjs'
import { markdownTable, median } from '../stats.mjs'
import { dataform, generate, grownTable } from './warehouse.mjs'

const options = readOptions({ contracts: 267_000, days: 30 })
const machine = describeMachine()
const all = join(WORK, 'size-tv-all')
const data = join(WORK, 'size-tv')
for (const folder of [all, data]) rmSync(folder, { recursive: true, force: true })
mkdirSync(join(WORK, 'home'), { recursive: true })
mkdirSync(join(data, 'tv'), { recursive: true })
await generate('tv', all, { users: options.contracts, days: options.days })
const files = readdirSync(join(all, 'tv')).sort()

const server = await startServer()
try {
  await server.recreate('tv')
  const runs = []
  for (const file of files) {
    cpSync(join(all, 'tv', file), join(data, 'tv', file))
    const run = await dataform('run', ['--tags', 'tv', '--data', data], server.url('tv'))
    runs.push(run)
    console.error(`${file}: ${(run.ms / 1000).toFixed(1)} s`)
  }
  const client = await server.connect('tv')
  const { rows } = await client.query('select count(*)::int as lines from raw.tv_logs')
  await client.end()
  console.log(`${machine}, PostgreSQL ${server.version}`)
  console.log(
    `${files.length} files, ${Math.round(rows[0].lines / files.length).toLocaleString('en-US')} lines each\n`,
  )
  const first = runs[0].ms
  const groups = [
    ['the first file', runs.slice(0, 1)],
    ['files 2 to 6', runs.slice(1, 6)],
    [`the last five`, runs.slice(-5)],
    ['the last file', runs.slice(-1)],
  ]
  console.log(
    markdownTable(
      ['', 'median', 'of the first'],
      groups.map(([name, some]) => {
        const ms = median(some.map((run) => run.ms))
        return [name, `${(ms / 1000).toFixed(2)} s`, `${(ms / first).toFixed(2)}x`]
      }),
    ),
  )
  console.log('\nActions that grew most, from the second file to the last:\n')
  console.log(grownTable(runs[1].results, runs.at(-1).results, 10))
} finally {
  await server.stop()
}
