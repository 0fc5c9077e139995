/**
 * `dataform run`: loads what is new, builds the models, checks the assertions. The compilation is under way before
 * the modules that come after it are loaded: on a small project loading them takes as long as the work.
 */
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import type { Argv, CommandModule } from 'yargs'
import { errColor, outColor } from '../color.js'
import { CommandError } from '../../failure/types.js'
import type { Selection } from '../../graph/select.js'
import { deferredSink } from '../../report/deferred.js'
import { exitCodeOf } from '../../run/events.js'
import type { EventSink } from '../../run/events.js'
import type { RunProjectOptions } from '../../run/run-project.js'
import { startRun } from '../../run/start-run.js'
import type { StartOptions } from '../../run/start-run.js'
import { durationMs, projectOverrides, splitCommas, withProjectFlags } from '../flags.js'
import type { ProjectFlags } from '../flags.js'
import { withInterrupt } from '../interrupt.js'

interface RunFlags extends ProjectFlags {
  readonly actions: readonly string[] | undefined
  readonly tags: readonly string[] | undefined
  readonly includeDeps: boolean
  readonly includeDependents: boolean
  readonly fullRefresh: boolean
  readonly dryRun: boolean
  readonly validate: boolean
  readonly runTests: boolean
  readonly json: boolean
  readonly data: string | undefined
  readonly jobs: number
  readonly credentials: string | undefined
  readonly executionTimeout: string | undefined
  readonly actionRetryLimit: number
  readonly gate: boolean
  readonly wait: boolean
  readonly resume: boolean
  readonly lockTimeout: string
  readonly lockWait: string
}

// More than the processors of a small machine: while one connection waits for the disk another works.
const DEFAULT_JOBS = Math.min(8, Math.max(4, availableParallelism()))
const SAMPLE_ROWS = 5

function withRunFlags(yargs: Argv): Argv<RunFlags> {
  return withProjectFlags(yargs)
    .option('actions', {
      type: 'array',
      describe: 'Names or patterns of actions to run; * matches anything.',
    })
    .option('tags', { type: 'array', describe: 'Tags of actions to run.' })
    .option('include-deps', {
      type: 'boolean',
      default: false,
      describe: 'Also run what the chosen actions depend on.',
    })
    .option('include-dependents', {
      type: 'boolean',
      default: false,
      describe: 'Also run what depends on the chosen actions.',
    })
    .option('full-refresh', {
      type: 'boolean',
      default: false,
      describe: 'Rebuild incremental tables from scratch.',
    })
    .option('dry-run', {
      type: 'boolean',
      default: false,
      describe: 'Print the plan with all its SQL; change nothing.',
    })
    .option('validate', {
      type: 'boolean',
      default: false,
      describe:
        'With --dry-run: make everything empty on the database and roll it back; finds wrong columns, types and functions. Exit code 2 if there is a problem.',
    })
    .option('run-tests', {
      type: 'boolean',
      default: false,
      describe: 'Run only if the unit tests pass.',
    })
    .option('json', {
      type: 'boolean',
      default: false,
      describe: 'Events as NDJSON on standard output.',
    })
    .option('data', {
      type: 'string',
      describe:
        "Folder of the source files, or s3://bucket/prefix, instead of the project's seeds/.",
    })
    .option('jobs', {
      type: 'number',
      default: DEFAULT_JOBS,
      describe: 'Actions at a time, each on a connection of its own.',
    })
    .option('credentials', {
      type: 'string',
      describe: 'File with the connection, instead of .df-credentials.json.',
    })
    .option('execution-timeout', {
      type: 'string',
      describe:
        'Deadline of the whole run: running actions are cancelled, the others skipped. 10m, 2h.',
    })
    .option('action-retry-limit', {
      type: 'number',
      default: 0,
      describe:
        'How often an action is tried again after a deadlock, a lost connection or a restart of the server.',
    })
    .option('gate', {
      type: 'boolean',
      default: true,
      describe:
        'Check inline assertions before a model is published; --no-gate publishes first, as the stock command does.',
    })
    .option('wait', {
      type: 'boolean',
      default: false,
      describe: 'Wait for another run that is working on the same table, instead of failing.',
    })
    .option('resume', {
      type: 'boolean',
      default: false,
      describe: 'Run what failed, was skipped or was not reached in the last run.',
    })
    .option('lock-timeout', {
      type: 'string',
      default: '400ms',
      describe: 'How long a swap may keep readers waiting before it gives way and tries again.',
    })
    .option('lock-wait', {
      type: 'string',
      default: '10m',
      describe: 'How long a swap is tried for before the action fails.',
    })
    .example('$0 run', 'load, build and check everything')
    .example('$0 run --tags media --full-refresh', 'one domain, from scratch')
    .example('$0 run --dry-run --validate', 'check a pull request: names, types, changed columns')
    .example("$0 run --actions 'media.agg_*' --include-deps", 'some models and what they need')
    .check((argv) => checkFlags(argv as unknown as RunFlags)) as unknown as Argv<RunFlags>
}

