/** Whoever reads while everything is rebuilt sees the old rows or the new ones, all of them, and never waits for long. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Action } from '../../src/graph/types.js'
import { openDatabase } from '../../src/postgres/pool.js'
import { incremental, storage, table, target, view } from '../support/actions.js'
import { createTestDatabase } from '../support/database.js'
import type { TestDatabase } from '../support/database.js'
import { runActions } from '../support/run-actions.js'

let db: TestDatabase
beforeEach(async () => {
  db = await createTestDatabase()
})
afterEach(async () => {
  await db.drop()
})

const ROWS = 400
const LONGEST_WAIT_MS = 400 + 1000

/** All rows of a generation have its number. */
function actions(generation: number): readonly Action[] {
  const query = `select n as id, ${generation} as gen, date '2025-01-01' + n % 60 as day from generate_series(1, ${ROWS}) n`
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
      query: `select id, gen, ${generation} as v${generation} from s.plain`,
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

const RELATIONS = [
  's.plain',
  's.parts',
  's.grown',
  's.flatter',
  's.changing',
  's.mat',
  's.mat_key',
  'o.two',
  'o.mat',
  'o.mat_through',
  'o.on_mat',
  'o.parts',
]

interface Seen {
  reads: number
  wrong: string[]
  longest: number
  generations: Set<unknown>
}

async function readAll(
  url: TestDatabase,
  isOver: () => boolean,
  transaction: boolean,
  offset: number,
): Promise<Seen> {
  const seen: Seen = { reads: 0, wrong: [], longest: 0, generations: new Set() }
  const database = openDatabase(url.settings, { maxConnections: 1 })
  await database.withSession(async (session) => {
    const read = async (relation: string): Promise<unknown> => {
      const start = performance.now()
      const { rows } = await session.query(
        `select count(*)::int as n, min(gen) as low, max(gen) as high, sum(id)::int as sum from ${relation}`,
      )
      seen.longest = Math.max(seen.longest, performance.now() - start)
      seen.reads++
      const [row] = rows
      if (row?.n !== ROWS || row.low !== row.high || row.sum !== (ROWS * (ROWS + 1)) / 2)
        seen.wrong.push(`${relation}: ${JSON.stringify(row)}`)
      seen.generations.add(row?.low)
      return row?.low
    }
    for (let i = offset; !isOver(); i++) {
      const relation = RELATIONS[i % RELATIONS.length] ?? ''
      try {
        if (transaction) {
          await session.query('begin isolation level repeatable read')
          if (!/mat/.test(relation))
            await session.query(`lock table ${relation} in access share mode`)
          const a = await read(relation)
          const b = await read(relation)
          const c = await read(relation)
          if (a !== b || b !== c)
            seen.wrong.push(
              `${relation} changed within a transaction: ${String(a)} ${String(b)} ${String(c)}`,
            )
          await session.query('commit')
        } else await read(relation)
      } catch (error) {
        seen.wrong.push(`${relation}: ${String(error)} ${String((error as Error).cause)}`)
        await session.query('rollback')
      }
    }
  })
  await database.close()
  return seen
}

describe('eight readers', () => {
  test('during twenty rebuilds', async () => {
    expect(
      (await runActions(db, actions(0))).results.filter((r) => r.status !== 'succeeded'),
    ).toEqual([])
    await db.rows(OUTSIDE)
    let over = false
    const readers = Array.from({ length: 8 }, (_, i) => readAll(db, () => over, i % 2 === 1, i))
    const failed: unknown[] = []
    for (let g = 1; g <= 20; g++) {
      const { results } = await runActions(db, actions(g), { jobs: 4, fullRefresh: g % 2 === 0 })
      failed.push(...results.filter((r) => r.status !== 'succeeded'))
    }
    over = true
    const seen = await Promise.all(readers)
    console.log(seen.map((s) => [s.reads, Math.round(s.longest), s.generations.size]))
    expect(failed).toEqual([])
    const counts: Record<string, number> = {}
    for (const s of seen.flatMap((s, i) => s.wrong.map((w) => `${i % 2 ? 'rr' : 'rc'} ${w}`)))
      counts[s] = (counts[s] ?? 0) + 1
    expect(counts).toEqual({})
    expect(Math.max(...seen.map((s) => s.longest))).toBeLessThan(LONGEST_WAIT_MS)
  }, 240_000)
})
