/**
 * A project in a temporary folder for tests of the compiler, which need neither a server nor packages.
 */
import { mkdtempSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A temporary project. */
export interface ProjectFolder {
  readonly dir: string
  write(files: Readonly<Record<string, string>>): void
  remove(): void
}

const SETTINGS = JSON.stringify({
  warehouse: 'postgres',
  defaultSchema: 'dw',
  assertionSchema: 'checks',
})

/** Makes a project of files (path -> text); it is PostgreSQL's unless `dataform.json` says otherwise. */
export function projectFolder(files: Readonly<Record<string, string>> = {}): ProjectFolder {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'dataform-compile-')))
  const write = (more: Readonly<Record<string, string>>): void => {
    for (const [path, text] of Object.entries(more)) {
      mkdirSync(dirname(join(dir, path)), { recursive: true })
      writeFileSync(join(dir, path), text)
    }
  }
  write('workflow_settings.yaml' in files ? files : { 'dataform.json': SETTINGS, ...files })
  return {
    dir,
    write,
    remove: () => {
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
