/**
 * The machine that the figures are of, and the options of the benchmark scripts.
 */
import { cpus, loadavg, totalmem } from 'node:os'
import { parseArgs } from 'node:util'

/** One line: processor, cores, memory, Node, load before the measurement. */
export function describeMachine() {
  const [first] = cpus()
  const memory = Math.round(totalmem() / 1024 ** 3)
  return `${first.model.trim()}, ${cpus().length} cores, ${memory} GiB, ${process.platform} ${process.arch}, Node ${process.version}, load ${loadavg()[0].toFixed(1)} at the start`
}

/**
 * Reads options from the command line.
 * @param defaults the names that there are, with a number, a text or a boolean each
 */
export function readOptions(defaults) {
  const options = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [
      name,
      { type: typeof value === 'boolean' ? 'boolean' : 'string' },
    ]),
  )
  const { values } = parseArgs({ options })
  return Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => {
      const given = values[name]
      if (given === undefined) return [name, value]
      return [name, typeof value === 'number' ? Number(given) : given]
    }),
  )
}
