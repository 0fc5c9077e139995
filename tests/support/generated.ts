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

/** What was made and built. */
export interface Generated<Expected> {
  readonly db: TestDatabase
  /** What the generator says that a warehouse has to find. */
  readonly expected: Expected
  /** What a query of the columns `name` and `n` gives. */
  counts(sql: string): Promise<Counts>
  remove(): Promise<void>
}

/** Makes files, and runs the domain on them as of the last day. */
export async function generated<Expected>(
  domain: string,
  flags: string,
): Promise<Generated<Expected>> {
  const root = mkdtempSync(join(tmpdir(), 'dataform-generated-'))
  const db = await createTestDatabase()
  const command = async (...args: readonly string[]) => {
    const outcome = await startCommand(projectDir, args, { DATABASE_URL: db.url }).ended
    expect(outcome, outcome.stdout + outcome.stderr).toMatchObject({ code: 0 })
  }
  await command('generate', domain, ...flags.split(' '), '--out', root)
  const manifest = JSON.parse(readFileSync(join(root, `manifest-${domain}.json`), 'utf8')) as {
    readonly arguments: { readonly end: string }
    readonly expected: Expected
  }
  await command(
    ...['run', '--data', root, '--tags', domain, '--vars', `as_of=${manifest.arguments.end}`],
  )
  return {
    db,
    expected: manifest.expected,
    counts: async (sql) =>
      Object.fromEntries((await db.rows(sql)).map(({ name, n }) => [String(name), Number(n)])),
    remove: async () => {
      await db.drop()
      rmSync(root, { recursive: true, force: true })
    },
  }
}
