import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CommandError } from '../failure/types.js'
import type { SourceRoot } from './declaration.js'
import { LocalFolder } from './storage/local.js'
import type { DataRoot } from './storage/types.js'

/** The places that the sources' paths start from, by what a source declares. */
export type SourceRoots = Readonly<Record<SourceRoot, DataRoot>>

/**
 * Opens the places that the sources' paths start from.
 * @param given the `--data` flag, which moves the data root alone
 * @throws as `openDataRoot` does
 */
export async function openSourceRoots(
  projectDir: string,
  given: string | null,
  env: Readonly<Record<string, string | undefined>>,
): Promise<SourceRoots> {
  return {
    data: await openDataRoot(projectDir, given, env),
    project: await openDataRoot(projectDir, null, env),
  }
}

/**
 * The place that `--data` names.
 * @param given the `--data` flag: a folder (from the current one) or `s3://bucket/prefix`; null for the project's
 *   `seeds/`
 * @param env where a storage's credentials are looked for
 * @throws CommandError (exit code 2) if what is given is not there; a project may well have no `seeds/`. StorageError if
 *   that can't be known
 */
async function openDataRoot(
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
