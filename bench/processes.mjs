/**
 * Running the commands that are compared, and what they took: wall clock and, if asked for, processor time
 * and memory.
 */
import { spawn } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)

/** The folder of the benchmarks, and their scratch folder. */
export const BENCH = dirname(fileURLToPath(import.meta.url))
export const WORK = join(BENCH, '.work')

/** Our command, and the stock ones. */
export const OURS = join(BENCH, '..', 'dist', 'cli', 'main.js')
export const STOCK_2 = require.resolve('dataform-cli-2/bundle.js')
export const STOCK_3 = require.resolve('dataform-cli-3/bundle.js')

/** The environment of a command: nothing that chooses a database, and a home folder of its own. */
export function environment(extra) {
  const kept = Object.entries(process.env).filter(([name]) => !/^(PG|DATABASE_URL)/.test(name))
  return { ...Object.fromEntries(kept), HOME: join(WORK, 'home'), ...extra }
}

const SAMPLE_MS = 10
/** The unit of processor times in `/proc`: `getconf CLK_TCK` is 100 on every Linux that Node runs on. */
const TICK_MS = 10

/**
 * Runs a Node script to its end.
 * @param script a path
 * @param args its arguments
 * @param options.stdout a file that takes the standard output; by default `/dev/null`
 * @param options.onLine takes every line of the standard output and the time when it came, instead
 * @param options.env the whole environment; by default this process's
 * @param options.watch measure processor time and memory too (Linux only), at a small cost in time
 * @returns `ms` (wall clock), `usage` (see `watchUsage`)
 * @throws Error, with what it wrote to standard error, if its exit code isn't 0
 */
export async function runScript(script, args, options = {}) {
  const file =
    options.onLine === undefined ? openSync(options.stdout ?? '/dev/null', 'w') : undefined
  try {
    const started = performance.now()
    const child = spawn(process.execPath, [script, ...args], {
      env: options.env ?? process.env,
      stdio: ['ignore', file ?? 'pipe', 'pipe'],
    })
    const watch = options.watch === true ? watchUsage(child.pid) : undefined
    let errors = ''
    child.stderr.setEncoding('utf8').on('data', (text) => (errors += text))
    if (options.onLine !== undefined) {
      createInterface({ input: child.stdout }).on('line', (line) => {
        options.onLine(line, performance.now() - started)
      })
    }
    const exited = new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', () => resolve(performance.now() - started))
    })
    const closed = new Promise((resolve) => child.once('close', resolve))
    const ms = await exited
    const code = await closed
    const usage = watch?.stop()
    if (code !== 0) throw new Error(`${script} ${args.join(' ')} ended with ${code}:\n${errors}`)
    return { ms, usage }
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/**
 * Watches a process and the processes that it starts, by looking every few milliseconds.
 * @returns `stop()`, which gives `cpuMs`, the processor time of all, and the greatest resident memory in
 *   MiB: `own` of the process itself, `children` the sum over the others
 */
function watchUsage(pid) {
  const seen = new Map()
  const timer = setInterval(() => {
    for (const each of [pid, ...descendants(pid)]) {
      const usage = usageOf(each)
      if (usage !== undefined) seen.set(each, usage)
    }
  }, SAMPLE_MS)
  return {
    stop: () => {
      clearInterval(timer)
      const sum = (values) => values.reduce((total, value) => total + value, 0)
      return {
        cpuMs: sum([...seen.values()].map(({ cpuMs }) => cpuMs)),
        own: seen.get(pid)?.memory ?? 0,
        children: sum([...seen].flatMap(([each, { memory }]) => (each === pid ? [] : [memory]))),
      }
    },
  }
}

function descendants(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) => {
      const text = readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim()
      const children = text === '' ? [] : text.split(' ').map(Number)
      return [...children, ...children.flatMap(descendants)]
    })
  } catch {
    // It ended meanwhile.
    return []
  }
}

function usageOf(pid) {
  try {
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    if (peak === null) return undefined
    // After the command's name in parentheses: state is field 3, user time 14, system time 15.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return {
      memory: Number(peak[1]) / 1024,
      cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
    }
  } catch {
    return undefined
  }
}
