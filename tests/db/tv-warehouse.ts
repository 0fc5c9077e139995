/**
 * The TV domain of this repository's warehouse, built without the command: raw rows are inserted as a load would leave
 * them, and the compiled models are executed on a test database.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Action } from '../../src/graph/types.js'
import { CREATE_REJECTS } from '../../src/seed/raw-table.js'
import type { TestDatabase } from '../support/database.js'
import {
  buildActions,
  contentsOf,
  domainActions,
  projectDir,
  versionsOf,
  type DomainOptions,
  type Tables,
} from '../support/warehouse.js'

/** The day that the tests take for today. */
export const asOf = '2022-05-01'

/** A raw row; what is not given is NULL. */
export interface RawRow {
  readonly _index?: string | null
  readonly _type?: string | null
  readonly _id?: string | null
  readonly _score?: string | null
  readonly _source?: unknown
}

/** A viewing, by its fields. */
export interface Viewing {
  readonly id: string | null
  readonly contract?: unknown
  readonly mac?: unknown
  readonly seconds?: unknown
  readonly app?: unknown
  readonly type?: string | null
}

/** A viewing as it arrives; nothing is wrong with what is not given. */
export function rawRow({
  id,
  contract = 'HNH000001',
  mac = '0C96E62FC55C',
  seconds = 100,
  app = 'CHANNEL',
  type,
}: Viewing): RawRow {
  return {
    _index: 'history',
    _type: type === undefined ? String(app).toLowerCase() : type,
    _id: id,
    _score: '0',
    _source: { Contract: contract, Mac: mac, TotalDuration: seconds, AppName: app },
  }
}

/** A file, and what it brings. */
export interface DayFile {
  /** Its name; of a day such as 2022-04-01 the usual one. */
  readonly file: string
  readonly rows: readonly RawRow[]
}

/** The file of a day such as 2022-04-01. */
export const dayFile = (day: string, viewings: readonly Viewing[]): DayFile => ({
  file: `tv/${day.replaceAll('-', '')}.json`,
  rows: viewings.map(rawRow),
})

/** Apps with their categories. */
export type Mapping = readonly (readonly [app: string, category: string])[]

/** The mapping that the project has. */
export const projectMapping: Mapping = readFileSync(
  join(projectDir, 'seeds', 'tv_app_categories.csv'),
  'utf8',
)
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [app = '', category = ''] = line.split(',')
    return [app, category] as const
  })

/** The TV domain's actions, without the loads. */
export const tvActions = (options: Partial<DomainOptions> = {}): Promise<readonly Action[]> =>
  domainActions('tv', { calendar: false, ...options, vars: { as_of: asOf, ...options.vars } })

const META = '_extra jsonb, _file text, _line bigint, _load_id bigint, _loaded_at timestamptz'

/** The tables that the loader makes, with a mapping. */
export async function createRawTables(
  db: TestDatabase,
  mapping: Mapping = projectMapping,
): Promise<void> {
  await db.database.withSession((session) => session.query(CREATE_REJECTS))
  await db.rows(
    `create table raw.tv_logs (_index text, _type text, _id text, _score text, _source jsonb, ${META})`,
  )
  await db.rows(`create table raw.tv_app_categories (app_name text, category text, ${META})`)
  await loadMapping(db, mapping)
}

/** Inserts a file's rows as a load would. */
export async function load(
  db: TestDatabase,
  loadId: number,
  { file, rows }: DayFile,
): Promise<void> {
  await db.rows(
    `insert into raw.tv_logs
     select fields.*, null, $2, line, $1::bigint, timestamptz '${asOf} 12:00:00+00'
     from jsonb_array_elements($3::jsonb) with ordinality as rows (object, line),
       jsonb_to_record(object) as fields (_index text, _type text, _id text, _score text, _source jsonb)`,
    [loadId, file, JSON.stringify(rows)],
  )
}

/** Puts a mapping in the place of the one that is there, as a load would that replaces. */
export async function loadMapping(db: TestDatabase, mapping: Mapping): Promise<void> {
  await db.rows('delete from raw.tv_app_categories')
  await db.rows(
    `insert into raw.tv_app_categories
     select pair ->> 0, pair ->> 1, null, 'tv_app_categories.csv', line + 1, 1000, timestamptz '${asOf} 12:00:00+00'
     from jsonb_array_elements($1::jsonb) with ordinality as pairs (pair, line)`,
    [JSON.stringify(mapping)],
  )
}

/** Executes actions. @throws Error if one does not succeed */
export const build = (
  db: TestDatabase,
  actions: readonly Action[],
  options: { readonly fullRefresh?: boolean } = {},
): Promise<void> => buildActions(db, actions, { asOf, ...options })

/** Every table of the warehouse with its rows as text, sorted. */
export const contents = (db: TestDatabase): Promise<Tables> => contentsOf(db, 'tv')

/** Every table of the warehouse with the place and version of each row. */
export const versions = (db: TestDatabase): Promise<Tables> => versionsOf(db, 'tv')
