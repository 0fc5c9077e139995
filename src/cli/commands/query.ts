/**
 * `dataform query`: any SQL on the project's database, results to look at or to pass on.
 */
import { Ansis } from 'ansis'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Argv, CommandModule } from 'yargs'
import { renderSpot } from '../../failure/render-spot.js'
import { spotOfOffset } from '../../failure/source-spot.js'
import { CommandError } from '../../failure/types.js'
import { acquireDatabase } from '../../postgres/acquire.js'
import {
  offsetOfPosition,
  readDatabaseError,
  sqlstate,
  type DatabaseError,
} from '../../postgres/errors.js'
import { withInterrupt } from '../interrupt.js'
import { resultFormats, resultPrinter, type ResultFormat } from '../result-format.js'

interface QueryFlags {
  readonly sql: string | undefined
  readonly format: ResultFormat
  readonly limit: number
  readonly projectDir: string
  readonly credentials: string | undefined
}

const DEFAULT_ROWS = 1000

/** `dataform query "<sql>"`. */
export const queryCommand: CommandModule<object, QueryFlags> = {
  command: 'query [sql]',
  describe: 'Run SQL and print what it gives.',
  builder: (yargs) =>
    (yargs as Argv)
      .positional('sql', {
        type: 'string',
        describe:
          'One or several statements; without, or with -, they are read from standard input.',
      })
      .option('format', {
        choices: resultFormats,
        default: 'table' as const,
        describe: 'csv: a header, nothing for NULL; json: an array of objects, numbers exact.',
      })
      .option('limit', {
        type: 'number',
        default: DEFAULT_ROWS,
        describe: 'Most rows of a table; 0 for all. csv and json always have all.',
      })
      .option('project-dir', { type: 'string', default: '.', describe: "The project's folder." })
      .option('credentials', {
        type: 'string',
        describe: 'File with the connection, instead of .df-credentials.json.',
      })
      .example('$0 query "select * from media.agg_daily_users order by date"', 'look at a table')
      .example(
        '$0 query --format csv - < report.sql > report.csv',
        'pass rows on',
      ) as unknown as Argv<QueryFlags>,
  handler: query,
}

async function query(flags: QueryFlags): Promise<void> {
  const sql = await readSql(flags.sql)
  await withInterrupt(
    (signal) => runQuery(sql, flags, signal),
    () => process.stderr.write('\ncancelling\n'),
  )
}

/** yargs gives an empty text for a lone `-`. */
async function readSql(given: string | undefined): Promise<string> {
  const isGiven = given !== undefined && given !== '' && given !== '-'
  const sql = isGiven ? given : process.stdin.isTTY ? '' : await text(process.stdin)
  if (sql.trim() !== '') return sql
  throw new CommandError('There is no SQL to run.', {
    exitCode: 2,
    hint: 'Give it as an argument, or on standard input: dataform query - < file.sql',
  })
}

async function runQuery(sql: string, flags: QueryFlags, signal: AbortSignal): Promise<void> {
  const { database, release } = await acquireDatabase({
    projectDir: resolve(flags.projectDir),
    ...(flags.credentials !== undefined && { credentialsFile: flags.credentials }),
    env: process.env,
    maxConnections: 1,
    what: 'dataform query',
    onProgress: remark,
    onNotice: (notice) => {
      remark(`${notice.severity}: ${notice.message}`)
    },
  })
  const printer = resultPrinter(flags.format, {
    out: process.stdout,
    remark: flags.format === 'table' ? (line) => process.stdout.write(`${line}\n`) : remark,
    width: process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY,
    maxTableRows: flags.limit === 0 ? Number.POSITIVE_INFINITY : flags.limit,
  })
  // A reader that has seen enough (`| head`) is no failure, but nothing more need be computed for it.
  const reader = { isGone: false }
  const cancel = (): void => void database.cancelRunning().catch(() => undefined)
  process.stdout.on('error', () => {
    reader.isGone = true
    cancel()
  })
  signal.addEventListener('abort', cancel)
  try {
    if (signal.aborted) throw new CommandError('The statement was cancelled.')
    await database.withSession((session) => session.stream(sql, printer))
  } catch (error) {
    const failure = readDatabaseError(error)
    if (failure === undefined) throw error
    if (!reader.isGone) throw queryError(failure, sql, signal)
  } finally {
    signal.removeEventListener('abort', cancel)
    printer.end()
    await release()
  }
}

function remark(line: string): void {
  process.stderr.write(`${line}\n`)
}

function queryError(failure: DatabaseError, sql: string, signal: AbortSignal): CommandError {
  if (failure.sqlstate === sqlstate.queryCanceled && signal.aborted) {
    return new CommandError('The statement was cancelled.')
  }
  const code = failure.sqlstate === undefined ? '' : ` (${failure.sqlstate})`
  const message = `${failure.message}${code}`
  const located =
    failure.position === undefined
      ? message
      : renderSpot(
          spotOfOffset('query', sql, offsetOfPosition(sql, failure.position)),
          message,
          new Ansis(0),
        )
  const lines = [located, ...(failure.detail === undefined ? [] : [failure.detail])]
  return new CommandError(
    lines.join('\n'),
    failure.hint === undefined ? {} : { hint: failure.hint },
  )
}
