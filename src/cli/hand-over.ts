/**
 * Projects whose warehouse is BigQuery are run by the stock command, `@dataform/cli`, unchanged.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import yargs from 'yargs'
import { CommandError } from '../failure/types.js'
import { readProjectSettings } from '../project/settings.js'

/** Flags without a value; every other flag takes the argument after it. */
const BOOLEANS = [
  'check',
  'disable-assertions',
  'dry-run',
  'dot',
  'emit-lineage',
  'full-refresh',
  'help',
  'iceberg',
  'ignore-js-files',
  'include-dependents',
  'include-deps',
  'json',
  'output-include-dependents',
  'output-include-deps',
  'quiet',
  'run-tests',
  'test-connection',
  'verbose',
  'version',
  'watch',
]

const ARRAYS = ['actions', 'tags', 'output-actions', 'output-tags']

/** The project's folder in the arguments of a command: the one after the command's name, else `.`. */
export function projectDirOf(args: readonly string[]): string {
  const { _: positional } = yargs()
    .help(false)
    .version(false)
    .exitProcess(false)
    .boolean(BOOLEANS)
    .array(ARRAYS)
    .parseSync([...args])
  const words = positional[0] === 'help' ? positional.slice(1) : positional
  return String(words[1] ?? '.')
}

/**
 * True if the arguments are about a project whose warehouse is BigQuery.
 * @param args the command line without node and the script
 * @throws CommandError (exit code 2) if the project file can't be parsed
 */
export async function isStockProject(args: readonly string[]): Promise<boolean> {
  const folder = resolve(projectDirOf(args))
  const files = ['dataform.json', 'workflow_settings.yaml']
  if (!files.some((file) => existsSync(join(folder, file)))) return false
  return (await readProjectSettings(folder)).warehouse === 'bigquery'
}

/** The stock command that the project has installed, else the one beside this program. */
function stockCommand(projectDir: string): string | undefined {
  for (const from of [join(resolve(projectDir), 'index.js'), import.meta.url]) {
    try {
      return createRequire(from).resolve('@dataform/cli/bundle.js')
    } catch {
      // Not installed there; the next place.
    }
  }
  return undefined
}

/**
 * Runs the stock command with the same arguments, on the same terminal.
 * @param args the command line without node and the script
 * @returns its exit code
 * @throws CommandError (exit code 2) if it is not installed
 */
export async function handOver(args: readonly string[]): Promise<number> {
  const command = stockCommand(projectDirOf(args))
  if (command === undefined) {
    throw new CommandError(
      'the warehouse of this project is bigquery, and @dataform/cli is missing',
      {
        exitCode: 2,
        hint:
          'install it in the project: npm install --save-dev @dataform/cli@3 ' +
          '(or set "warehouse": "postgres" in dataform.json)',
      },
    )
  }
  const child = spawn(process.execPath, [command, ...args], { stdio: 'inherit' })
  // A terminal sends Ctrl-C to both; the stock command decides what comes of it.
  const leaveIt = (): void => undefined
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal)
  process.on('SIGINT', leaveIt).on('SIGTERM', forward)
  try {
    return await new Promise<number>((done, fail) => {
      child.once('error', fail)
      child.once('close', (code) => {
        done(code ?? 1)
      })
    })
  } finally {
    process.off('SIGINT', leaveIt).off('SIGTERM', forward)
  }
}
