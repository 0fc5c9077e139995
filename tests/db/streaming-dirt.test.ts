/** What real files do to the streaming domain: every kind of dirt, one row each, and where it ends. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Action } from '../../src/graph/types.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { redIn } from '../support/red-assertions.js'
import {
  build,
  createRawTables,
  load,
  plainStream,
  streamingActions,
  type Row,
  type Source,
} from './streaming-warehouse.js'

/** What a raw row has that is special, and what comes of it: a reason, or values of typed columns. */
type Case = readonly [given: Row, outcome: string | Readonly<Record<string, unknown>>]

const plain: Readonly<Partial<Record<Source, Row>>> = {
  users: { email: 'ann@example.org' },
  movies: { title: 'The Third Man', duration_mins: '100', size_mb: '900' },
  streams: plainStream,
  vendor_books: { name: 'The Third Man', author: 'Graham Greene', pages: '300' },
}
// A number that no arithmetic could take further, and one that is 0 to a double.
const HUGE = '1e130000'
const TINY = '1e-400'

const cases: Readonly<Partial<Record<Source, readonly Case[]>>> = {
  users: [
    [{ email: null }, 'missing_key'],
    [{ email: 'None' }, 'missing_key'],
    // The dimension's member for streams whose user is not known has this address.
    [{ email: 'unknown' }, 'missing_key'],
    [{ email: ' UNKNOWN ' }, 'missing_key'],
    [{ email: ' Ann@Example.ORG ' }, { email: 'ann@example.org' }],
  ],
  movies: [
    [{ title: '' }, 'missing_key'],
    [{ duration_mins: 'long' }, 'out_of_range'],
    [{ duration_mins: '0' }, 'out_of_range'],
    [{ duration_mins: 'Infinity' }, 'out_of_range'],
    [{ duration_mins: 'NaN' }, { duration_minutes: null }],
    [{ duration_mins: HUGE }, 'out_of_range'],
    [{ duration_mins: TINY }, 'out_of_range'],
    [{ size_mb: HUGE }, 'out_of_range'],
    [{ size_mb: '-1' }, 'out_of_range'],
    // A movie may be called that.
    [{ title: 'Unknown' }, { title_norm: 'unknown' }],
    [{ duration_mins: '100.50' }, { duration_minutes: '100.5' }],
    [
      { duration_mins: '1.1e2', size_mb: '+.5' },
      { duration_minutes: '110', size_mb: '0.5' },
    ],
  ],
  streams: [
    [{ user_email: 'unknown' }, 'missing_key'],
    [{ user_email: '' }, 'missing_key'],
    [{ size_mb: HUGE }, 'out_of_range'],
    [{ size_mb: TINY }, 'out_of_range'],
    [{ size_mb: 'big' }, 'out_of_range'],
    [{ size_mb: null }, { size_mb: null }],
    [{ start_at: '25/12/2021 06:30' }, 'bad_timestamp'],
    [{ end_at: '2021-12-25T06:30:00.000+0100' }, 'out_of_range'],
  ],
  vendor_books: [
    [{ pages: HUGE }, 'out_of_range'],
    [{ pages: '1.5' }, 'out_of_range'],
    [{ pages: 'unknown' }, { pages: null }],
  ],
}

let db: TestDatabase
let actions: readonly Action[]
beforeAll(async () => {
  db = await createTestDatabase()
  await createRawTables(db)
  actions = await streamingActions({ calendar: true })
  for (const [place, [source, rows]] of Object.entries(cases).entries())
    await load(db, place + 1, {
      source: source as Source,
      path: `streaming/${source}`,
      rows: rows.map(([given]) => ({ ...plain[source as Source], ...given })),
      ...(source.startsWith('vendor') ? { day: '2022-01-04' } : {}),
    })
})
afterAll(async () => {
  await db.drop()
})

test('none of it stops the domain, and no check of it is red', async () => {
  await build(
    db,
    actions.filter(({ type }) => type !== 'assertion'),
  )
  const assertions = actions.filter((action) => action.type === 'assertion')
  const red = await redIn(db, assertions)
  // The vendor has sent no author, and books a day ago.
  expect([...red].sort()).toEqual(['streaming_book_author_known', 'streaming_vendor_fresh'])
  expect(await db.rows('select count(*)::int as answers from streaming.rpt_answers')).toEqual([
    { answers: 6 },
  ])
})

test.each(Object.entries(cases))('%s: every row ends where it should', async (source, expected) => {
  const rows = await db.rows(`select * from streaming.int_typed_${source} order by _line`)
  const seen = rows.map(({ reason, ...typed }, index) => {
    const [given, outcome] = expected[index] ?? []
    if (reason !== null || typeof outcome !== 'object') return [given, reason]
    return [given, Object.fromEntries(Object.keys(outcome).map((name) => [name, typed[name]]))]
  })
  expect(seen).toEqual(expected)
})
