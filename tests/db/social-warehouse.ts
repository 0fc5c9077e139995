/**
 * The social domain of this repository's warehouse, built without the command: raw rows are inserted as a load
 * would leave them, and the compiled models are executed on a test database.
 */
import type { Action } from '../../src/graph/types.js'
import type { TestDatabase } from '../support/database.js'
import {
  buildActions,
  contentsOf,
  domainActions,
  type DomainOptions,
  type Tables,
} from '../support/warehouse.js'

export { projectDir } from '../support/warehouse.js'

/** The day that the tests take for today. */
export const asOf = '2022-03-02'

/** A raw row: every field as text, NULL if it did not arrive. */
export type RawRow = Readonly<Record<string, string | null>>
/** A file of the domain is of one of its sources. */
export type Source = 'events' | 'payments' | 'posts'
/** Rows that arrive, by source. */
export type Arrivals = Readonly<Record<Source, readonly RawRow[]>>

/** An event that nothing is wrong with. */
export const plainEvent = {
  event: 'suggested_hashtags_inserted',
  timestamp: '2022-02-20 10:00:00',
  user_id: '-101',
  platform: 'web',
  hashtag_count: '3.0',
} as const satisfies RawRow

/** A payment that nothing is wrong with. */
export const plainPayment = {
  amount_due: '19.0',
  attempt_count: '1',
  attempted: 'True',
  charge_id: 'ch_1',
  closed: 'True',
  currency: 'usd',
  user_id: '-101',
  date: '2022-02-20 10:00:00',
  description: null,
  discount_id: null,
  ending_balance: '0.0',
  forgiven: 'False',
  id: 'in_1',
  line_ids: null,
  paid: 'True',
  receipt_number: null,
  received_at: '2022-02-20 10:00:00',
  starting_balance: '0',
  subscription_id: '-501',
  subtotal: '19.0',
  tax: null,
  tax_percent: null,
  total: '19.0',
  webhooks_delivered_at: null,
} as const satisfies RawRow

/** A post that nothing is wrong with. */
export const plainPost = {
  id: '-9001',
  active: 'True',
  delivered: 'True',
  media_id: '1',
  media_item_id: '2',
  posted_at: '2022-02-20 10:00:00',
  scheduled_at: '2022-02-19 10:00:00',
  social_profile_id: '3',
  type: 'InstagramPost',
  user_id: '-101',
} as const satisfies RawRow

const COLUMNS = {
  events: Object.keys(plainEvent),
  payments: Object.keys(plainPayment),
  posts: Object.keys(plainPost),
}

/** The sources, in no particular order. */
export const SOURCES: readonly Source[] = ['events', 'payments', 'posts']

/** The social domain's actions, without the loads. */
export const socialActions = (options: Partial<DomainOptions> = {}): Promise<readonly Action[]> =>
  domainActions('social', { calendar: false, ...options, vars: { as_of: asOf, ...options.vars } })

const fields = (source: Source) => COLUMNS[source].map((column) => `"${column}" text`).join(', ')

/** The tables that the loader makes. */
export async function createRawTables(db: TestDatabase): Promise<void> {
  await db.rows('create schema raw')
  for (const source of SOURCES)
    await db.rows(`create table raw.social_${source} (
      ${fields(source)},
      _extra jsonb, _file text, _line bigint, _load_id bigint, _loaded_at timestamptz
    )`)
}

/** Inserts a file's rows as a load would. */
export async function load(
  db: TestDatabase,
  source: Source,
  loadId: number,
  rows: readonly RawRow[],
): Promise<void> {
  await db.rows(
    `insert into raw.social_${source}
     select fields.*, null, 'social/' || $1::bigint || '.csv', line, $1::bigint, timestamptz '${asOf} 12:00:00+00'
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
export const contents = (db: TestDatabase): Promise<Tables> => contentsOf(db, 'social')
