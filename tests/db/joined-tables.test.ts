/** Tables that foreign keys join, and writers on them: rebuilds wait for each other and for writers, and not for good. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { withDeclaredKeys } from '../../src/plan/declared-keys.js'
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

describe('declared keys', () => {
  test('the table that a key refers to is built first, at the first run and at the next', async () => {
    const withKey = { ...parent, postOps: ['alter table s.p add primary key (id)'] }
    const { actions } = withDeclaredKeys({ actions: [declared, withKey], tests: [], vars: {} })
    const first = await runActions(db, actions, { jobs: 4 })
    expect(first.results.map(({ failure }) => failure)).toEqual([undefined, undefined])
    const next = withDeclaredKeys({ actions: [declared, parent], tests: [], vars: {} })
    const { results } = await runActions(db, next.actions, { jobs: 4 })
    expect(results.map(({ target, outcome }) => [target.name, outcome])).toEqual([
      ['p', 'rebuilt'],
      ['c', 'rebuilt'],
    ])
    expect(
      await db.rows(`select convalidated, obj_description(oid) like 'Made by dataform%' as ours
        from pg_constraint where contype = 'f'`),
    ).toEqual([{ convalidated: true, ours: true }])
  })

  test('that refer to each other make no circle', () => {
    const back = {
      ...parent,
      extraProperties: {
        postgres: {
          foreignKeys: [
            { columns: ['id'], references: { schema: 's', table: 'c', columns: ['id'] } },
          ],
        },
      },
    }
    const { actions } = withDeclaredKeys({ actions: [declared, back], tests: [], vars: {} })
    expect(actions.map((action) => action.dependencies)).toEqual([[parent.target], []])
  })
})

describe('a writer that does not come to an end', () => {
  const whileWriting = async (statement: string, work: (pid: number) => Promise<void>) => {
    const database = openDatabase(db.settings, { maxConnections: 1 })
    try {
      await database.withSession(async (writer) => {
        await writer.query(`set application_name = 'a writer'; begin; ${statement}`)
        await work(writer.processId)
        await writer.query('rollback')
      })
    } finally {
      await database.close()
    }
  }

  test.each([
    ['on a table that refers to it', 'create table s.w (id int references s.p)', parent],
    [
      'on a partition of a table that refers to it',
      'create table s.w (id int references s.p) partition by range (id); create table s.w1 partition of s.w for values from (0) to (1000)',
      parent,
    ],
    [
      'on a table that it refers to, by a key made by hand',
      'create table s.w (id int primary key); insert into s.w select generate_series(1, 100); alter table s.c add foreign key (id) references s.w',
      child,
    ],
    [
      'on a table that it refers to, by a declared key',
      'create table s.w (id int primary key); insert into s.w select generate_series(1, 100)',
      {
        ...child,
        extraProperties: {
          postgres: {
            foreignKeys: [
              { columns: ['p'], references: { schema: 's', table: 'w', columns: ['id'] } },
            ],
          },
        },
      },
    ],
  ])(
    '%s: the rebuild gives way to others, names it, and gives up in time',
    async (_, make, action) => {
      await runActions(db, [parent, child])
      await db.rows(`alter table s.p add primary key (id); ${make}`)
      // No row of the table is locked by this one, but the table is.
      await whileWriting('insert into s.w select 101 where false', async (pid) => {
        const events: RunEvent[] = []
        const start = performance.now()
        const running = runOne(db, [action], {
          execute: { lockTimeoutMs: 100, lockWaitMs: 2500 },
          onEvent: (event) => events.push(event),
        })
        let longest = 0
        const state = { isRunning: true }
        const ended = running.finally(() => (state.isRunning = false))
        while (state.isRunning) {
          const before = performance.now()
          await db.rows('delete from s.w where false')
          longest = Math.max(longest, performance.now() - before)
        }
        const { failure } = await ended
        expect(performance.now() - start).toBeLessThan(6000)
        expect(longest).toBeLessThan(1100)
        expect(failure?.message).toMatch(
          new RegExp(
            `^the locks for the swap could not be had in \\d s: a writer of \\S+ \\(pid ${pid}, `,
          ),
        )
        expect(events.some((event) => event.type === 'warning')).toBe(true)
      })
      expect((await runOne(db, [action])).failure).toBeUndefined()
    },
  )
})
