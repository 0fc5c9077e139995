/** Tables that foreign keys join, and writers on them: rebuilds wait for each other and for writers, and not for good. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/postgres/pool.js'
import type { RunEvent } from '../../src/run/events.js'
import { table } from '../support/actions.js'
import { createTestDatabase } from '../support/database.js'
import type { TestDatabase } from '../support/database.js'
import { runActions, runOne } from '../support/run-actions.js'

let db: TestDatabase
beforeEach(async () => {
  db = await createTestDatabase()
})
afterEach(async () => {
  await db.drop()
})

const parent = table('s.p', { query: 'select n as id from generate_series(1, 100) n' })
const child = table('s.c', { query: 'select n as id, n as p from generate_series(1, 100) n' })

const declared = {
  ...child,
  extraProperties: {
    postgres: {
      foreignKeys: [{ columns: ['p'], references: { schema: 's', table: 'p', columns: ['id'] } }],
    },
  },
}

describe('tables that keys made by hand join', () => {
  const keys = async (): Promise<readonly unknown[]> =>
    db.rows(
      `select conname, conrelid::regclass::text as t, confrelid::regclass::text as of, convalidated from pg_constraint where contype = 'f' order by 1`,
    )
  const inRun = { jobs: 4, execute: { lockTimeoutMs: 100, lockWaitMs: 20_000 } }

  test.each([
    ['one way', `alter table s.c add constraint to_p foreign key (p) references s.p`],
    [
      'both ways',
      `alter table s.c add constraint to_p foreign key (p) references s.p; alter table s.c add primary key (id);
       alter table s.p add constraint to_c foreign key (id) references s.c`,
    ],
  ])('are rebuilt in one run, again and again, %s', async (_, make) => {
    await runActions(db, [parent, child])
    await db.rows(`alter table s.p add primary key (id); ${make}`)
    const before = await keys()
    for (let i = 0; i < 8; i++) {
      const start = performance.now()
      const { results } = await runActions(
        db,
        i % 2 === 0 ? [child, parent] : [parent, child],
        inRun,
      )
      expect(results.map(({ failure }) => failure)).toEqual([undefined, undefined])
      expect(performance.now() - start).toBeLessThan(5000)
    }
    expect(await keys()).toEqual(before)
  })

  test('are rebuilt by two runs at once', async () => {
    await runActions(db, [parent, child])
    await db.rows(
      `alter table s.p add primary key (id); alter table s.c add constraint to_p foreign key (p) references s.p`,
    )
    for (let i = 0; i < 4; i++) {
      const results = await Promise.all([runOne(db, [parent], inRun), runOne(db, [child], inRun)])
      expect(results.map(({ failure }) => failure)).toEqual([undefined, undefined])
    }
  })
})
