/**
 * The `dataform` command as a function of its arguments.
 */
import yargs from 'yargs'
import type { CommandModule } from 'yargs'
import { errColor } from './color.js'
import { CommandError } from '../failure/types.js'
import { packageVersion } from '../package-root.js'
import { handOver, isStockProject } from './hand-over.js'

/** Commands by name, loaded when they are called: starting quickly is part of compiling quickly. */
const COMMANDS: Readonly<Record<string, () => Promise<CommandModule>>> = {
  run: async () => (await import('./commands/run.js')).runCommand as unknown as CommandModule,
  compile: async () =>
    (await import('./commands/compile.js')).compileCommand as unknown as CommandModule,
  test: async () => (await import('./commands/test.js')).testCommand as unknown as CommandModule,
  seed: async () => (await import('./commands/seed.js')).seedCommand as unknown as CommandModule,
  query: async () => (await import('./commands/query.js')).queryCommand as unknown as CommandModule,
  export: async () =>
    (await import('./commands/export.js')).exportCommand as unknown as CommandModule,
  db: async () => (await import('./commands/db.js')).dbCommand,
  generate: async () => (await import('./commands/generate.js')).generateCommand,
}

/** Commands of the stock CLI that have no counterpart here for PostgreSQL projects. */
const STOCK_ONLY = ['init', 'install', 'init-creds', 'format']

/**
 * Runs the command line.
 * @param args without node and the script
 * @returns the exit code: 0, 1 (something failed), 2 (wrong use or compilation problems)
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const asked = args[0] === 'help' ? args[1] : args[0]
    if (
      asked !== undefined &&
      (STOCK_ONLY.includes(asked) || isRunner(asked)) &&
      (await isStockProject(args))
    )
      return await handOver(args)
    if (asked !== undefined && STOCK_ONLY.includes(asked)) throw stockOnly(asked)
    await parse(args[0] === 'help' ? [...args.slice(1), '--help'] : args, asked)
    return Number(process.exitCode ?? 0)
  } catch (error) {
    return await report(error)
  }
}

const isRunner = (name: string): boolean => name === 'run' || name === 'test'

function stockOnly(name: string): CommandError {
  return new CommandError(`\`dataform ${name}\` does not exist for PostgreSQL projects`, {
    exitCode: 2,
    hint:
      name === 'install'
        ? 'Run `npm ci` or `npm install` in the project.'
        : 'It is there for projects whose warehouse is bigquery.',
  })
}

async function parse(args: readonly string[], asked: string | undefined): Promise<void> {
  const known = asked === undefined ? undefined : COMMANDS[asked]
  const modules =
    known === undefined
      ? await Promise.all(Object.values(COMMANDS).map((load) => load()))
      : [await known()]
  let parser = yargs([...args])
    .scriptName('dataform')
    .usage('$0 <command> [project-dir]\n\nRuns Dataform projects on PostgreSQL.')
    .version(packageVersion())
    .help()
    .strict()
    .recommendCommands()
    .demandCommand(1, 'Say which command to run.')
    .wrap(Math.min(100, process.stdout.columns || 80))
    .parserConfiguration({ 'duplicate-arguments-array': true })
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      // What is wrong with the arguments comes as a message, or as an error of the parser's own.
      const isUse = error === undefined || error.name === 'YError'
      throw isUse
        ? new CommandError(message ?? error?.message ?? 'wrong use', {
            exitCode: 2,
            hint: 'See `dataform --help`.',
          })
        : error
    })
  for (const module of modules) {
    const handler = (flags: Parameters<typeof module.handler>[0]): never => {
      throw new Parsed(() => module.handler(flags))
    }
    parser = parser.command({ ...module, handler })
  }
  try {
    await parser.parseAsync()
  } catch (error) {
    if (!(error instanceof Parsed)) throw error
    await error.work()
  }
}

/**
 * A command line that was understood, thrown by the command's handler: were the handler to return, yargs would lay out the
 * command's help, in case it is wanted later, which takes as long as compiling a small project.
 */
class Parsed extends Error {
  readonly work: () => void | Promise<void>

  constructor(work: () => void | Promise<void>) {
    super('the command line is understood')
    this.work = work
  }
}

async function report(error: unknown): Promise<number> {
  if (!(error instanceof CommandError)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
    process.stderr.write(`${errColor.red('This is a bug in dataform:')}\n${stack}\n`)
    return 1
  }
  if (error.problems.length > 0) {
    const { renderProblem } = await import('../failure/render.js')
    for (const problem of error.problems)
      process.stderr.write(`${renderProblem(problem, errColor)}\n\n`)
  }
  process.stderr.write(`${errColor.red('error')} ${error.message}\n`)
  if (error.hint !== undefined && error.problems.length === 0)
    process.stderr.write(`${error.hint}\n`)
  return error.exitCode
}
