import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CommandError } from '../failure/types.js'
import { LocalFolder } from './storage/local.js'
import type { DataRoot } from './storage/types.js'

/**
 * The place that the sources' paths start from.
 * @param given the `--data` flag: a folder (from the current one) or `s3://bucket/prefix`; null for the project's
 *   `seeds/`
 * @param env where a storage's credentials are looked for
 * @throws CommandError (exit code 2) if what is given is not there; a project may well have no `seeds/`. StorageError if
 *   that can't be known
 */
export async function openDataRoot(
  projectDir: string,
  given: string | null,
  env: Readonly<Record<string, string | undefined>>,
): Promise<DataRoot> {
  if (given === null) return new LocalFolder(join(projectDir, 'seeds'))
  // Loaded when it is needed: few runs do.
  if (given.startsWith('s3://'))
    return (await import('./storage/s3/root.js')).openS3Prefix(given, env)
  const root = resolve(given)
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() === true)
    return new LocalFolder(root)
  throw new CommandError(`the data folder ${given} does not exist`, {
    exitCode: 2,
    hint: 'Give --data a folder that holds the files of the sources.',
  })
}
