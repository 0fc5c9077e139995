/**
 * Finding and reading the project's files, in the compile host.
 */
import { readdirSync, readFile, statSync, type Stats } from 'node:fs'
import { join } from 'node:path'

/** What the host may not read is not there, for it; the permission model throws even where nothing is. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** True if there is a file that may be read. */
export function isFile(path: string): boolean {
  return statOf(path)?.isFile() ?? false
}

/** True if there is a folder that may be read. */
export function isFolder(path: string): boolean {
  return statOf(path)?.isDirectory() ?? false
}

/**
 * Lists the files under the given folders as core wants them: paths from the root, with a dot in the name,
 * nothing hidden. A linked folder is followed at the top level only, as the stock command does.
 * @param folders top-level folders; those that are missing are passed over
 */
export function listProjectFiles(
  projectDir: string,
  folders: readonly string[],
): readonly string[] {
  const files: string[] = []
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(projectDir, folder), { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory()) visit(path)
      else if (
        entry.name.includes('.') &&
        !(entry.isSymbolicLink() && isFolder(join(projectDir, path)))
      )
        files.push(path)
    }
  }
  for (const folder of folders) if (isFolder(join(projectDir, folder))) visit(folder)
  return files
}

/** The top-level folders that the stock command looks into. */
export function topLevelFolders(projectDir: string): readonly string[] {
  return readdirSync(projectDir).filter(
    (name) => !name.startsWith('.') && name !== 'node_modules' && isFolder(join(projectDir, name)),
  )
}

/**
 * Reads files, all at once. With callbacks on purpose: for a thousand small files promises cost three times
 * as much as the reading itself.
 * @param paths absolute paths
 * @returns texts by path; a file that can't be read is missing, and is complained of when it is required
 */
export function readTexts(paths: readonly string[]): Promise<Map<string, string>> {
  const texts = new Map<string, string>()
  return new Promise((resolve) => {
    let left = paths.length
    if (left === 0) resolve(texts)
    for (const path of paths) {
      readFile(path, 'utf8', (error, text) => {
        if (error === null) texts.set(path, text)
        if (--left === 0) resolve(texts)
      })
    }
  })
}
