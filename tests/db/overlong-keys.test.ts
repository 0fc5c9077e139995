/**
 * Text that is too long for an index stops no domain: as a key it is no key, and its row is in quarantine; anywhere else it
 * is kept.
 */
import { expect, test } from 'vitest'
import { databaseOfTest } from '../support/database.js'
import { randomNumbers } from '../support/random.js'
import { buildActions, createRawTablesOf, domainActions, insertFile } from '../support/warehouse.js'

type Row = Readonly<Record<string, unknown>>
/** A source of a domain: a row that nothing is wrong with, and which of its fields are, or make, keys of models. */
interface Source {
  readonly table: string
  readonly row: Row
  readonly keys: readonly string[]
  /** Other fields of free text. */
  readonly texts?: readonly string[]
  readonly path?: string
  readonly day?: string
  /** A row with some fields changed, if they don't stand in it by their names. */
  readonly change?: (changes: Row) => Row
}
interface Domain {
  readonly asOf: string
  readonly sources: readonly Source[]
}

const viewing = (changes: Row): Row => {
  const { _id = 'v', ...fields } = changes
  return {
    _id,
    _type: 'channel',
    _source: {
      Contract: 'HNH1',
      Mac: '0C96E62FC55C',
      AppName: 'CHANNEL',
      TotalDuration: 9,
      ...fields,
    },
  }
}

const DOMAINS: Readonly<Record<string, Domain>> = {
  media: {
    asOf: '2025-03-31',
    sources: [
      {
        table: 'media_interactions',
        row: {
          user_id: 'u',
          timestamp: '2025-03-30',
          page_url: 'https://a.test/b',
          action: 'read',
        },
        keys: ['user_id', 'page_url'],
        texts: ['session_id', 'referrer'],
      },
    ],
  },
  streaming: {
    asOf: '2022-01-05',
    sources: [
      {
        table: 'streaming_users',
        row: { email: 'a@b.test' },
        keys: ['email'],
        texts: ['last_name'],
      },
      {
        table: 'streaming_movies',
        row: { title: 'Rush' },
        keys: [],
        texts: ['title', 'original_language'],
      },
      {
        table: 'streaming_streams',
        row: {
          movie_title: 'Rush',
          user_email: 'a@b.test',
          start_at: '2021-12-25 06:00',
          end_at: '2021-12-25 07:00',
        },
        keys: ['user_email'],
        texts: ['movie_title'],
      },
      {
        table: 'streaming_vendor_authors',
        row: { name: 'Ann', nationality: 'Kenyans' },
        keys: [],
        texts: ['name', 'nationality'],
        day: '2022-01-04',
      },
      {
        table: 'streaming_vendor_books',
        row: { name: 'Rush', author: 'Ann', publisher: 'Verso' },
        keys: [],
        texts: ['name', 'author', 'publisher'],
        day: '2022-01-04',
      },
      {
        table: 'streaming_vendor_reviews',
        row: { resume: 'Good', book: 'Rush', movie: 'Rush' },
        keys: [],
        texts: ['resume', 'book', 'movie'],
        day: '2022-01-04',
      },
    ],
  },
  social: {
    asOf: '2022-03-02',
    sources: [
      {
        table: 'social_events',
        row: { event: 'scheduled_at_best_time', timestamp: '2022-02-20', user_id: '1' },
        keys: ['user_id'],
        texts: ['platform'],
      },
      {
        table: 'social_payments',
        row: { id: 'i', user_id: '1', date: '2022-02-20', total: '1', currency: 'usd' },
        keys: ['id', 'user_id', 'subscription_id'],
        texts: ['charge_id', 'description', 'discount_id', 'receipt_number'],
      },
      {
        table: 'social_posts',
        row: { id: 'p', user_id: '1', type: 'InstagramPost', posted_at: '2022-02-20' },
        keys: ['id', 'user_id', 'social_profile_id', 'media_id', 'media_item_id'],
      },
    ],
  },
  product: {
    asOf: '2025-11-10',
    sources: [
      {
        table: 'product_users',
        row: { user_id: 'u', signup_date: '2025-11-01' },
        keys: ['user_id'],
        texts: ['country', 'age_group', 'device_type', 'user_segment'],
        day: '2025-11-01',
      },
      {
        table: 'product_events',
        row: {
          event_id: 'e',
          user_id: 'u',
          event_type: 'content_view',
          platform: 'facebook',
          event_timestamp: '2025-11-05',
        },
        keys: ['event_id', 'user_id'],
        texts: ['country', 'device_type', 'session_id'],
      },
    ],
  },
  tv: {
    asOf: '2022-05-01',
    sources: [
      {
        table: 'tv_logs',
        row: {},
        keys: ['_id', 'Contract', 'Mac', 'AppName'],
        path: 'tv/20220402.json',
        change: viewing,
      },
      { table: 'tv_app_categories', row: { category: 'TV' }, keys: [], texts: ['app_name'] },
    ],
  },
}

/** Text that no compression makes shorter, in one case. */
const random = randomNumbers(7)
const noise = (length: number): string =>
  Array.from({ length }, () => String.fromCodePoint(97 + Math.floor(random() * 26))).join('')
/** A key of a length. Of an address, host and path make the key. */
const keyOf = (field: string, length: number): string =>
  field === 'page_url' ? `https://a.test/${noise(length - 'a.test/'.length)}` : noise(length)

test.each(Object.entries(DOMAINS))('%s', async (domain, { asOf, sources }) => {
  const db = await databaseOfTest()
  await createRawTablesOf(db, domain)
  const actions = await domainActions(domain, { calendar: false, vars: { as_of: asOf } })
  const models = actions.filter(({ type }) => type !== 'assertion')
  const fill = (source: Source, changes: Row) =>
    source.change === undefined ? { ...source.row, ...changes } : source.change(changes)
  const all = (names: readonly string[], value: (name: string) => string): Row =>
    Object.fromEntries(names.map((name) => [name, value(name)]))
  let loadId = 0
  const load = async (rowsOf: (source: Source) => readonly Row[]) => {
    for (const { table, path, day, ...source } of sources) {
      const rows = rowsOf({ table, ...source })
      const file = {
        table,
        path: path ?? `${table}.csv`,
        rows,
        ...(day === undefined ? {} : { day }),
      }
      await insertFile(db, ++loadId, file, asOf)
    }
  }

  // At the limit: every key together, and every other text much longer.
  await load((source) => [
    fill(source, {}),
    fill(source, {
      ...all(source.keys, (key) => keyOf(key, 1000)),
      ...all(source.texts ?? [], () => noise(9000)),
    }),
  ])
  await buildActions(db, models, { asOf })
  expect(await db.rows(`select * from ${domain}.stg_rejects where reason <> 'orphan_fk'`)).toEqual(
    [],
  )

  // Above it: key by key.
  await load((source) => [
    fill(source, {}),
    ...source.keys.map((key) => fill(source, { [key]: keyOf(key, 1001) })),
    ...source.keys.map((key) => fill(source, { [key]: keyOf(key, 9000) })),
  ])
  await buildActions(db, models, { asOf })
  expect(
    await db.rows(
      `select source as table, count(*)::int from ${domain}.stg_rejects
       where reason in ('missing_key', 'out_of_range') group by 1 order by 1`,
    ),
  ).toEqual(
    sources
      .filter(({ keys }) => keys.length > 0)
      .map(({ table, keys }) => ({ table, count: 2 * keys.length }))
      .sort((a, b) => (a.table < b.table ? -1 : 1)),
  )
})
