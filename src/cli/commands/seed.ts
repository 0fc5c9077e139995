/**
 * `dataform seed`: loads the files of the sources that are new, and nothing else.
 */
import { resolve } from 'node:path'
import type { Argv, CommandModule } from 'yargs'
import { errColor, outColor } from '../color.js'
import { renderFailure } from '../../failure/render-failure.js'
import { CommandError } from '../../failure/types.js'
import { acquireDatabase } from '../../postgres/acquire.js'
import { readDatabaseError } from '../../postgres/errors.js'
import type { Database } from '../../postgres/session.js'
import { formatCount, formatDuration, plural } from '../../report/format.js'
import { chooseSources } from '../../seed/choose-sources.js'
import { openSourceRoots, type SourceRoots } from '../../seed/data-root.js'
import { readSeeds, SEEDS_FILE, type SeedSource } from '../../seed/declaration.js'
import { loadSource, type LoadedFile, type LoadProgress } from '../../seed/load-source.js'
import { readSourceStatus, type FileState } from '../../seed/source-status.js'
import { StorageError, type DataRoot } from '../../seed/storage/types.js'
import { splitCommas } from '../flags.js'
import { progressLine } from '../progress-line.js'
import { retryAndPrint } from '../retry-rejects.js'
import { withInterrupt } from '../interrupt.js'
import { renderTable } from '../table.js'

interface SeedFlags {
  readonly projectDir: string
  readonly data: string | undefined
  readonly tags: readonly string[] | undefined
  readonly sources: readonly string[] | undefined
  readonly status: boolean
  readonly verify: boolean
  readonly retryRejects: boolean
  readonly credentials: string | undefined
}

function withSeedFlags(yargs: Argv): Argv<SeedFlags> {
  return yargs
    .positional('project-dir', { type: 'string', default: '.', describe: "The project's folder." })
    .option('data', {
      type: 'string',
      describe:
        "Folder of the source files, or s3://bucket/prefix, instead of the project's seeds/.",
    })
    .option('tags', { type: 'array', describe: 'Tags of sources to load.' })
    .option('sources', { type: 'array', describe: 'Names of sources to load.' })
    .option('status', {
      type: 'boolean',
      default: false,
      describe: 'Load nothing; list the files with what became of them.',
    })
    .option('verify', {
      type: 'boolean',
      default: false,
      describe: 'Read files that look unchanged too, to see whether they are.',
    })
    .option('retry-rejects', {
      type: 'boolean',
      default: false,
      describe: 'Load no file; read rejected lines again, after a declaration was corrected.',
    })
    .option('credentials', {
      type: 'string',
      describe: 'File with the connection, instead of .df-credentials.json.',
    })
    .example('$0 seed', 'load what is new')
    .example('$0 seed --data ../data --tags media', 'from another folder, one domain')
    .example(
      '$0 seed --status',
      'what was loaded, and what is still to be loaded',
    ) as unknown as Argv<SeedFlags>
}

async function seed(flags: SeedFlags): Promise<void> {
  const projectDir = resolve(flags.projectDir)
  const seeds = await readSeeds(projectDir)
  if (!seeds.ok) {
    throw new CommandError(`${SEEDS_FILE} has ${plural(seeds.problems.length, 'problem')}`, {
      exitCode: 2,
      problems: seeds.problems,
    })
  }
  const sources = chooseSources(seeds.sources, {
    tags: splitCommas(flags.tags) ?? [],
    names: splitCommas(flags.sources) ?? [],
  })
  const roots = await openSourceRoots(projectDir, flags.data ?? null, process.env).catch(
    storageFails,
  )
  if (sources.length === 0) {
    process.stdout.write(`no sources: ${SEEDS_FILE} declares none\n`)
    return
  }
  const acquired = await acquireDatabase({
    projectDir,
    env: process.env,
    maxConnections: 1,
    what: 'dataform seed',
    ...(flags.credentials === undefined ? {} : { credentialsFile: flags.credentials }),
    onProgress: (message) => process.stderr.write(`${message}\n`),
  })
  try {
    const { database } = acquired
    if (flags.status) await printStatus(database, sources, roots)
    else if (flags.retryRejects) await retryAndPrint(database, sources)
    else await load(database, sources, roots, flags.verify)
  } finally {
    await acquired.release()
  }
}

/** A storage that can't be read ends the command. */
function storageFails(error: unknown): never {
  if (!(error instanceof StorageError)) throw error
  throw new CommandError(error.message, { hint: error.hint })
}

async function load(
  database: Database,
  sources: readonly SeedSource[],
  roots: SourceRoots,
  verify: boolean,
): Promise<void> {
  const work = async (signal: AbortSignal): Promise<void> => {
    for (const source of sources) {
      if (signal.aborted) break
      await loadOne(database, source, { dataRoot: roots[source.root], verify, signal })
    }
    if (signal.aborted) process.exitCode = 1
  }
  await withInterrupt(work, () => {
    process.stderr.write('\nstopping: the file at work is rolled back\n')
    database.cancelRunning().catch(() => undefined)
  })
}

