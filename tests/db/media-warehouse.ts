/**
 * The media domain of this repository's warehouse, built without the command: raw rows are inserted as a load
 * would leave them, and the compiled models are executed on a test database.
 */
import type { Action } from '../../src/graph/types.js'
import type { TestDatabase } from '../support/database.js'
import { buildActions, contentsOf, domainActions, type Tables } from '../support/warehouse.js'

export { projectDir } from '../support/warehouse.js'

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
export const mediaActions = (
  options: { readonly calendar: boolean } = { calendar: false },
): Promise<readonly Action[]> => domainActions('media', { ...options, vars: { as_of: asOf } })

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
export const build = (
  db: TestDatabase,
  actions: readonly Action[],
  options: { readonly fullRefresh?: boolean } = {},
): Promise<void> => buildActions(db, actions, { asOf, ...options })

/** Every table of the warehouse with its rows as text, sorted. */
export const contents = (db: TestDatabase): Promise<Tables> => contentsOf(db, 'media')
