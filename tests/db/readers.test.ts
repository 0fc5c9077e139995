/** Whoever reads while everything is rebuilt sees the old rows or the new ones, all of them, and never waits for long. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Action } from '../../src/graph/types.js'
import { openDatabase } from '../../src/postgres/pool.js'
import type { Session } from '../../src/postgres/session.js'
import { incremental, storage, table, target, view } from '../support/actions.js'
import { createTestDatabase } from '../support/database.js'
import type { TestDatabase } from '../support/database.js'
import { runActions } from '../support/run-actions.js'

const READERS = 8
const REBUILDS = 20
const ROWS = 400
/** The lock timeout plus one second. */
const LONGEST_WAIT_MS = 400 + 1000

let db: TestDatabase
beforeEach(async () => {
  db = await createTestDatabase()
})
afterEach(async () => {
  await db.drop()
})

/** All rows of a generation have its number. */
function actions(gen: number): readonly Action[] {
  const query = `select n as id, ${gen} as gen, date '2025-01-01' + n % 60 as day from generate_series(1, ${ROWS}) n`
  const onTable = { dependencies: [target('s.plain')] }
  return [
    table('s.plain', { query }),
    table('s.other', { query }),
    table('s.parts', { query, storage: storage({ partitionBy: 'day' }) }),
    incremental('s.grown', {
      query,
      incrementalQuery: query,
      uniqueKey: ['id'],
      strategy: 'merge',
    }),
    view('s.flat', { query: 'select id, gen from s.plain', ...onTable }),
    view('s.flatter', { query: 'select id, gen from s.flat', dependencies: [target('s.flat')] }),
    view('s.changing', {
      query: `select id, gen, ${gen} as v${gen} from s.plain`,
      ...onTable,
    }),
    view('s.mat', { query: 'select id, gen from s.plain', materialized: true, ...onTable }),
    view('s.mat_key', {
      query: 'select id, gen from s.flatter',
      materialized: true,
      dependencies: [target('s.flatter')],
      extraProperties: { postgres: { indexes: [{ columns: ['id'], unique: true }] } },
    }),
  ]
}

const OUTSIDE = `create schema o;
create view o.one as select id, gen from s.plain;
create view o.two as select a.id, a.gen from o.one a join s.other b using (id);
create materialized view o.mat as select id, gen from s.plain;
create materialized view o.mat_through as select id, gen from o.one;
create view o.on_mat as select id, gen from o.mat;
create view o.parts as select id, gen from s.parts`

const LOCKABLE = [
  's.plain',
  's.parts',
  's.grown',
  's.flatter',
  's.changing',
  'o.two',
  'o.parts',
] as const
const RELATIONS = [...LOCKABLE, 's.mat', 's.mat_key', 'o.mat', 'o.mat_through', 'o.on_mat'] as const

/** What a reader has seen. */
class Seen {
  readonly wrong: string[] = []
  readonly generations = new Set<unknown>()
  longestMs = 0

  /** Reads a relation whole, and gives its generation. */
  async read(session: Session, relation: string): Promise<unknown> {
    const start = performance.now()
    const { rows } = await session.query(
      `select count(*)::int as n, min(gen) as low, max(gen) as high, sum(id)::int as sum from ${relation}`,
    )
    this.longestMs = Math.max(this.longestMs, performance.now() - start)
    const [row] = rows
    if (row?.n !== ROWS || row.low !== row.high || row.sum !== (ROWS * (ROWS + 1)) / 2)
      this.wrong.push(`${relation}: ${JSON.stringify(row)}`)
    this.generations.add(row?.low)
    return row?.low
  }

  /**
   * Reads a relation three times in one transaction. It is locked first: else PostgreSQL may find the new table with a
   * snapshot that is older than its rows.
   */
  async readRepeatedly(session: Session, relation: string): Promise<void> {
    await session.query('begin isolation level repeatable read')
    const start = performance.now()
    await session.query(`lock table ${relation} in access share mode`)
    this.longestMs = Math.max(this.longestMs, performance.now() - start)
    const generations = new Set<unknown>()
    for (let i = 0; i < 3; i++) generations.add(await this.read(session, relation))
    if (generations.size > 1)
      this.wrong.push(`${relation} changed in a transaction: ${[...generations].join()}`)
    await session.query('commit')
  }
}

/** Reads one relation after the other without a pause until it is over; every other reader in transactions. */
async function readOn(reader: number, isOver: () => boolean): Promise<Seen> {
  const seen = new Seen()
  const database = openDatabase(db.settings, { maxConnections: 1 })
  await database.withSession(async (session) => {
    for (let i = reader; !isOver(); i++) {
      const relations = reader % 2 === 0 ? RELATIONS : LOCKABLE
      const relation = relations[i % relations.length] ?? ''
      try {
        if (reader % 2 === 0) await seen.read(session, relation)
        else await seen.readRepeatedly(session, relation)
      } catch (error) {
        seen.wrong.push(`${relation}: ${String(error)}`)
        await session.query('rollback')
      }
    }
  })
  await database.close()
  return seen
}

test('eight readers during twenty full rebuilds', async () => {
  const failed: unknown[] = []
  const rebuild = async (gen: number): Promise<void> => {
    const { results } = await runActions(db, actions(gen), { jobs: 4, fullRefresh: true })
    failed.push(...results.filter((result) => result.status !== 'succeeded'))
  }
  await rebuild(0)
  await db.rows(OUTSIDE)
  let isOver = false
  const reading = Array.from({ length: READERS }, (_, i) => readOn(i, () => isOver))
  for (let gen = 1; gen <= REBUILDS; gen++) await rebuild(gen)
  isOver = true
  const seen = await Promise.all(reading)
  expect(failed).toEqual([])
  expect(seen.flatMap(({ wrong }) => wrong)).toEqual([])
  // Each of them was there for most of them.
  for (const { generations } of seen) expect(generations.size).toBeGreaterThan(REBUILDS / 2)
  expect(Math.max(...seen.map(({ longestMs }) => longestMs))).toBeLessThan(LONGEST_WAIT_MS)
}, 240_000)
