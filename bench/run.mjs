/**
 * `dataform run` of this repository against the stock CLI 2.6.7, as whole processes on one running
 * server, in turns; and our run phase against the same SQL sent by a bare script.
 *
 *     node run.mjs [--models 100] [--rounds 5] [--configuration ours|default] [--plain]
 *
 * Every round has two runs of each: the first makes the tables, the second replaces them. All of them
 * speak TLS to the server; `--plain` lets ours do without, for comparison. A last run of each measures
 * processor time and memory of the command (not of the server).
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readPlan, sendPlan } from './bare.mjs'
import { describeMachine, readOptions } from './machine.mjs'
import { environment, OURS, runScript, STOCK_2, WORK } from './processes.mjs'
import { ASSERTION_SCHEMA, makeProject, SCHEMA } from './projects.mjs'
import { startServer } from './server.mjs'
import { markdownTable, ratioText, spread } from './stats.mjs'

const options = readOptions({ models: 100, rounds: 5, configuration: 'ours', plain: false })
const projects = { ours: join(WORK, 'run-3'), stock: join(WORK, 'run-2') }
const RUNS = ['tables made', 'tables replaced']

const ourUrl = (server, database) =>
  `${server.url(database)}?sslmode=${options.plain ? 'disable' : 'no-verify'}`

/** One run of ours: the whole, and the times of its phases from the event stream. */
async function runOurs(server, database, watch = false) {
  const seen = {}
  const { ms, usage } = await runScript(OURS, ['run', projects.ours, '--json'], {
    watch,
    env: environment({ DATABASE_URL: ourUrl(server, database) }),
    onLine: (line, atMs) => {
      const event = JSON.parse(line)
      seen[event.type] = { atMs, event }
    },
  })
  const started = seen['run-started']
  const finished = seen['run-finished']
  const { results } = finished.event
  const bad = results.filter((result) => result.status !== 'succeeded')
  if (bad.length > 0 || results.length !== 3 * options.models)
    throw new Error(`ours: ${results.length} results, not well: ${JSON.stringify(bad.slice(0, 3))}`)
  return {
    whole: ms,
    before: started.atMs,
    phase: finished.atMs - started.atMs,
    after: ms - finished.atMs,
    usage,
  }
}

async function runStock(server, database, watch = false) {
  const credentials = join(WORK, 'credentials.json')
  writeFileSync(credentials, JSON.stringify(server.credentials(database)))
  const { ms, usage } = await runScript(
    STOCK_2,
    ['run', projects.stock, '--credentials', credentials, '--timeout', '5m', '--track=false'],
    { env: environment({}), stdout: join(WORK, 'stock-run.log'), watch },
  )
  return { whole: ms, usage }
}

async function runBare(server, database, messagesAre) {
  const file = join(WORK, 'plan.sql')
  await runScript(OURS, ['run', projects.ours, '--dry-run'], {
    env: environment({ DATABASE_URL: ourUrl(server, database) }),
    stdout: file,
  })
  const plan = readPlan(readFileSync(file, 'utf8'))
  if (plan.actions.length !== 3 * options.models)
    throw new Error(`the plan has ${plan.actions.length} actions`)
  const client = await server.connect(database)
  try {
    return { phase: await sendPlan(client, plan, messagesAre) }
  } finally {
    await client.end()
  }
}

/** All of them must leave the same behind, or they did not do the same work. */
async function check(server, database) {
  const client = await server.connect(database)
  try {
    const { rows } = await client.query(
      `select count(*)::int as tables from pg_tables where schemaname = '${SCHEMA}'`,
    )
    if (rows[0].tables !== options.models) throw new Error(`${database}: ${rows[0].tables} tables`)
    const rpt = await client.query(`select sum(value) as sum from ${SCHEMA}.rpt_model_0000`)
    return rpt.rows[0].sum
  } finally {
    await client.end()
  }
}

const contenders = {
  ours: (server) => runOurs(server, 'ours'),
  stock: (server) => runStock(server, 'stock'),
  bare_steps: (server) => runBare(server, 'bare_steps', 'steps'),
  bare_actions: (server) => runBare(server, 'bare_actions', 'actions'),
}

console.log(describeMachine())
mkdirSync(join(WORK, 'home'), { recursive: true })
makeProject(projects.ours, { models: options.models, form: 3 })
makeProject(projects.stock, { models: options.models, form: 2 })
const server = await startServer({ configuration: options.configuration })
const usage = {}
const figures = { ours: [[], []], stock: [[], []], bare_steps: [[], []], bare_actions: [[], []] }
try {
  console.log(`PostgreSQL ${server.version}, configuration: ${options.configuration}`)
  // The first round only warms caches.
  for (let round = 0; round <= options.rounds; round++) {
    const names = Object.keys(contenders)
    const sums = new Set()
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      await server.recreate(name)
      for (const run of RUNS.keys()) {
        const figure = await contenders[name](server)
        if (round > 0) figures[name][run].push(figure)
      }
      sums.add(await check(server, name))
    }
    if (sums.size !== 1) throw new Error('the tables differ')
    console.error(`round ${round} of ${options.rounds}`)
  }
  usage.ours = (await runOurs(server, 'ours', true)).usage
  usage.stock = (await runStock(server, 'stock', true)).usage
} finally {
  await server.stop()
}

const times = (name, run, part) => figures[name][run].map((figure) => figure[part])
console.log(
  `\n${options.models} models, ${2 * options.models} assertions, ${options.rounds} rounds, ` +
    `assertions in ${ASSERTION_SCHEMA}, ours ${options.plain ? 'without' : 'with'} TLS\n`,
)
console.log(
  markdownTable(
    ['', ...RUNS],
    [
      ['ours, whole process', ...RUNS.map((_, run) => spread(times('ours', run, 'whole')))],
      ['stock 2.6.7, whole process', ...RUNS.map((_, run) => spread(times('stock', run, 'whole')))],
      [
        'stock against ours',
        ...RUNS.map((_, run) =>
          ratioText(times('stock', run, 'whole'), times('ours', run, 'whole')),
        ),
      ],
      ['ours, until run-started', ...RUNS.map((_, run) => spread(times('ours', run, 'before')))],
      [
        'ours, run-started to run-finished',
        ...RUNS.map((_, run) => spread(times('ours', run, 'phase'))),
      ],
      ['ours, from then to the exit', ...RUNS.map((_, run) => spread(times('ours', run, 'after')))],
      ...[
        ['bare_steps', 'bare script, a message a step'],
        ['bare_actions', 'bare script, a message an action'],
      ].flatMap(([name, label]) => [
        [label, ...RUNS.map((_, run) => spread(times(name, run, 'phase')))],
        [
          `our run phase against it`,
          ...RUNS.map((_, run) =>
            ratioText(times('ours', run, 'phase'), times(name, run, 'phase')),
          ),
        ],
      ]),
    ],
  ),
)

const usageRow = (label, { cpuMs, own, children }) => [
  label,
  `${(cpuMs / 1000).toFixed(2)} s`,
  `${own.toFixed(0)} + ${children.toFixed(0)} MiB`,
]
console.log()
console.log(
  markdownTable(
    ['tables replaced', 'processor time of the command', 'memory: parent + children'],
    [usageRow('ours', usage.ours), usageRow('stock 2.6.7', usage.stock)],
  ),
)
