/**
 * A run in this process, of a project that was compiled before.
 */
import { compileProject } from '../../src/compile/compile-project.js'
import type { CompileResult } from '../../src/compile/compile-project.js'
import { CommandError } from '../../src/failure/types.js'
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
  readonly lockWaitMs?: number
  readonly onEvent?: (event: RunEvent) => void
}

/** What became of a run. */
export interface Outcome {
  /** What did not succeed, in words. */
  readonly problems: readonly string[]
  /** True if it was recorded, so that it can be resumed. */
  readonly isRecorded: boolean
}

/** Runs to the end. A failure that users would be told of is in the outcome; anything else is thrown. */
export async function run(
  { dir, result }: Compiled,
  settings: ConnectionSettings,
  options: RunOptions = {},
): Promise<Outcome> {
  const jobs = options.jobs ?? 4
  let isRecorded = false
  const onEvent = (event: RunEvent): void => {
    isRecorded ||= event.type === 'run-started'
    options.onEvent?.(event)
  }
  const database = openDatabase(settings, { maxConnections: jobs })
  try {
    const report = await runProject({
      projectDir: dir,
      overrides: {},
      compileTimeoutMs: null,
      credentialsFile: null,
      jobs,
      onEvent,
      selection: SELECT_ALL,
      fullRefresh: false,
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
    return { problems: failuresIn(report), isRecorded }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return { problems: [`the run: ${error.message}`], isRecorded }
  }
}

function failuresIn(report: RunReport): readonly string[] {
  return report.results
    .filter(({ status }) => status !== 'succeeded')
    .map(
      ({ target, status, failure }) =>
        `${target.schema}.${target.name} ${status}: ${failure?.message ?? ''}`,
    )
}
