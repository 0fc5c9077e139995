/** The real command on this repository's warehouse, with generated files. */
import { join } from 'node:path'
import { BENCH, environment, OURS, runScript } from '../processes.mjs'
import { markdownTable } from '../stats.mjs'

/** The project that is measured: this repository. */
export const PROJECT = join(BENCH, '..')

/**
 * Generates a domain's files.
 * @param flags of `dataform generate`, by name
 */
export async function generate(domain, out, flags) {
  const given = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)])
  return runScript(OURS, ['generate', domain, '--out', out, ...given], {
    env: environment({}),
    watch: true,
  })
}

/**
 * Runs `dataform run` or `seed`.
 * @returns `ms`, `usage`; `results` of a run, with name, status, duration in ms and rows
 * @throws Error if it ends with another exit code than 0
 */
export async function dataform(command, args, url) {
  let finished
  const { ms, usage } = await runScript(
    OURS,
    [command, PROJECT, ...(command === 'run' ? ['--json'] : []), ...args],
    {
      env: environment({ DATABASE_URL: `${url}?sslmode=disable` }),
      watch: true,
      ...(command === 'run' && {
        onLine: (line) => {
          const event = JSON.parse(line)
          if (event.type === 'run-finished') finished = event
        },
      }),
    },
  )
  return { ms, usage, results: finished?.results ?? [] }
}

/**
 * The actions that grew most from one run to a later one, as a Markdown table.
 * @param before the earlier run's `results`
 * @param after the later one's
 * @param most how many
 */
export function grownTable(before, after, most) {
  const msBefore = new Map(before.map(({ target, durationMs }) => [target, durationMs]))
  const grown = after
    .map(({ target, durationMs: ms }) => ({ target, ms, was: msBefore.get(target) ?? 0 }))
    .toSorted((a, b) => b.ms - b.was - (a.ms - a.was))
  return markdownTable(
    ['action', 'then', 'now'],
    grown.slice(0, most).map(({ target, ms, was }) => [target, `${was} ms`, `${ms} ms`]),
  )
}
