/** Two runs at once, failures that go away by themselves, and connections that are lost. */
import { createServer, connect } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/postgres/pool.js'
import { migrateState } from '../../src/state/migrate.js'
import { recordStart } from '../../src/state/runs.js'
import { incremental, operations, table, target } from '../support/actions.js'
import { createTestDatabase } from '../support/database.js'
import type { TestDatabase } from '../support/database.js'
import { runOne } from '../support/run-actions.js'

let db: TestDatabase
beforeEach(async () => {
  db = await createTestDatabase()
})
afterEach(async () => {
  await db.drop()
})

const slow = table('s.t', {
  query: 'select 1 as id from (select pg_advisory_xact_lock_shared(77)) w',
})

/** Waits until a session waits for a lock of the given kind. */
async function untilWaiting(what: string): Promise<void> {
  for (let look = 0; look < 5000; look++) {
    const found = await db.rows(
      `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like $1 and pid <> pg_backend_pid()`,
      [`%${what}%`],
    )
    if (found.length > 0) return
  }
  throw new Error(`nobody waits for ${what}`)
}

describe('two runs on one target', () => {
  test('the second fails at once, and names the first', async () => {
    await db.database.withSession(async (holder) => {
      await holder.query('select pg_advisory_lock(77)')
      const first = runOne(db, [slow], { execute: { runId: 12 } })
      // The run's record is not there in these tests; what counts here is the name of the connection.
      first.catch(() => undefined)
      await untilWaiting('pg_advisory_xact_lock_shared')
      const second = await runOne(db, [slow])
      expect(second.failure).toMatchObject({
        message: expect.stringMatching(
          /^dataform run 12 \(pid \d+, working on it since [\d-]+ [\d:]+ UTC\) is working on s\.t$/,
        ) as unknown,
        hint: expect.stringMatching(
          /^Run it again when that is over, or wait for it with --wait\. If nobody .* select pg_terminate_backend\(\d+\) ends it at once\.$/,
        ) as unknown,
      })
      await holder.query('select pg_advisory_unlock(77)')
      await first
    })
  })

  test('with --wait it waits, says for whom, and builds upon what the first has made', async () => {
    const growing = incremental('s.t', {
      query: 'select 1 as id from (select pg_advisory_xact_lock_shared(77)) w',
      incrementalQuery: 'select 2 as id',
    })
    await db.database.withSession(async (holder) => {
      await holder.query('select pg_advisory_lock(77)')
      const first = runOne(db, [growing])
      await untilWaiting('pg_advisory_xact_lock_shared')
      const warnings: string[] = []
      const second = runOne(db, [growing], {
        onEvent: (event) => event.type === 'warning' && warnings.push(event.message),
        execute: { waitForOthers: true },
      })
      await untilWaiting('begin; select pg_advisory_xact_lock(hashtextextended')
      await holder.query('select pg_advisory_unlock(77)')
      expect((await first).outcome).toBe('created')
      // When it was planned there was no table.
      expect(await second).toMatchObject({ status: 'succeeded', outcome: 'appended', rows: 1 })
      expect(warnings[0]).toMatch(/^s\.t: waits for dataform \(pid \d+, working on it since /)
    })
    expect(await db.rows('select id from s.t order by 1')).toEqual([{ id: 1 }, { id: 2 }])
  })

  const nothingNew = incremental('s.t', { incrementalQuery: 'select 1 as id where false' })
  test.each([
    ['makes', table('s.t'), 'create table s.t as select 9 as id', [], 'rebuilt', 1],
    ['makes', nothingNew, 'create table s.t as select 9 as id', [], 'appended', 9],
    ['drops', table('s.t'), 'drop table s.t', [table('s.t')], 'created', 1],
    ['drops', nothingNew, 'drop table s.t', [table('s.t')], 'created', 1],
    ['makes', nothingNew, 'create view s.t as select 9 as id', [], 'rebuilt', 1],
  ])(
    'a relation that somebody %s meanwhile is planned for again',
    async (_what, model, statement, before, outcome, id) => {
      await db.rows('create schema s')
      for (const action of before) await runOne(db, [action])
      const result = await runOne(db, [
        operations('s.o', { statements: [statement] }),
        { ...model, dependencies: [target('s.o')] },
      ])
      expect(result).toMatchObject({ status: 'succeeded', outcome })
      expect(await db.rows('select id from s.t')).toEqual([{ id }])
    },
  )
})

describe('--action-retry-limit', () => {
  const failing = (code: string) =>
    operations('s.o', {
      statements: [`do $$ begin raise exception 'x' using errcode = '${code}'; end $$`],
    })
  const attempts = async (code: string): Promise<number> => {
    let warnings = 0
    await runOne(db, [failing(code)], {
      retryLimit: 2,
      onEvent: (event) => {
        if (event.type === 'warning') warnings++
      },
    })
    return 1 + warnings
  }

  test.each([
    ['deadlock', '40P01', 3],
    ['serialization failure', '40001', 3],
    ['shutdown of the server', '57P01', 3],
    ['server that starts', '57P03', 3],
    ['division by zero', '22012', 1],
    ['lock that a statement of the user did not get', '55P03', 1],
    ['unique violation', '23505', 1],
    ['full disk', '53100', 1],
  ])('%s', async (_what, code, expected) => {
    expect(await attempts(code)).toBe(expected)
  })

  test('a connection that is lost', async () => {
    await db.database.withSession(async (holder) => {
      await holder.query('select pg_advisory_lock(77)')
      const running = runOne(db, [slow], { retryLimit: 1 })
      await untilWaiting('pg_advisory_xact_lock_shared')
      await db.rows(
        `select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_advisory_xact_lock_shared(77)%' and pid <> pg_backend_pid()`,
      )
      await untilWaiting('pg_advisory_xact_lock_shared')
      await holder.query('select pg_advisory_unlock(77)')
      expect((await running).status).toBe('succeeded')
    })
  })
})

/** Passes everything on, and cuts the connection when the client sends a commit: before or after the server has it. */
async function cutAtCommit(
  target: { host: string; port: number },
  when: 'before' | 'after',
): Promise<{ server: Server; port: number; cuts: () => number }> {
  let cuts = 0
  const server = createServer((client: Socket) => {
    const upstream = target.host.startsWith('/')
      ? connect(`${target.host}/.s.PGSQL.${target.port}`)
      : connect(target.port, target.host)
    upstream.on('error', () => client.destroy())
    client.on('error', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
    let isCut = false
    client.on('data', (data) => {
      if (cuts === 0 && data.includes('\ncommit;')) {
        cuts++
        isCut = true
        if (when === 'before') {
          upstream.destroy()
          client.destroy()
        } else upstream.write(data)
      } else upstream.write(data)
    })
    upstream.on('data', (data) => {
      // The server has answered, so it has committed; the client never hears of it.
      if (isCut) client.destroy()
      else client.write(data)
    })
    client.on('close', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, port: (server.address() as AddressInfo).port, cuts: () => cuts }
}

describe('a connection that is lost during the commit', () => {
  const growing = incremental('s.t', {
    query: 'select 1 as id',
    incrementalQuery: 'select 2 as id',
  })
  const beginRun = () =>
    db.database.withSession(async (session) => {
      await migrateState(session)
      return recordStart(session, {
        project: 'p',
        engineVersion: '1',
        isFullRefresh: false,
        selected: ['s.t'],
      })
    })

  test.each([
    ['after', 0, 'succeeded', [1, 2]],
    ['before', 0, 'failed', [1]],
    ['before', 1, 'succeeded', [1, 2]],
    ['after', 3, 'succeeded', [1, 2]],
  ] as const)(
    '%s the server has got it, with %i retries',
    async (when, retryLimit, status, expected) => {
      await runOne(db, [growing])
      const runId = await beginRun()
      const proxy = await cutAtCommit(db.settings, when)
      const database = openDatabase(
        { ...db.settings, host: '127.0.0.1', port: proxy.port },
        { maxConnections: 2 },
      )
      const result = await runOne({ ...db, database }, [growing], {
        retryLimit,
        execute: { runId },
      })
      expect(result.status).toBe(status)
      expect(proxy.cuts()).toBe(1)
      // Never twice, and never not at all.
      expect((await db.rows('select id from s.t order by 1')).map((row) => row.id)).toEqual(
        expected,
      )
      await database.close()
      proxy.server.close()
    },
  )

  test('without a record nobody knows, and it says so', async () => {
    await runOne(db, [growing])
    const proxy = await cutAtCommit(db.settings, 'after')
    const database = openDatabase(
      { ...db.settings, host: '127.0.0.1', port: proxy.port },
      { maxConnections: 2 },
    )
    const { failure } = await runOne({ ...db, database }, [growing], { retryLimit: 3 })
    expect(failure).toMatchObject({
      kind: 'connection',
      message: expect.stringMatching(/it is not known whether it was carried out$/) as unknown,
    })
    await database.close()
    proxy.server.close()
  })
})

describe('what is committed is never done again', () => {
  // The last statement fails until the switch is on.
  const parts = operations('s.o', {
    statements: [
      'insert into s.log values (1)',
      'vacuum s.log',
      'insert into s.log select 1 / n from s.switch',
    ],
  })
  const rows = async () => (await db.rows('select count(*)::int as n from s.log'))[0]?.n

  test('by a retry', async () => {
    await db.rows(
      'create schema s; create table s.log (n int); create table s.switch as select 1 as n',
    )
    const failing = operations('s.o', {
      statements: [
        'insert into s.log values (1)',
        'vacuum s.log',
        `do $$ begin if nextval('s.q') < 3 then raise exception 'x' using errcode = '40P01'; end if; end $$`,
      ],
    })
    await db.rows('create sequence s.q')
    expect((await runOne(db, [failing], { retryLimit: 3 })).status).toBe('succeeded')
    expect(await rows()).toBe(1)
  })

  test('by a resumed run, unless its SQL is another one by now', async () => {
    const { plannerFor } = await import('../../src/plan/plan-run.js')
    const input = {
      actions: [parts],
      inlineAssertions: [],
      options: { fullRefresh: false, asOf: null, sampleRows: 5, gate: true },
      done: new Map([['s.o', 2]]),
    }
    const plan = plannerFor(input)(parts, {
      schemas: new Set(),
      relations: new Map(),
      indexNames: new Map(),
    })
    expect(plan.groupsBefore).toBe(2)
    expect(plan.groups.map((group) => group.steps.map((step) => step.label))).toEqual([
      ['statement 3'],
    ])
  })
})