function checkFlags(flags: RunFlags): true {
  const wrong = (message: string): never => {
    throw new CommandError(message, { exitCode: 2, hint: 'See `dataform run --help`.' })
  }
  if (
    (flags.includeDeps || flags.includeDependents) &&
    flags.actions === undefined &&
    flags.tags === undefined
  )
    wrong('--include-deps and --include-dependents go with --actions or --tags')
  if (
    flags.resume &&
    (flags.actions !== undefined || flags.tags !== undefined || flags.includeDeps)
  )
    wrong('--resume runs what the last run has left undone: it takes no --actions or --tags')
  for (const [name, values] of [
    ['actions', flags.actions],
    ['tags', flags.tags],
  ] as const)
    if (values !== undefined && splitCommas(values)?.length === 0)
      wrong(`--${name} is empty; leave it out to run everything`)
  if (flags.validate && !flags.dryRun) wrong('--validate goes with --dry-run: add --dry-run')
  if (flags.validate && flags.resume)
    wrong('--validate checks a project, not a run: it goes without --resume')
  if (!Number.isInteger(flags.jobs) || flags.jobs < 1)
    wrong('--jobs must be a whole number above 0')
  if (!Number.isInteger(flags.actionRetryLimit) || flags.actionRetryLimit < 0)
    wrong('--action-retry-limit must be a whole number')
  return true
}

function selectionOf(flags: RunFlags): Selection {
  return {
    actions: splitCommas(flags.actions) ?? [],
    tags: splitCommas(flags.tags) ?? [],
    includeDependencies: flags.includeDeps,
    includeDependents: flags.includeDependents,
  }
}

async function sinkFor(flags: RunFlags): Promise<EventSink> {
  if (flags.dryRun) return () => undefined
  const write = (text: string): unknown => process.stdout.write(text)
  if (flags.json) return (await import('../../report/ndjson.js')).ndjsonSink(write)
  return process.stdout.isTTY && process.env.TERM !== 'dumb'
    ? (await import('../../report/terminal.js')).terminalSink(process.stdout, outColor)
    : (await import('../../report/plain.js')).plainSink(write, outColor)
}

async function run(flags: RunFlags): Promise<void> {
  const events = deferredSink()
  const start: StartOptions = {
    projectDir: resolve(flags.projectDir),
    overrides: projectOverrides(flags),
    compileTimeoutMs: durationMs('timeout', flags.timeout) ?? null,
    credentialsFile: flags.credentials ?? null,
    jobs: flags.jobs,
    onEvent: events.sink,
  }
  if (flags.runTests && !(await (await import('./test.js')).runProjectTests(start, errColor)))
    throw new CommandError('the unit tests do not pass, so nothing was run')
  const executionTimeoutMs = durationMs('execution-timeout', flags.executionTimeout) ?? null
  const started = startRun(start)
  const [{ planProject, runProject }, sink] = await Promise.all([
    import('../../run/run-project.js'),
    sinkFor(flags),
  ])
  events.open(sink)
  const work = async (signal: AbortSignal): Promise<void> => {
    const options: RunProjectOptions = {
      ...start,
      started,
      selection: selectionOf(flags),
      fullRefresh: flags.fullRefresh,
      dataRoot: flags.data ?? null,
      retryLimit: flags.actionRetryLimit,
      sampleRows: SAMPLE_ROWS,
      lockTimeoutMs: durationMs('lock-timeout', flags.lockTimeout) ?? 0,
      lockWaitMs: durationMs('lock-wait', flags.lockWait) ?? 0,
      waitForOthers: flags.wait,
      gate: flags.gate,
      resume: flags.resume,
      signal,
    }
    if (flags.validate) {
      const { printValidation } = await import('../validation.js')
      await printValidation({ ...options, started }, flags.json)
    } else if (flags.dryRun) {
      const { renderPlan } = await import('../../plan/render.js')
      process.stdout.write(`${renderPlan(await planProject(options))}\n`)
    } else process.exitCode = exitCodeOf(await runProject(options))
  }
  await withInterrupt(
    work,
    (reason) =>
      process.stderr.write(
        `\n${reason === 'timeout' ? 'the execution timeout is over' : 'stopping'}: what runs is cancelled and rolled back\n`,
      ),
    executionTimeoutMs,
  )
}

/** `dataform run [project-dir]`. */
export const runCommand: CommandModule<object, RunFlags> = {
  command: 'run [project-dir]',
  describe: 'Load what is new, build the models, check the assertions.',
  builder: (yargs) => withRunFlags(yargs),
  handler: run,
}
