import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CommandError } from '../failure/types.js'

/**
 * The folder that the sources' paths start from.
 * @param given the `--data` flag (from the current folder), or null for the project's `seeds/`
 * @throws CommandError (exit code 2) if the given folder is not there; a project may well have no `seeds/`
 */
export function resolveDataRoot(projectDir: string, given: string | null): string {
  if (given === null) return join(projectDir, 'seeds')
  const root = resolve(given)
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() === true) return root
  throw new CommandError(`the data folder ${given} does not exist`, {
    exitCode: 2,
    hint: 'Give --data a folder that holds the files of the sources.',
  })
}
