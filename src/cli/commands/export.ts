/**
 * `dataform export`: tables and views of the project into files, for people and programs that have no database.
 */
import { relative, resolve } from 'node:path'
import type { Argv, CommandModule } from 'yargs'
import { compileProject } from '../../compile/compile-project.js'
import {
  EXPORT_FORMATS,
  exportActions,
  hasRows,
  type ExportFormat,
} from '../../export/export-actions.js'
import { CommandError } from '../../failure/types.js'
import { targetKey } from '../../graph/target.js'
import { acquireDatabase } from '../../postgres/acquire.js'
import { readDatabaseError } from '../../postgres/errors.js'
import { formatCount, plural } from '../../report/format.js'
import { compileAndSelect, type SelectedProject } from '../../run/compile-and-select.js'
import { splitCommas } from '../flags.js'
import { progressLine } from '../progress-line.js'
import { withInterrupt } from '../interrupt.js'

interface ExportFlags {
  readonly action: readonly string[]
  readonly tags: readonly string[] | undefined
  readonly format: ExportFormat
  readonly out: string
  readonly partitionBy: string | undefined
  readonly escapeFormulas: boolean
  readonly projectDir: string
  readonly credentials: string | undefined
}

/** `dataform export <action...>`. */
export const exportCommand: CommandModule<object, ExportFlags> = {
  command: 'export [action..]',
  describe: 'Write tables and views into files.',
  builder: (yargs) =>
    (yargs as Argv)
      .positional('action', {
        type: 'string',
        array: true,
        default: [],
        describe: 'Names of actions, schema.name, or patterns with *.',
      })
      .option('tags', { type: 'array', describe: 'Tags of actions to export.' })
      .option('format', {
        choices: EXPORT_FORMATS,
        demandOption: true,
        describe: 'csv: a header, nothing for NULL; ndjson: an object a line; parquet: typed.',
      })
      .option('out', { type: 'string', demandOption: true, describe: 'Folder for the files.' })
      .option('partition-by', {
        type: 'string',
        describe: 'A column: one file for each of its values, in folders column=value.',
      })
      .option('escape-formulas', {
        type: 'boolean',
        default: false,
        describe: "CSV for spreadsheets: text that they would run as a formula gets a ' before it.",
      })
      .option('project-dir', { type: 'string', default: '.', describe: "The project's folder." })
      .option('credentials', {
        type: 'string',
        describe: 'File with the connection, instead of .df-credentials.json.',
      })
      .check(checkFlags)
      .example('$0 export social.rpt_user_report --format csv --out reports', 'one report')
      .example(
        "$0 export 'media.agg_*' --format parquet --out lake --partition-by date",
        'a folder a day',
      ) as unknown as Argv<ExportFlags>,
  handler: exportFiles,
}

function checkFlags(flags: Record<string, unknown>): boolean {
  const { action, tags, format, escapeFormulas, out } = flags as unknown as ExportFlags
  const wrong = (message: string): never => {
    throw new CommandError(message, { exitCode: 2, hint: 'See `dataform export --help`.' })
  }
  if (action.length === 0 && (splitCommas(tags) ?? []).length === 0)
    wrong('Say what to export: names of actions, or --tags.')
  if (escapeFormulas && format !== 'csv') wrong('--escape-formulas is for --format csv')
  if (out === '') wrong('--out is empty')
  return true
}

async function exportFiles(flags: ExportFlags): Promise<void> {
  const projectDir = resolve(flags.projectDir)
  const selected = await compileAndSelect(
    {
      projectDir,
      selection: {
        actions: splitCommas(flags.action) ?? [],
        tags: splitCommas(flags.tags) ?? [],
        includeDependencies: false,
        includeDependents: false,
      },
    },
    compileProject({ projectDir, overrides: {} }),
  )
  if (!selected.actions.some(hasRows))
    throw new CommandError('nothing to export: what was chosen builds no table or view', {
      exitCode: 2,
      hint: `Chosen: ${selected.actions.map((action) => targetKey(action.target)).join(', ')}.`,
    })
  await withInterrupt(
    (signal) => run(flags, projectDir, selected, signal),
    () => process.stderr.write('\nstopping: nothing is written\n'),
  )
}

async function run(
  flags: ExportFlags,
  projectDir: string,
  { actions, graph }: SelectedProject,
  signal: AbortSignal,
): Promise<void> {
  const { database, release } = await acquireDatabase({
    projectDir,
    ...(flags.credentials !== undefined && { credentialsFile: flags.credentials }),
    env: process.env,
    maxConnections: 1,
    what: 'dataform export',
    onProgress: (line) => process.stderr.write(`${line}\n`),
  })
  const cancel = (): void => void database.cancelRunning().catch(() => undefined)
  signal.addEventListener('abort', cancel)
  const progress = progressLine()
  try {
    const files = await exportActions(database, {
      actions,
      allActions: graph.actions,
      format: flags.format,
      out: resolve(flags.out),
      partitionBy: flags.partitionBy ?? null,
      escapeFormulas: flags.escapeFormulas,
      signal,
      onProgress: (action, rows) => {
        progress.show(`${action} ${plural(rows, 'row')}`)
      },
    })
    progress.clear()
    for (const { path, rows, bytes } of files)
      process.stdout.write(
        `${relative(process.cwd(), path)}  ${plural(rows, 'row')}  ${formatCount(bytes)} bytes\n`,
      )
    if (files.length === 0) process.stdout.write('no rows, so no partitions: no file was written\n')
  } catch (error) {
    progress.clear()
    throw exportError(error, signal)
  } finally {
    signal.removeEventListener('abort', cancel)
    await release()
  }
}

function exportError(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return new CommandError('The export was cancelled; nothing was written.')
  const failure = readDatabaseError(error)
  if (failure !== undefined) {
    const isInfinite = failure.message.includes('infinit')
    return new CommandError(`the rows can't be read: ${failure.message}`, {
      ...(isInfinite
        ? { hint: 'Parquet has no date or time of infinity: export a view without them, or CSV.' }
        : failure.hint === undefined
          ? {}
          : { hint: failure.hint }),
      cause: error,
    })
  }
  const { syscall, message } = error as NodeJS.ErrnoException
  return syscall === undefined
    ? error
    : new CommandError(`the files can't be written: ${message}`, { cause: error })
}
