/**
 * The plan of `dataform run --dry-run` sent over one connection by a bare script: what the same SQL costs
 * without an engine around it.
 */
import { layerOf } from './projects.mjs'

const HEAD = /^-- \S+?\.(\S+) \((table|assertion), \S+\.sqlx\): \w+$/

/**
 * Takes the text of a plan of one of the benchmarks' projects apart.
 * @returns `schemas`: the statements that make the schemas; `actions`: for every action its texts, one a
 *   step, `begin;` and `commit;` among them, with what an action reads before it
 */
export function readPlan(text) {
  const schemas = [...text.matchAll(/^-- create schema (.+)$/gm)].map(
    ([, name]) => `create schema if not exists "${name}"`,
  )
  const blocks = text
    .split(new RegExp(`(?=${HEAD.source})`, 'm'))
    .filter((block) => HEAD.test(firstLine(block)))
  const actions = blocks.map((block) => {
    const [, name, type] = HEAD.exec(firstLine(block))
    return {
      rank: type === 'assertion' ? Number.MAX_SAFE_INTEGER : layerOf(name),
      steps: stepsOf(block),
    }
  })
  // The plan is in the order of the graph, which is not that of execution.
  return { schemas, actions: actions.sort((a, b) => a.rank - b.rank).map(({ steps }) => steps) }
}

const firstLine = (block) => block.split('\n', 1)[0]

function stepsOf(block) {
  return block
    .replace(/^(begin;|commit;)$/gm, '-- $1\n$1\n--')
    .split(/^--.*$/m)
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/**
 * Sends a plan, every text in a message of its own and after the answer to the one before, or all
 * texts of an action in one message.
 * @param client a connected client of `pg`
 * @returns milliseconds from the first statement to the last answer
 */
export async function sendPlan(client, plan, messagesAre) {
  const texts = [
    ...plan.schemas,
    ...(messagesAre === 'actions'
      ? plan.actions.map((steps) => steps.join('\n'))
      : plan.actions.flat()),
  ]
  const started = performance.now()
  for (const text of texts) await client.query(text)
  return performance.now() - started
}
