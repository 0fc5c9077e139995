/**
 * Somebody reads for a long time what a rebuild is about to replace: the rebuild waits and says for whom, and nobody else
 * waits for long.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Action } from '../../src/graph/types.js'
import { openDatabase } from '../../src/postgres/pool.js'
import type { Session } from '../../src/postgres/session.js'
import { storage, table, view } from '../support/actions.js'
import { createTestDatabase } from '../support/database.js'
import type { TestDatabase } from '../support/database.js'
import { runActions, runOne } from '../support/run-actions.js'

const LOCK_TIMEOUT_MS = 100
/** The longest that anybody else may wait. */
const LONGEST_WAIT_MS = LOCK_TIMEOUT_MS + 1000

let db: TestDatabase
beforeEach(async () => {
  db = await createTestDatabase()
})
afterEach(async () => {
  await db.drop()
})

/** A session that has read a relation, and stays in the transaction for as long as the work takes. */
async function whileReading(
  relation: string,
  work: (reader: Session) => Promise<void>,
): Promise<void> {
  const database = openDatabase(db.settings, { maxConnections: 1 })
  try {
    await database.withSession(async (reader) => {
      await reader.query(`set application_name = 'an analyst'; begin`)
      await reader.query(`select count(*) from ${relation}`)
      await work(reader)
      await reader.query('rollback')
    })
  } finally {
    await database.close()
  }
}

const rebuilt = (query: string): Action[] => [table('s.t', { query })]
const mat = (query: string): Action[] => [view('s.t', { query, materialized: true })]
const parts = (query: string): Action[] => [
  table('s.t', { query, storage: storage({ partitionBy: 'day' }) }),
]

const rows = (gen: number): string =>
  `select n as id, ${gen} as gen, date '2025-01-01' + n as day from generate_series(1, 50) n`

/** What is rebuilt, what hangs off it, and what is read. */
const CASES: readonly [string, (query: string) => Action[], string, string][] = [
  ['a table', rebuilt, 'select 1', 's.t'],
  ['a partitioned table', parts, 'select 1', 's.t'],
  ['a materialized view', mat, 'select 1', 's.t'],
  ['a view on a table', rebuilt, 'create view public.v as select id, gen from s.t', 'public.v'],
  [
    'a materialized view on a table',
    rebuilt,
    'create materialized view public.v as select id, gen from s.t',
    'public.v',
  ],
  [
    'a table that refers to a table',
    rebuilt,
    'alter table s.t add primary key (id); create table public.v as select id, gen from s.t; alter table public.v add foreign key (id) references s.t',
    'public.v',
  ],
]

describe.each(CASES)('somebody reads %s', (_, actionsOf, outside, relation) => {
  beforeEach(async () => {
    await runActions(db, actionsOf(rows(0)))
    await db.rows(outside)
  })
  const generation = async () => (await db.rows('select distinct gen from s.t'))[0]?.gen

  test('the rebuild waits, says for whom, lets others read, and succeeds in the end', async () => {
    const said: string[] = []
    let longest = 0
    await whileReading(relation, async (reader) => {
      const running = runOne(db, actionsOf(rows(1)), {
        execute: { lockTimeoutMs: LOCK_TIMEOUT_MS },
        onEvent: (event) => event.type === 'action-progress' && said.push(event.message),
      })
      // By then it has given way several times.
      while (said.length < 4) {
        const start = performance.now()
        expect(await generation()).toBe(0)
        await db.rows(`select count(*) from ${relation}`)
        longest = Math.max(longest, performance.now() - start)
      }
      await reader.query('rollback')
      expect(await running).toMatchObject({ status: 'succeeded' })
    })
    expect(await generation()).toBe(1)
    expect(longest).toBeLessThan(LONGEST_WAIT_MS)
    expect(said[0]).toMatch(
      /^waits to swap the table in: an analyst of \S+ \(pid \d+, idle in transaction, for \d+ s\)/,
    )
  })

  test('with a short --lock-wait it fails, names the session, and changes nothing', async () => {
    await whileReading(relation, async (reader) => {
      const { failure } = await runOne(db, actionsOf(rows(1)), {
        execute: { lockTimeoutMs: LOCK_TIMEOUT_MS, lockWaitMs: 50 },
      })
      expect(failure).toMatchObject({
        message: expect.stringMatching(
          new RegExp(
            `^the locks for the swap could not be had in \\d+ s: an analyst of \\S+ \\(pid ${reader.processId}, `,
          ),
        ) as unknown,
        hint: 'End those sessions or wait for them, then run it again; --lock-wait sets how long it is tried.',
      })
    })
    expect(await generation()).toBe(0)
    expect(await db.rows(`select relname from pg_class where relname like 'dataform%'`)).toEqual([])
  })
})
