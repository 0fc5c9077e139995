/**
 * The product domain built whole from generated events, against the same SQL sent by a bare script over two connections
 * in the best order; and the memory of the command.
 *
 *     node size/build.mjs [--users 9900] [--days 365] [--rounds 1]
 *
 * Both find the raw tables loaded, in a copy each of one database.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describeMachine, readOptions } from '../machine.mjs'
import { WORK } from '../processes.mjs'
import { startServer } from '../server.mjs'
import { markdownTable, ratioText, spread } from '../stats.mjs'
import { readPlan, runPlan } from './plan.mjs'
import { dataform, generate, PROJECT } from './warehouse.mjs'

const options = readOptions({ users: 9900, days: 365, rounds: 1 })
const machine = describeMachine()
const data = join(WORK, 'size-product')
rmSync(data, { recursive: true, force: true })
mkdirSync(join(WORK, 'home'), { recursive: true })
const { ms: generateMs, usage } = await generate('product', data, {
  users: options.users,
  days: options.days,
})
console.error(`generated in ${(generateMs / 1000).toFixed(0)} s, ${usage?.own ?? '?'} MiB`)

const server = await startServer()
const build = ['--tags', 'product', '--data', data]
try {
  await server.recreate('raw')
  const seeded = await dataform('seed', build, server.url('raw'))
  console.error(`loaded in ${(seeded.ms / 1000).toFixed(0)} s`)
  const admin = await server.connect('postgres')
  const copy = async (name) => {
    await admin.query(`drop database if exists ${name}`)
    await admin.query(`create database ${name} template raw`)
    await admin.query('checkpoint')
  }
  const times = { ours: [], bare: [] }
  let memory = 0
  let durations
  let results
  for (let round = 0; round < options.rounds; round++) {
    await copy('built')
    const ours = await dataform('run', build, server.url('built'))
    times.ours.push(ours.ms)
    memory = Math.max(memory, ours.usage.own)
    results = ours.results
    durations = new Map(results.map(({ target, durationMs }) => [target, durationMs]))
    console.error(`built in ${(ours.ms / 1000).toFixed(0)} s`)
    await admin.query('drop database built')
    await copy('bare')
    const plan = await readPlan(PROJECT, build, {
      DATABASE_URL: `${server.url('bare')}?sslmode=disable`,
    })
    times.bare.push(await runPlan(() => server.connect('bare'), plan, durations))
    console.error(`by hand in ${(times.bare.at(-1) / 1000).toFixed(0)} s`)
  }
  const counted = await server.connect('bare')
  const { rows } = await counted.query('select count(*)::bigint as events from product.fct_events')
  await counted.end()
  await admin.end()
  console.log(`${machine}, PostgreSQL ${server.version}`)
  console.log(
    `${options.users} users, ${options.days} days, ${Number(rows[0].events).toLocaleString('en-US')} events\n`,
  )
  console.log(
    markdownTable(
      ['', 'time'],
      [
        ['generated', spread([generateMs])],
        ['loaded (`dataform seed`)', spread([seeded.ms])],
        ['built (`dataform run`), whole process', spread(times.ours)],
        ['the same SQL by a bare script, two connections', spread(times.bare)],
        ['ours against it', ratioText(times.ours, times.bare)],
      ],
    ),
  )
  console.log(
    `\npeak memory of the command: ${memory.toFixed(0)} MiB, loading ${seeded.usage.own.toFixed(0)} MiB\n`,
  )
  const slowest = results.toSorted((a, b) => b.durationMs - a.durationMs).slice(0, 15)
  console.log(
    markdownTable(
      ['slowest actions', 'time'],
      slowest.map(({ target, durationMs }) => [target, `${(durationMs / 1000).toFixed(1)} s`]),
    ),
  )
} finally {
  await server.stop()
}
