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
}

/** What a file brings: events, or the whole of the users on a day. */
export type MetricFile =
  | { readonly events: readonly MetricEvent[] }
  | { readonly day: string; readonly users: readonly MetricUser[] }

/** The product domain's actions, without the loads. */
export const productActions = (options: Partial<DomainOptions> = {}): Promise<readonly Action[]> =>
  domainActions('product', { calendar: false, ...options, vars: { as_of: asOf, ...options.vars } })

/** The tables that the loader makes. */
export async function createTables(db: TestDatabase): Promise<void> {
  await db.rows('create schema product; ')
  await db.rows('create schema shared; ')
  await db.rows(
    `create table shared.int_watermarks (model text primary key, load_id bigint not null)`,
  )
  await db.rows(`insert into shared.int_watermarks values ('product.fct_events', 0)`)
  await db.rows(`create table product.fct_events (event_id text, user_id text, user_key text, event_type text,
    platform text, event_at timestamptz, event_date date, session_id text, is_active_event boolean, _load_id bigint)`)
  await db.rows(`create index on product.fct_events (_load_id)`)
  await db.rows(`create table product.dim_users (user_key text, user_id text, signup_date date, country text,
    age_group text, device_type text, user_segment text, primary_platform text, valid_from date, valid_to date,
    is_current boolean, is_deleted boolean)`)
  await db.rows(
    `insert into product.dim_users values ('unknown', 'unknown', null, 'unknown', 'unknown', 'unknown', 'unknown', 'unknown', '-infinity', null, true, false)`,
  )
}

/** Inserts a file's rows as a load would. */
export async function load(db: TestDatabase, loadId: number, file: MetricFile): Promise<void> {
  if ('events' in file) {
    await db.rows(
      `insert into product.fct_events
       select id, "user", "user", type, platform, at::timestamptz, (at::timestamptz at time zone 'UTC')::date, session,
         type not in ('ad_impression', 'session_end'), $1
       from jsonb_to_recordset($2::jsonb) as rows (id text, "user" text, type text, platform text, at text, session text)
       where not exists (select from product.fct_events as known where known.event_id = rows.id)`,
      [loadId, JSON.stringify(file.events)],
    )
    await db.rows('update shared.int_watermarks set load_id = $1 where model = $2', [
      loadId,
      'product.fct_events',
    ])
    return
  }
  const [known] = await db.rows(
    `select max(valid_to)::text as day from product.dim_users where user_id = 'unknown'`,
  )
  if (typeof known?.day === 'string' && file.day < known.day) {
    await db.rows(
      `insert into product.dim_users
     select id, id, signup::date, 'US', '18-24', 'ios', 'active', platform, '-infinity', null, false, true
     from jsonb_to_recordset($1::jsonb) as rows (id text, signup text, platform text)
     where id not in (select user_id from product.dim_users)`,
      [JSON.stringify(file.users)],
    )
    return
  }
  await db.rows(`update product.dim_users set valid_to = $1 where user_id = 'unknown'`, [file.day])
  await db.rows(
    `update product.dim_users set is_current = false, is_deleted = true where user_id <> 'unknown'`,
  )
  await db.rows(
    `delete from product.dim_users where user_id in (select id from jsonb_to_recordset($1::jsonb) as rows (id text))`,
    [JSON.stringify(file.users)],
  )
  await db.rows(
    `insert into product.dim_users
     select id, id, signup::date, 'US', '18-24', 'ios', 'active', platform, '-infinity', null, true, false
     from jsonb_to_recordset($1::jsonb) as rows (id text, signup text, platform text)`,
    [JSON.stringify(file.users)],
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
