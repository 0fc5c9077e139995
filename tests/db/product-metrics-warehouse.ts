/**
 * The product domain of this repository's warehouse for tests of its metrics: what of users and events matters to them,
 * and the rows that they arrive as.
 */
import { targetKey } from '../../src/graph/target.js'
import type { Action, AssertionAction } from '../../src/graph/types.js'
import type { TestDatabase } from '../support/database.js'
import {
  buildActions,
  contentsOf,
  createRawTablesOf,
  insertFile,
  type DomainOptions,
  type Tables,
} from '../support/warehouse.js'
import { actionsUpToFacts, plainUser, wholeDomain } from './product-warehouse.js'

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
}

/** What a file brings: events, or the whole of the users on a day. */
export type MetricFile =
  | { readonly events: readonly MetricEvent[] }
  | { readonly day: string; readonly users: readonly MetricUser[] }

/** The product domain's actions, without the loads. */
export const productActions = (options: Partial<DomainOptions> = {}): Promise<readonly Action[]> =>
  wholeDomain({ ...options, vars: { as_of: asOf, ...options.vars } })

/** The assertions about the metrics; those about what metrics are made from have a test of their own. */
export async function metricAssertions(): Promise<readonly AssertionAction[]> {
  const others = new Set(
    (await actionsUpToFacts({ calendar: true })).map((action) => targetKey(action.target)),
  )
  return (await productActions()).filter(
    (action) => action.type === 'assertion' && !others.has(targetKey(action.target)),
  ) as readonly AssertionAction[]
}

/** The tables that the loader makes. */
export const createRawTables = (db: TestDatabase): Promise<void> => createRawTablesOf(db, 'product')

/** Inserts a file's rows as a load would. */
export const load = (db: TestDatabase, loadId: number, file: MetricFile): Promise<void> =>
  insertFile(
    db,
    loadId,
    'events' in file
      ? {
          table: 'product_events',
          path: `product/events/${loadId}.ndjson`,
          rows: file.events.map(({ id, user, type, platform, at, session }) => ({
            event_id: id,
            user_id: user,
            event_type: type,
            platform,
            event_timestamp: at,
            session_id: session,
          })),
        }
      : {
          table: 'product_users',
          path: `product/users/${loadId}.ndjson`,
          day: file.day,
          rows: file.users.map(({ id, signup, platform, country = 'US' }) => ({
            ...plainUser,
            user_id: id,
            signup_date: signup,
            primary_platform: platform,
            country,
          })),
        },
    asOf,
  )

/** Executes actions. @throws Error if one does not succeed */
export const build = (
  db: TestDatabase,
  actions: readonly Action[],
  options: { readonly fullRefresh?: boolean } = {},
): Promise<void> => buildActions(db, actions, { asOf, ...options })

/** Every table of the warehouse with its rows as text, sorted. */
export const contents = (db: TestDatabase): Promise<Tables> => contentsOf(db, 'product')
