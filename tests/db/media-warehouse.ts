/**
 * The media domain of this repository's warehouse, built without the command: raw rows are inserted as a load
 * would leave them, and the compiled models are executed on a test database.
 */
import { join } from 'node:path'
import { compileProject } from '../../src/compile/compile-project.js'
import type { Action } from '../../src/graph/types.js'
import type { TestDatabase } from '../support/database.js'
import { runActions } from '../support/run-actions.js'

/** The repository: it is a Dataform project itself. */
export const projectDir = join(import.meta.dirname, '..', '..')

/** The day that the tests take for today. */
export const asOf = '2025-03-31'

/** A raw interaction: every field as text, NULL if it did not arrive. */
export interface RawInteraction {
  readonly user_id: string | null
  readonly timestamp: string | null
  readonly page_url: string | null
  readonly action: string | null
  readonly device_type: string | null
  readonly referrer: string | null
  readonly session_id: string | null
  readonly time_spent_seconds: string | null
  readonly scroll_depth: string | null
}

/** An interaction that nothing is wrong with, and nothing is special about. */
export const plainInteraction: RawInteraction = {
  user_id: 'user_1',
  timestamp: '2025-03-30T12:00:00Z',
  page_url: 'https://news.example.com/politics/article-1',
  action: 'page_view',
  device_type: 'desktop',
  referrer: null,
  session_id: null,
  time_spent_seconds: null,
  scroll_depth: null,
}

/** The media domain's actions, without the loads. */
export async function mediaActions(
  options: { readonly calendar: boolean } = { calendar: false },
): Promise<readonly Action[]> {
  const compiled = await compileProject({ projectDir, overrides: { vars: { as_of: asOf } } })
  if (!compiled.ok) throw new Error(compiled.problems.map((each) => each.message).join('\n'))
  return compiled.graph.actions.filter(
    (action) =>
      action.tags.includes('media') &&
      action.type !== 'declaration' &&
      // The calendar takes longer to build than all the rest of a small warehouse.
      (options.calendar || !/dim_(date|time)/.test(action.target.name)),
  )
}

/** The tables that the loader makes. */
export async function createRawTables(db: TestDatabase): Promise<void> {
  await db.rows('create schema raw')
  await db.rows(`create table raw.media_interactions (
    user_id text, "timestamp" text, page_url text, action text, device_type text, referrer text,
    session_id text, time_spent_seconds text, scroll_depth text,
    _extra jsonb, _file text, _line bigint, _load_id bigint, _loaded_at timestamptz
  )`)
}

/** Inserts a file's rows as a load would. */
export async function load(
  db: TestDatabase,
  loadId: number,
  rows: readonly RawInteraction[],
): Promise<void> {
  await db.rows(
    `insert into raw.media_interactions
     select fields.*, null, 'media/' || $1::bigint || '.ndjson', line, $1::bigint, timestamptz '${asOf} 12:00:00+00'
     from jsonb_array_elements($2::jsonb) with ordinality as rows (object, line),
       jsonb_to_record(object) as fields (
         user_id text, "timestamp" text, page_url text, action text, device_type text, referrer text,
         session_id text, time_spent_seconds text, scroll_depth text
       )`,
    [loadId, JSON.stringify(rows)],
  )
}

/**
 * Executes actions.
 * @throws Error if one does not succeed
 */
export async function build(
  db: TestDatabase,
  actions: readonly Action[],
  options: { readonly fullRefresh?: boolean } = {},
): Promise<void> {
  const report = await runActions(db, actions, { asOf, ...options })
  const failed = report.results.filter((result) => result.status !== 'succeeded')
  if (failed.length > 0) throw new Error(JSON.stringify(failed, null, 2))
}

/** Every table of a domain, and the shared ones, with its rows as text, sorted. */
export async function contents(
  db: TestDatabase,
  domain = 'media',
): Promise<Readonly<Record<string, readonly string[]>>> {
  return eachTable(db, domain, 'row_text', 'row_text')
}

/** Every table of a domain, and the shared ones, with the place and version of each row. */
export async function versions(
  db: TestDatabase,
  domain = 'media',
): Promise<Readonly<Record<string, readonly string[]>>> {
  return eachTable(db, domain, `tableoid::text || ctid::text || xmin::text`, 'ctid')
}

async function eachTable(
  db: TestDatabase,
  domain: string,
  expression: string,
  order: string,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const tables = await db.rows(`
    select schemaname || '.' || tablename as name
    from pg_tables
    where schemaname in ('${domain}', 'shared') and tablename !~ '_p\\d+$'
    order by 1`)
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
