/**
 * However the same rows arrive (split, reordered, late, twice), the warehouse ends up the same, and the same
 * as a full refresh and as one build from scratch.
 */
import { beforeAll, expect, test } from 'vitest'
import type { Action } from '../../src/graph/types.js'
import { databaseOfTest, type TestDatabase } from '../support/database.js'
import { oneOf, randomNumbers, shuffled } from '../support/random.js'
import { expectSettled } from '../support/warehouse.js'
import {
  build,
  contents,
  createRawTables,
  load,
  mediaActions,
  plainInteraction,
  type RawInteraction,
} from './media-warehouse.js'

// Two days that have expired, and recent ones across the end of a month.
const DAYS = ['2024-01-10', '2024-01-11', '2025-02-28', '2025-03-01', '2025-03-02', '2025-03-03']
// Around the half hour that cuts sessions, and across midnight.
const PAUSES = [0, 0, 1, 40, 600, 1799, 1800, 1801, 2700, 9000]
const PAGES = [
  'https://news.example.com/',
  'https://news.example.com/politics/article-1',
  'https://NEWS.example.com/politics/article-1/?utm=1',
  'https://news.example.com/sports/Article-2#top',
  'https://other.example.org/sports/article-3',
  'javascript:void(0)',
]
const REFERRERS = [
  null,
  '',
  'https://www.google.com/',
  'https://news.example.com/',
  'https://t.co/x',
]

function randomRows(random: () => number): readonly RawInteraction[] {
  const rows: RawInteraction[] = []
  for (const day of DAYS) {
    for (let user = 1; user <= 8; user++) {
      if (random() < 0.4) continue
      let at = Date.parse(`${day}T21:00:00Z`) + Math.floor(random() * 7200) * 1000
      const sessionId = random() < 0.3 ? `session_${Math.ceil(random() * 4)}` : null
      for (let left = Math.ceil(random() * 8); left > 0; left--) {
        const action = oneOf(random, ['page_view', 'read', 'like', 'share', 'video_play'])
        rows.push({
          user_id: `user_${user}`,
          timestamp: new Date(at).toISOString(),
          page_url: oneOf(random, PAGES),
          action,
          device_type: oneOf(random, ['mobile', 'DESKTOP', null]),
          referrer: oneOf(random, REFERRERS),
          session_id: random() < 0.8 ? sessionId : null,
          time_spent_seconds: action === 'read' ? String(Math.floor(random() * 300)) : null,
          scroll_depth: action === 'read' ? oneOf(random, ['0.5', '70', '1']) : null,
        })
        at += oneOf(random, PAUSES) * 1000
      }
    }
  }
  const repeated = rows.filter(() => random() < 0.1)
  const broken: readonly RawInteraction[] = [
    { ...plainInteraction, user_id: ' ' },
    { ...plainInteraction, timestamp: 'yesterday' },
    { ...plainInteraction, timestamp: '2025-04-01T01:00:01Z' },
    { ...plainInteraction, action: 'teleport' },
    { ...plainInteraction, time_spent_seconds: '-1' },
  ]
  return [...rows, ...repeated, ...broken]
}

const rows = randomRows(randomNumbers(20250331))
let actions: readonly Action[]

beforeAll(async () => {
  actions = (await mediaActions()).filter((action) => action.type !== 'assertion')
})

async function emptyWarehouse(): Promise<TestDatabase> {
  const db = await databaseOfTest()
  await createRawTables(db)
  return db
}
test('the rows have what makes incremental building hard', async () => {
  const db = await emptyWarehouse()
  await load(db, 1, rows)
  await build(db, actions)
  const [account] = await db.rows('select * from media.stg_load_accounting')
  expect(account).toMatchObject({ raw_rows: String(rows.length), quarantined_rows: '5' })
  expect(Number(account?.duplicate_rows)).toBeGreaterThan(5)
  const [facts] = await db.rows(
    'select min(event_date)::text as first from media.user_interactions',
  )
  expect(facts?.first).toBe('2025-02-28')
  const [sessions] = await db.rows(
    'select min(session_date)::text as first from media.dim_sessions',
  )
  expect(sessions?.first).toBe('2024-01-10')
  // What the comparisons below look at: every table, and rows in each of them.
  const tables = await contents(db)
  expect(Object.keys(tables)).toHaveLength(18)
  expect(Object.entries(tables).filter(([, tableRows]) => tableRows.length === 0)).toEqual([])
})

test.each(Array.from({ length: 20 }, (_, index) => index + 1))(
  'any split and order gives what a full refresh gives (seed %i)',
  async (seed) => {
    const random = randomNumbers(seed)
    const db = await emptyWarehouse()
    const order = shuffled(random, rows)
    const loads = 2 + Math.floor(random() * 4)
    const files = Array.from({ length: loads }, (_, file) =>
      order.filter((_, row) => row % loads === file),
    )
    for (const [file, fileRows] of files.entries()) {
      await load(db, file + 1, fileRows)
      // Sometimes two files wait for one run.
      if (random() < 0.8 || file === loads - 1) await build(db, actions)
    }
    await expectSettled(db, 'media', (options) => build(db, actions, options), {
      fromNothing: true,
    })
  },
)