async function loadOne(
  database: Database,
  source: SeedSource,
  options: { readonly dataRoot: DataRoot; readonly verify: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const startedAt = performance.now()
  const progress = progressLine()
  try {
    const result = await loadSource(database, source, {
      ...options,
      onProgress: (done) => {
        progress.show(progressText(done, startedAt))
      },
      onWarning: (message) => {
        progress.clear()
        process.stderr.write(`${errColor.yellow('warn')} ${message}\n`)
      },
    })
    progress.clear()
    const fresh = result.files.filter((file) => file.status !== 'unchanged')
    for (const file of fresh) process.stdout.write(`${fileLine(file)}\n`)
    const unchanged = result.files.length - fresh.length
    const parts = [
      plural(result.rowsLoaded, 'row'),
      ...(result.linesRejected === 0
        ? []
        : [outColor.yellow(`${plural(result.linesRejected, 'line')} rejected`)]),
      plural(fresh.length, 'file'),
      ...(unchanged === 0 ? [] : [`${formatCount(unchanged)} unchanged`]),
      formatDuration(performance.now() - startedAt),
    ]
    process.stdout.write(`${outColor.bold(source.name)}: ${parts.join(', ')}\n`)
    if (result.failure === undefined) return
    process.stdout.write(`${renderFailure(result.failure, outColor)}\n`)
    process.exitCode = 1
  } catch (error) {
    progress.clear()
    const failure = readDatabaseError(error)
    if (failure === undefined) throw error
    throw new CommandError(`source "${source.name}" was not loaded: ${failure.message}`, {
      ...(failure.hint === undefined ? {} : { hint: failure.hint }),
      cause: error,
    })
  }
}

function fileLine(file: LoadedFile): string {
  const rejected =
    file.linesRejected === 0
      ? ''
      : `, ${outColor.yellow(`${formatCount(file.linesRejected)} rejected`)}`
  switch (file.status) {
    case 'loaded':
    case 'changed': {
      const again = file.status === 'changed' ? ' (changed, loaded again)' : ''
      return `  ${file.path}  ${plural(file.rowsLoaded, 'row')}${rejected}${again}`
    }
    case 'skipped-being-written':
      return `  ${file.path}  ${outColor.yellow('skipped: it is being written')}`
    case 'failed':
      return `  ${file.path}  ${outColor.red('failed')}`
    case 'removed':
      return `  ${file.path}  removed: it is gone`
    case 'unchanged':
      return `  ${file.path}  unchanged`
  }
}

/** What is done of a load, in one line, with an estimate of what is left. */
function progressText({ fraction, message, rowsLoaded }: LoadProgress, startedAt: number): string {
  // The first percents tell little about the rest.
  const timeLeft =
    fraction < 0.03 || fraction === 1
      ? ''
      : `, ${formatDuration(((performance.now() - startedAt) / fraction) * (1 - fraction))} left:`
  const percent = `${Math.floor(fraction * 100)}%`.padStart(4)
  return `${percent}${timeLeft} ${message} ${plural(rowsLoaded, 'row')}`
}

async function printStatus(
  database: Database,
  sources: readonly SeedSource[],
  roots: SourceRoots,
): Promise<void> {
  const states = await database
    .withSession((session) => readSourceStatus(session, sources, roots))
    .catch(storageFails)
  if (states.length === 0) {
    process.stdout.write('no files: nothing was loaded, and nothing is there to be loaded\n')
    return
  }
  const table = renderTable(
    [
      { name: 'source' },
      { name: 'file' },
      { name: 'state' },
      { name: 'rows', align: 'right' },
      { name: 'rejected', align: 'right' },
      { name: 'load', align: 'right' },
      { name: 'loaded at' },
    ],
    states.map(statusRow),
    { width: process.stdout.isTTY ? process.stdout.columns : Infinity, nullText: '' },
  )
  process.stdout.write(`${table}\n`)
}

function statusRow({ source, path, state, load }: FileState): readonly (string | null)[] {
  return [
    source,
    path,
    state,
    load === null ? null : formatCount(load.rowsLoaded),
    load === null ? null : formatCount(load.linesRejected),
    load === null ? null : String(load.loadId),
    load === null ? null : load.loadedAt.toISOString().replace('T', ' ').replace(/\..*/, ' UTC'),
  ]
}

/** `dataform seed [project-dir]`. */
export const seedCommand: CommandModule<object, SeedFlags> = {
  command: 'seed [project-dir]',
  describe: "Load the sources' new files.",
  builder: (yargs) => withSeedFlags(yargs),
  handler: seed,
}
