/**
 * A whole domain's plan, as `dataform run --dry-run` prints it, sent over some connections by a bare script in the best
 * order: what the same SQL costs by hand.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { environment, OURS, runScript, WORK } from '../processes.mjs'

const HEAD = /^-- (\S+) \((\w+), \S+\): \w+$/

/**
 * Reads a plan.
 * @param project the project's folder
 * @param env what leads to the database, whose sources are loaded and where nothing is built
 * @returns `schemas`, the statements that make the schemas; `actions`, each with `name`, `text` (empty if the plan does
 *   it within another one) and `needs`, names
 */
export async function readPlan(project, args, env) {
  const planFile = join(WORK, 'plan.sql')
  await runScript(OURS, ['run', project, '--dry-run', ...args], {
    env: environment(env),
    stdout: planFile,
  })
  const graphFile = join(WORK, 'graph.json')
  await runScript(OURS, ['compile', project, '--json'], {
    env: environment(env),
    stdout: graphFile,
  })
  const needs = dependenciesOf(JSON.parse(readFileSync(graphFile, 'utf8')))
  const text = readFileSync(planFile, 'utf8')
  const blocks = text.split(new RegExp(`(?=${HEAD.source})`, 'm'))
  return {
    schemas: [...text.matchAll(/^-- create schema (.+)$/gm)].map(
      ([, name]) => `create schema if not exists "${name}"`,
    ),
    actions: blocks.flatMap((block) => {
      const head = HEAD.exec(block.split('\n', 1)[0])
      if (head === null || head[2] === 'load') return []
      const [, name] = head
      return [{ name, text: isEmpty(block) ? '' : block, needs: needs.get(name) ?? [] }]
    }),
  }
}

const isEmpty = (block) => block.replace(/^--.*$/gm, '').trim() === ''

function dependenciesOf(graph) {
  const name = ({ schema, name }) => `${schema}.${name}`
  const all = Object.values(graph).flatMap((list) => (Array.isArray(list) ? list : []))
  return new Map(
    all.flatMap(({ target, dependencyTargets }) =>
      target === undefined ? [] : [[name(target), (dependencyTargets ?? []).map(name)]],
    ),
  )
}

/**
 * Runs a plan: of what is ready, always that which the longest path hangs on.
 * @param connect gives a connected client of `pg`
 * @param durations milliseconds by action, from an earlier run; the order is chosen by them
 * @returns milliseconds from the first statement to the last answer
 */
export async function runPlan(connect, { schemas, actions }, durations, connections = 2) {
  const clients = await Promise.all(Array.from({ length: connections }, connect))
  const names = new Set(actions.map(({ name }) => name))
  const dependents = new Map(actions.map(({ name }) => [name, []]))
  const missing = new Map()
  for (const { name, needs } of actions) {
    const there = [...new Set(needs)].filter((need) => names.has(need))
    missing.set(name, there.length)
    for (const need of there) dependents.get(need).push(name)
  }
  const textOf = new Map(actions.map(({ name, text }) => [name, text]))
  const paths = new Map()
  const pathOf = (name) => {
    if (!paths.has(name))
      paths.set(name, (durations.get(name) ?? 1) + Math.max(0, ...dependents.get(name).map(pathOf)))
    return paths.get(name)
  }
  const ready = actions.filter(({ name }) => missing.get(name) === 0).map(({ name }) => name)
  let left = actions.length
  let wake = () => undefined
  const started = performance.now()
  for (const text of schemas) await clients[0].query(text)
  const work = async (client) => {
    while (left > 0) {
      ready.sort((a, b) => pathOf(b) - pathOf(a))
      const name = ready.shift()
      if (name === undefined) {
        await new Promise((resolve) => {
          const before = wake
          wake = () => (before(), resolve())
        })
        continue
      }
      if (textOf.get(name) !== '') await client.query(textOf.get(name))
      left--
      for (const next of dependents.get(name)) {
        missing.set(next, missing.get(next) - 1)
        if (missing.get(next) === 0) ready.push(next)
      }
      const waiting = wake
      wake = () => undefined
      waiting()
    }
  }
  try {
    await Promise.all(clients.map(work))
    return performance.now() - started
  } finally {
    await Promise.all(clients.map((client) => client.end()))
  }
}
