/**
 * The product domain of this repository's warehouse for tests of its metrics: what matters of users and events, and
 * the rows that they arrive as.
 */
import type { Action } from '../../src/graph/types.js'
import type { TestDatabase } from '../support/database.js'
import {
  buildActions,
  contentsOf,
  domainActions,
  versionsOf,
  type DomainOptions,
  type Tables,
} from '../support/warehouse.js'

/** The day that the tests take for today. */
export const asOf = '2025-12-31'

/** An event. */
export interface MetricEvent {
  readonly id: string
  readonly user: string
  readonly type: string
  readonly platform: string
  /** As `2025-11-03T10:00:00Z`. */
  readonly at: string
  readonly session: string | null
}

/** A user in an extract. */
export interface MetricUser {
  readonly id: string
  readonly signup: string
  readonly platform: string
  readonly country?: string
  readonly user_segment?: string
}

/** What a file brings: events, or the whole of the users on a day. */
export type MetricFile =
  | { readonly events: readonly MetricEvent[] }
  | { readonly day: string; readonly users: readonly MetricUser[] }

/** The product domain's actions, without the loads. */
export const productActions = (options: Partial<DomainOptions> = {}): Promise<readonly Action[]> =>
  domainActions('product', { calendar: false, ...options, vars: { as_of: asOf, ...options.vars } })

const FIELDS = {
  events: [
    'event_id',
    'user_id',
    'event_type',
    'platform',
    'event_timestamp',
    'country',
    'device_type',
    'session_id',
  ],
  users: [
    'user_id',
    'country',
    'age_group',
    'device_type',
    'user_segment',
    'signup_date',
    'primary_platform',
  ],
}
const fields = (source: keyof typeof FIELDS) =>
  FIELDS[source].map((field) => `${field} text`).join(', ')

/** The tables that the loader makes. */
export async function createRawTables(db: TestDatabase): Promise<void> {
  const own = '_extra jsonb, _file text, _line bigint, _load_id bigint, _loaded_at timestamptz'
  await db.rows('create schema raw')
  await db.rows(`create table raw.product_events (${fields('events')}, ${own})`)
  await db.rows(`create table raw.product_users (${fields('users')}, _extract_date date, ${own})`)
}

/** Inserts a file's rows as a load would. */
export async function load(db: TestDatabase, loadId: number, file: MetricFile): Promise<void> {
  const source = 'events' in file ? 'events' : 'users'
  const rows =
    'events' in file
      ? file.events.map(({ id, user, type, platform, at, session }) => ({
          event_id: id,
          user_id: user,
          event_type: type,
          platform,
          event_timestamp: at,
          session_id: session,
        }))
      : file.users.map(({ id, signup, platform, ...rest }) => ({
          user_id: id,
          signup_date: signup,
          primary_platform: platform,
          ...rest,
        }))
  const day = 'events' in file ? '' : `date '${file.day}', `
  await db.rows(
    `insert into raw.product_${source}
     select fields.*, ${day}null, 'product/' || $1::bigint || '.ndjson', line, $1::bigint,
       timestamptz '${asOf} 12:00:00+00'
     from jsonb_array_elements($2::jsonb) with ordinality as rows (object, line),
       jsonb_to_record(object) as fields (${fields(source)})`,
    [loadId, JSON.stringify(rows)],
  )
}

/** Executes actions. @throws Error if one does not succeed */
export const build = (
  db: TestDatabase,
  actions: readonly Action[],
  options: { readonly fullRefresh?: boolean } = {},
): Promise<void> => buildActions(db, actions, { asOf, ...options })

/** Every table of the warehouse with its rows as text, sorted. */
export const contents = (db: TestDatabase): Promise<Tables> => contentsOf(db, 'product')

/** Every table of the warehouse with the place and version of each row. */
export const versions = (db: TestDatabase): Promise<Tables> => versionsOf(db, 'product')
