/**
 * Domains of this repository's warehouse, built without the command: the compiled models are executed on a test
 * database whose raw tables the tests fill.
 */
import { join } from 'node:path'
import { expect } from 'vitest'
import { compileProject } from '../../src/compile/compile-project.js'
import type { Action } from '../../src/graph/types.js'
import { readSeeds } from '../../src/seed/declaration.js'
import { ensureRawTable } from '../../src/seed/raw-table.js'
import type { TestDatabase } from './database.js'
import { runActions } from './run-actions.js'

/** The repository: it is a Dataform project itself. */
export const projectDir = join(import.meta.dirname, '..', '..')

/** What a test may set of a domain. */
export interface DomainOptions {
  /** Variables that differ from those of `dataform.json`. */
  readonly vars: Readonly<Record<string, string>>
  /** Whether to have the calendar too: it takes longer to build than all the rest of a small warehouse. */
  readonly calendar: boolean
}

/** A domain's actions, without the loads. */
export async function domainActions(
  domain: string,
  options: DomainOptions,
): Promise<readonly Action[]> {
  const compiled = await compileProject({ projectDir, overrides: { vars: options.vars } })
  if (!compiled.ok) throw new Error(compiled.problems.map((each) => each.message).join('\n'))
  return compiled.graph.actions.filter(
    (action) =>
      action.tags.includes(domain) &&
      action.type !== 'declaration' &&
      action.type !== 'load' &&
      (options.calendar || !/dim_(date|time)/.test(action.target.name)),
  )
}

/**
 * Executes actions.
 * @throws Error if one does not succeed
 */
export async function buildActions(
  db: TestDatabase,
  actions: readonly Action[],
  options: { readonly asOf: string; readonly fullRefresh?: boolean },
): Promise<void> {
  const report = await runActions(db, actions, options)
  const failed = report.results.filter((result) => result.status !== 'succeeded')
  if (failed.length > 0) throw new Error(JSON.stringify(failed, null, 2))
}

/** The tables that the loader makes for a domain, as seeds.yaml has them. */
export async function createRawTablesOf(db: TestDatabase, domain: string): Promise<void> {
  const seeds = await readSeeds(projectDir)
  if (!seeds.ok) throw new Error('seeds.yaml does not parse')
  await db.database.withSession(async (session) => {
    for (const source of seeds.sources)
      if (source.name.startsWith(`${domain}_`)) {
        const failure = await ensureRawTable(session, source)
        if (failure !== null) throw new Error(JSON.stringify(failure))
      }
  })
}

/** A file of a raw table. */
export interface RawFile {
  /** The raw table, without its schema. */
  readonly table: string
  readonly path: string
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  /** The day of a full extract. */
  readonly day?: string
}

/** Inserts a file's rows as a load would, on a day at noon. */
export async function insertFile(
  db: TestDatabase,
  loadId: number,
  file: RawFile,
  loadDay: string,
): Promise<void> {
  const table = `raw.${file.table}`
  const origin = {
    _file: file.path,
    _load_id: loadId,
    _loaded_at: `${loadDay}T12:00:00Z`,
    ...(file.day === undefined ? {} : { _extract_date: file.day }),
  }
  const rows = file.rows.map((row, index) => ({ ...row, ...origin, _line: index + 1 }))
  await db.rows(`insert into ${table} select * from jsonb_populate_recordset(null::${table}, $1)`, [
    JSON.stringify(rows),
  ])
}

/** Tables by name, each with its rows as text. */
export type Tables = Readonly<Record<string, readonly string[]>>

/** Every table of a domain (and of `shared`) with its rows as text, sorted. */
export async function contentsOf(db: TestDatabase, domain: string): Promise<Tables> {
  return eachTable(db, domain, 'row_text', 'row_text')
}

/** Every table of a domain (and of `shared`) with the place and version of each row. */
export async function versionsOf(db: TestDatabase, domain: string): Promise<Tables> {
  return eachTable(db, domain, `tableoid::text || ctid::text || xmin::text`, 'ctid')
}

/**
 * Checks that a second run writes nothing, and that what is there is what is there after a full refresh.
 * @param build the domain's models
 * @param more `fromNothing`: also what is there after the domain and `shared` were dropped and built again
 */
export async function expectSettled(
  db: TestDatabase,
  domain: string,
  build: (options?: { readonly fullRefresh?: boolean }) => Promise<void>,
  more: { readonly fromNothing?: boolean } = {},
): Promise<void> {
  const incremental = await contentsOf(db, domain)
  const before = await versionsOf(db, domain)
  await build()
  expect(await versionsOf(db, domain)).toEqual(before)

  await build({ fullRefresh: true })
  expect(incremental).toEqual(await contentsOf(db, domain))
  if (more.fromNothing !== true) return

  await db.rows(`drop schema ${domain}, shared cascade`)
  await build()
  expect(incremental).toEqual(await contentsOf(db, domain))
}

async function eachTable(
  db: TestDatabase,
  domain: string,
  expression: string,
  order: string,
): Promise<Tables> {
  const tables = await db.rows(
    `select schemaname || '.' || tablename as name
     from pg_tables
     where schemaname in ($1, 'shared') and tablename !~ '_p\\d+$'
     order by 1`,
    [domain],
  )
  const found: Record<string, readonly string[]> = {}
  for (const { name } of tables) {
    const rows = await db.rows(
      `select ${expression} as text
       from (select tableoid, ctid, xmin, rows::text as row_text from ${String(name)} as rows) as rows
       order by ${order}`,
    )
    found[String(name)] = rows.map((row) => String(row.text))
  }
  return found
}
