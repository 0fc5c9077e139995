/**
 * `dataform compile --json` of this repository against the stock CLI 3, as whole processes, in turns.
 *
 *     node compile.mjs [--models 1000] [--rounds 5] [--warehouse postgres|bigquery]
 *
 * A round more than that measures processor time and memory, which the wall clock should not pay for.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { describeMachine, readOptions } from './machine.mjs'
import { OURS, runScript, STOCK_3, WORK } from './processes.mjs'
import { makeProject } from './projects.mjs'
import { markdownTable, ratioText, spread } from './stats.mjs'

const options = readOptions({ models: 1000, rounds: 5, warehouse: 'postgres' })
const project = join(WORK, `compile-${options.warehouse}-${options.models}`)
const commands = { ours: OURS, stock: STOCK_3 }

const outputOf = (name) => join(WORK, `${name}.json`)

async function compile(name, watch = false) {
  const args = ['compile', project, '--json', '--timeout', '5m']
  return runScript(commands[name], args, { stdout: outputOf(name), watch })
}

/** The stock CLI logs to standard output before the JSON. */
function graphOf(name) {
  const text = readFileSync(outputOf(name), 'utf8')
  const graph = JSON.parse(text.slice(text.search(/^\{$/m)))
  if (graph.tables.length !== options.models || graph.assertions.length !== 2 * options.models) {
    throw new Error(`${name}: ${graph.tables.length} models, ${graph.assertions.length} assertions`)
  }
  return graph
}

console.log(describeMachine())
makeProject(project, { models: options.models, form: 3, warehouse: options.warehouse })
const times = { ours: [], stock: [] }
// The first compilation of each only warms the file cache, and shows that both give the whole graph.
for (const name of ['ours', 'stock']) await compile(name)
const same = isDeepStrictEqual(graphOf('ours'), graphOf('stock'))
if (options.warehouse === 'bigquery' && !same) throw new Error('the graphs differ')
for (let round = 0; round < options.rounds; round++) {
  const order = round % 2 === 0 ? ['ours', 'stock'] : ['stock', 'ours']
  for (const name of order) times[name].push((await compile(name)).ms)
  console.error(`round ${round + 1} of ${options.rounds}`)
}
const usage = {}
for (const name of ['ours', 'stock']) usage[name] = (await compile(name, true)).usage

console.log(
  `\n${options.models} models, ${2 * options.models} assertions, warehouse ${options.warehouse}, ` +
    `${options.rounds} rounds, ${same ? 'equal graphs' : 'graphs of equal size'}\n`,
)
const usageCells = ({ cpuMs, own, children }) => [
  `${(cpuMs / 1000).toFixed(2)} s`,
  `${own.toFixed(0)} + ${children.toFixed(0)} MiB`,
]
console.log(
  markdownTable(
    [
      '`dataform compile --json`',
      'median (fastest to slowest)',
      'stock against ours',
      'processor time',
      'memory: parent + children',
    ],
    [
      ['this repository', spread(times.ours), '', ...usageCells(usage.ours)],
      [
        '@dataform/cli 3.0.69',
        spread(times.stock),
        ratioText(times.stock, times.ours),
        ...usageCells(usage.stock),
      ],
    ],
  ),
)
