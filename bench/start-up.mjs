/**
 * How long a command waits for the embedded server: with a cluster to be created, with one that is there,
 * and with a server that runs already. As whole processes of `dataform query "select 1"`.
 *
 *     node start-up.mjs [--rounds 5]
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeMachine, readOptions } from './machine.mjs'
import { environment, OURS, runScript, WORK } from './processes.mjs'
import { markdownTable, spread } from './stats.mjs'

const options = readOptions({ rounds: 5 })
const project = join(WORK, 'start-up')
const times = { version: [], created: [], started: [], running: [] }

const dataform = async (...args) => (await runScript(OURS, args, { env: environment({}) })).ms
const query = () => dataform('query', 'select 1', '--project-dir', project)

console.log(describeMachine())
mkdirSync(join(WORK, 'home'), { recursive: true })
for (let round = 0; round < options.rounds; round++) {
  rmSync(project, { recursive: true, force: true })
  mkdirSync(project, { recursive: true })
  writeFileSync(
    join(project, 'dataform.json'),
    '{ "warehouse": "postgres", "defaultSchema": "s" }\n',
  )
  try {
    times.version.push(await dataform('--version'))
    times.created.push(await query())
    times.started.push(await query())
    await dataform('db', 'start', '--project-dir', project)
    times.running.push(await query())
  } finally {
    await dataform('db', 'reset', '--force', '--project-dir', project)
  }
  console.error(`round ${round + 1} of ${options.rounds}`)
}
console.log(`\n${options.rounds} rounds\n`)
console.log(
  markdownTable(
    ['whole process', 'median (fastest to slowest)'],
    [
      ['`dataform --version`', spread(times.version)],
      [
        '`dataform query "select 1"`, cluster created, server started and stopped',
        spread(times.created),
      ],
      ['the same, server started and stopped', spread(times.started)],
      ['the same, server running (`dataform db start`)', spread(times.running)],
    ],
  ),
)
