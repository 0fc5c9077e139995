/** A domain built by the real command from files that `dataform generate` made, and what its manifest promises. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { createTestDatabase, type TestDatabase } from './database.js'
import { startCommand } from './project.js'
import { projectDir } from './warehouse.js'

/** Figures by name. */
export type Counts = Readonly<Record<string, number>>

/** What the tests read of a manifest. */
interface Manifest<Expected> {
  readonly arguments: { readonly end: string }
  readonly expected: Expected
  readonly dirt: { readonly kinds: Readonly<Record<string, unknown>> }
}

/** What was made and built. */
export interface Generated<Expected> {
  readonly db: TestDatabase
  /** What the generator says that a warehouse has to find. */
  readonly expected: Expected
  /** The kinds of dirt that the manifest names. */
  readonly kinds: readonly string[]
  /** What the run printed. */
  readonly output: string
  /** What a query of the columns `name` and `n` gives. */
  counts(sql: string): Promise<Counts>
  remove(): Promise<void>
}

/** Runs the command, which has to succeed. @returns what it printed */
async function command(args: readonly string[], env?: Readonly<Record<string, string>>) {
  const outcome = await startCommand(projectDir, args, env).ended
  expect(outcome, outcome.stdout + outcome.stderr).toMatchObject({ code: 0 })
  return outcome.stdout
}

/** Makes files. @returns their data root, a new folder that the caller removes */
export async function generatedFiles(domain: string, flags: string): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'dataform-generated-'))
  await command(['generate', domain, ...flags.split(' '), '--out', root])
  return root
}

/**
 * Makes files, and runs the domain on them.
 * @param vars the variable that says as of which day, with its value: that of the last day unless the domain has another
 */
export async function generated<Expected>(
  domain: string,
  flags: string,
  vars = (manifest: Manifest<Expected>) => `as_of=${manifest.arguments.end}`,
): Promise<Generated<Expected>> {
  const db = await createTestDatabase()
  const root = await generatedFiles(domain, flags)
  const manifest = JSON.parse(
    readFileSync(join(root, `manifest-${domain}.json`), 'utf8'),
  ) as Manifest<Expected>
  const output = await command(
    ['run', '--data', root, '--tags', domain, '--vars', vars(manifest)],
    { DATABASE_URL: db.url },
  )
  return {
    db,
    expected: manifest.expected,
    kinds: Object.keys(manifest.dirt.kinds),
    output,
    counts: async (sql) =>
      Object.fromEntries((await db.rows(sql)).map(({ name, n }) => [String(name), Number(n)])),
    remove: async () => {
      await db.drop()
      rmSync(root, { recursive: true, force: true })
    },
  }
}
