/**
 * A run in this process, of a project that was compiled before.
 */
import { compileProject } from '../../src/compile/compile-project.js'
import type { CompileResult } from '../../src/compile/compile-project.js'
import { SELECT_ALL } from '../../src/graph/select.js'
import { openDatabase } from '../../src/postgres/pool.js'
import type { ConnectionSettings } from '../../src/postgres/settings.js'
import type { RunEvent, RunReport } from '../../src/run/events.js'
import { runProject } from '../../src/run/run-project.js'

/** A compiled generation of the project. */
export interface Compiled {
  readonly dir: string
  readonly result: CompileResult
}

/** Compiles a project for a generation. */
export async function compileGeneration(dir: string, gen: number): Promise<Compiled> {
  const result = await compileProject({
    projectDir: dir,
    overrides: { vars: { gen: String(gen) } },
  })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return { dir, result }
}

/** What a test may set. */
export interface RunOptions {
  readonly jobs?: number
  readonly retryLimit?: number
  readonly resume?: boolean
  readonly fullRefresh?: boolean
  readonly tags?: readonly string[]
  readonly lockWaitMs?: number
  readonly onEvent?: (event: RunEvent) => void
}

/** Runs to the end; failures of actions are in the report. */
export async function run(
  { dir, result }: Compiled,
  settings: ConnectionSettings,
  options: RunOptions = {},
): Promise<RunReport> {
  const jobs = options.jobs ?? 4
  const onEvent = options.onEvent ?? (() => undefined)
  const database = openDatabase(settings, { maxConnections: jobs })
  return runProject({
    projectDir: dir,
    overrides: {},
    compileTimeoutMs: null,
    credentialsFile: null,
    jobs,
    onEvent,
    selection: { ...SELECT_ALL, tags: options.tags ?? [] },
    fullRefresh: options.fullRefresh ?? false,
    dataRoot: null,
    retryLimit: options.retryLimit ?? 0,
    lockTimeoutMs: 400,
    lockWaitMs: options.lockWaitMs ?? 30_000,
    waitForOthers: false,
    gate: true,
    resume: options.resume ?? false,
    sampleRows: 5,
    signal: new AbortController().signal,
    started: {
      compiling: Promise.resolve(result),
      acquiring: Promise.resolve({ database, settings, release: () => database.close() }),
    },
  })
}

/** What did not succeed, in words. */
export function failures(report: RunReport): readonly string[] {
  return report.results
    .filter(({ status }) => status !== 'succeeded')
    .map(
      ({ target, status, failure }) =>
        `${target.schema}.${target.name} ${status}: ${failure?.message ?? ''}`,
    )
}
