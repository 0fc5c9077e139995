/**
 * The product domain of this repository's warehouse, built without the command: raw rows are inserted as loads would
 * leave them, and the compiled models are executed on a test database.
 */
import { targetKey } from '../../src/graph/target.js'
import type { Action } from '../../src/graph/types.js'
import type { TestDatabase } from '../support/database.js'
import {
  buildActions,
  createRawTablesOf,
  domainActions,
  insertFile,
  type DomainOptions,
} from '../support/warehouse.js'

/** The day that the tests take for today. */
export const today = '2025-11-10'

/** A row as it stands in a file. */
export type Row = Readonly<Record<string, unknown>>

/** A file of users (with the day of the extract) or of events. */
export interface File {
  readonly source: 'users' | 'events'
  readonly rows: readonly Row[]
  readonly day?: string
}

/** Where the part of the domain ends that other tests are about: it is these, with all that they are built from. */
const LAST = [
  'fct_events',
  'int_event_days',
  'int_user_totals',
  'dim_users',
  'dim_platform',
  'dim_event_type',
  'stg_load_accounting',
]

/** The whole domain's actions, without the loads. */
export const wholeDomain = (options: Partial<DomainOptions> = {}): Promise<readonly Action[]> =>
  domainActions('product', {
    calendar: false,
    ...options,
    vars: { as_of: today, min_product_events: '10', min_product_users: '3', ...options.vars },
  })

/** The domain's actions up to its facts, with the assertions about them, without the loads. */
export async function actionsUpToFacts(
  options: Partial<DomainOptions> = {},
): Promise<readonly Action[]> {
  const actions = await wholeDomain(options)
  const byName = new Map(actions.map((action) => [targetKey(action.target), action]))
  const models = new Set<string>()
  const add = (name: string): void => {
    const action = byName.get(name)
    if (action === undefined || action.type === 'assertion' || models.has(name)) return
    models.add(name)
    for (const dependency of action.dependencies) add(targetKey(dependency))
  }
  for (const name of LAST) add(`product.${name}`)
  for (const name of ['dim_date', 'dim_time']) add(`shared.${name}`)
  return actions.filter((action) =>
    action.type === 'assertion'
      ? action.dependencies.every((each) => each.schema === 'raw' || models.has(targetKey(each)))
      : models.has(targetKey(action.target)),
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
): Promise<void> => buildActions(db, actions, { asOf: today, ...options })

/** The tables that the loader makes. */
export const createRawTables = (db: TestDatabase): Promise<void> => createRawTablesOf(db, 'product')

/** Inserts a file's rows as a load would. */
export const load = (db: TestDatabase, loadId: number, file: File): Promise<void> =>
  insertFile(
    db,
    loadId,
    {
      table: `product_${file.source}`,
      path: `product/${file.source}/${loadId}.csv`,
      rows: file.rows,
      ...(file.day === undefined ? {} : { day: file.day }),
    },
    today,
  )

/** A user that nothing is wrong with. */
export const plainUser = {
  user_id: 'a1',
  country: 'US',
  age_group: '18-24',
  device_type: 'ios',
  user_segment: 'active',
  signup_date: '2025-11-01',
  primary_platform: 'facebook',
} as const satisfies Row

/** An event that nothing is wrong with. */
export const plainEvent = {
  event_id: 'e1',
  user_id: 'a1',
  event_type: 'content_view',
  platform: 'facebook',
  event_timestamp: '2025-11-05T10:00:00',
  country: 'US',
  device_type: 'ios',
  session_id: 's1',
} as const satisfies Row

/** An extract of users. */
export const extract = (day: string, rows: readonly Row[]): File => ({ source: 'users', day, rows })

/** A file of events. */
export const events = (rows: readonly Row[]): File => ({ source: 'events', rows })
