import { readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { CommandError } from '../failure/types.js'

/** Path of a domain's manifest: beside its folder, where no source pattern of the domain matches. */
export function manifestPath(out: string, domain: string): string {
  return join(out, `manifest-${domain}.json`)
}

/** Writes a domain's manifest. @returns its path */
export async function writeManifest(
  out: string,
  domain: string,
  manifest: object,
): Promise<string> {
  const path = manifestPath(out, domain)
  await writeFile(path, `${JSON.stringify(manifest, null, 2)}\n`)
  return path
}

/**
 * Removes the files of an earlier generation, so that nothing of it is loaded with the new ones.
 * Only files that the earlier manifest names are touched.
 * @throws CommandError (exit code 2) if the domain's folder holds anything else
 */
export async function clearEarlierOutput(out: string, domain: string): Promise<void> {
  const path = manifestPath(out, domain)
  const known = new Set(await filesOfManifest(path))
  const present = await filesBelow(out, domain)
  const foreign = present.filter((file) => !known.has(file))
  if (foreign.length > 0) {
    const others = foreign.length > 3 ? ` and ${foreign.length - 3} more` : ''
    throw new CommandError(
      `${join(out, domain)} holds files that an earlier generation didn't write: ${foreign.slice(0, 3).join(', ')}${others}`,
      { exitCode: 2, hint: 'Choose another folder with --out, or remove those files first.' },
    )
  }
  for (const file of present) await rm(join(out, file))
  await rm(path, { force: true })
}

async function filesBelow(out: string, domain: string): Promise<readonly string[]> {
  const entries = await readdir(join(out, domain), { recursive: true, withFileTypes: true }).catch(
    (error: unknown) => {
      if (isMissing(error)) return []
      throw error
    },
  )
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(out, sep).length))
    .map((file) => file.split(sep).join('/'))
    .sort()
}

async function filesOfManifest(path: string): Promise<readonly string[]> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
  let manifest: unknown
  try {
    manifest = JSON.parse(text)
  } catch {
    return []
  }
  const files =
    typeof manifest === 'object' && manifest !== null && 'files' in manifest ? manifest.files : []
  if (!Array.isArray(files)) return []
  return files.flatMap((file: unknown) =>
    typeof file === 'object' && file !== null && 'path' in file && typeof file.path === 'string'
      ? [file.path]
      : [],
  )
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
