/**
 * One more day into histories of several lengths: loading and building it, whole process; the median of five days each.
 *
 *     node size/days.mjs [--users 2000] [--histories 30,90,180,365] [--domain product]
 */
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describeMachine, readOptions } from '../machine.mjs'
import { WORK } from '../processes.mjs'
import { startServer } from '../server.mjs'
import { markdownTable, median, spread } from '../stats.mjs'
import { dataform, generate, grownTable } from './warehouse.mjs'

const MEASURED = 5
const options = readOptions({ users: 2000, histories: '30,90,180,365' })
const histories = options.histories.split(',').map(Number)
const machine = describeMachine()
const all = join(WORK, 'size-days-all')
const data = join(WORK, 'size-days')
for (const folder of [all, data]) rmSync(folder, { recursive: true, force: true })
mkdirSync(join(WORK, 'home'), { recursive: true })
await generate('product', all, { users: options.users, days: Math.max(...histories) + MEASURED })

/** The days that there are, and which of them have come. */
const days = readdirSync(join(all, 'product', 'events')).sort()
let come = 0
function arrive(until) {
  for (; come < until; come++)
    for (const kind of ['events', 'users'])
      cpSync(join(all, 'product', kind, days[come]), join(data, 'product', kind, days[come]), {
        recursive: true,
        force: true,
        errorOnExist: false,
      })
}
/** Of users there is a snapshot on some days only. */
for (const day of days) mkdirSync(join(all, 'product', 'users', day), { recursive: true })

const server = await startServer()
try {
  await server.recreate('days')
  const run = () => dataform('run', ['--tags', 'product', '--data', data], server.url('days'))
  const measured = []
  for (const history of histories) {
    arrive(history)
    const bulk = await run()
    console.error(`${history} days: ${(bulk.ms / 1000).toFixed(1)} s`)
    const more = []
    for (let day = 1; day <= MEASURED; day++) {
      arrive(history + day)
      more.push(await run())
    }
    measured.push({ history, ms: more.map(({ ms }) => ms), results: more.at(-1).results })
  }
  console.log(`${machine}, PostgreSQL ${server.version}; ${options.users} users\n`)
  const base = median(measured[0].ms)
  console.log(
    markdownTable(
      ['days of history', 'one more day', 'of the first'],
      measured.map(({ history, ms }) => [
        history,
        spread(ms),
        `${(median(ms) / base).toFixed(2)}x`,
      ]),
    ),
  )
  const [first, last] = [measured[0], measured.at(-1)]
  console.log(`\nActions that grew most, from ${first.history} to ${last.history} days:\n`)
  console.log(grownTable(first.results, last.results, 12))
} finally {
  await server.stop()
}
