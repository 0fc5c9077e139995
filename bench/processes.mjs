/**
 * Running the commands that are compared, and what they took: wall clock and, if asked for, memory.
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

const MEMORY_SAMPLE_MS = 10

/**
 * Runs a Node script to its end.
 * @param script a path
 * @param args its arguments
 * @param options.stdout a file that takes the standard output; by default `/dev/null`
 * @param options.onLine takes every line of the standard output and the time when it came, instead
 * @param options.env the whole environment; by default this process's
 * @param options.memory measure the memory too (Linux only), at a small cost in time
 * @returns `ms` (wall clock), `memory` (see `watchMemory`)
 * @throws Error, with what it wrote to standard error, if its exit code isn't 0
 */
export async function runScript(script, args, options = {}) {
  const file = options.onLine === undefined ? openSync(options.stdout ?? '/dev/null', 'w') : undefined
  try {
    const started = performance.now()
    const child = spawn(process.execPath, [script, ...args], {
      env: options.env ?? process.env,
      stdio: ['ignore', file ?? 'pipe', 'pipe'],
    })
    const memory = options.memory === true ? watchMemory(child.pid) : undefined
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
    const used = memory?.stop()
    if (code !== 0) throw new Error(`${script} ${args.join(' ')} ended with ${code}:\n${errors}`)
    return { ms, memory: used }
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/**
 * Watches a process and the processes that it starts.
 * @returns `stop()`, which gives the greatest resident memory in MiB: `own` of the process itself,
 *   `children` the sum over the others
 */
function watchMemory(pid) {
  const peaks = new Map()
  const timer = setInterval(() => {
    for (const each of [pid, ...descendants(pid)]) {
      const peak = peakOf(each)
      if (peak !== undefined) peaks.set(each, peak)
    }
  }, MEMORY_SAMPLE_MS)
  return {
    stop: () => {
      clearInterval(timer)
      const children = [...peaks].filter(([each]) => each !== pid).map(([, peak]) => peak)
      return { own: peaks.get(pid) ?? 0, children: children.reduce((sum, peak) => sum + peak, 0) }
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

function peakOf(pid) {
  try {
    const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return line === null ? undefined : Number(line[1]) / 1024
  } catch {
    return undefined
  }
}
