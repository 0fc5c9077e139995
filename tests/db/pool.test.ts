import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isTransient, readDatabaseError } from '../../src/postgres/errors.js'
import { openDatabase, type ServerNotice } from '../../src/postgres/pool.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'

let db: TestDatabase
beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(async () => {
  await db.drop()
})

/** The failure of something that has to fail. */
async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => {
      throw new Error('it did not fail')
    },
    (error: unknown) => error,
  )
}

describe('values', () => {
  test('nothing exact is rounded on the way', async () => {
    const [row] = await db.rows(`select 9007199254740993::int8 as big, 0.1000::numeric as exact,
      '2026-01-02 03:04:05.123456+02'::timestamptz as at, date '2026-01-02' as day, 1.5::float8 as real,
      7 as small, true as yes, null as nothing, array['a', null] as texts, '{"a": [1]}'::jsonb as json,
      '\\x0102'::bytea as bytes, interval '1 day 02:00' as span`)
    expect(row).toEqual({
      big: '9007199254740993',
      exact: '0.1000',
      at: '2026-01-02 01:04:05.123456+00',
      day: '2026-01-02',
      real: 1.5,
      small: 7,
      yes: true,
      nothing: null,
      texts: ['a', null],
      json: { a: [1] },
      bytes: '\\x0102',
      span: '1 day 02:00:00',
    })
  })

  test('a text of several statements gives the result of the last, or of each', async () => {
    const text =
      'create temp table t (a int); insert into t values (1), (2); select a from t order by a'
    await db.database.withSession(async (session) => {
      const last = await session.query(text)
      expect(last).toMatchObject({ command: 'SELECT', rowCount: 2, rows: [{ a: 1 }, { a: 2 }] })
      expect(last.fields).toEqual([{ name: 'a', typeOid: 23 }])
      await session.query('drop table t')
      const all = await session.queryAll(text)
      expect(all.map((each) => [each.command, each.rowCount])).toEqual([
        ['CREATE', null],
        ['INSERT', 2],
        ['SELECT', 2],
      ])
      await session.query('drop table t')
    })
  })
})

describe('sessions', () => {
  test('are named and independent of the server settings', async () => {
    const [row] = await db.rows(`select current_setting('application_name') as name,
      current_setting('client_connection_check_interval') as check, current_setting('TimeZone') as zone, current_setting('DateStyle') as style`)
    expect(row).toEqual({ name: 'dataform', check: '1s', zone: 'UTC', style: 'ISO, YMD' })
  })

  test('that end inside a transaction are closed, and the transaction is rolled back', async () => {
    await db.rows('create table left_open (a int)')
    const database = openDatabase(db.settings, { maxConnections: 1 })
    const first = await database.withSession(async (session) => {
      await session.query('begin; insert into left_open values (1)')
      return session.processId
    })
    const thrown = await failureOf(
      database.withSession(async (session) => {
        expect(session.processId).not.toBe(first)
        await session.query('begin; insert into left_open values (2); select 1/0')
      }),
    )
    expect(readDatabaseError(thrown)).toMatchObject({ sqlstate: '22012' })
    const counted = await database.withSession((session) =>
      session.query('select count(*) from left_open'),
    )
    expect(counted.rows).toEqual([{ count: '0' }])
    await database.close()
  })

  test('that fail outside a transaction are used again', async () => {
    const database = openDatabase(db.settings, { maxConnections: 1 })
    const ids: number[] = []
    for (const sql of ['select 1', 'select nonsense', 'select 1']) {
      await database
        .withSession(async (session) => {
          ids.push(session.processId)
          await session.query(sql)
        })
        .catch(() => undefined)
    }
    expect(new Set(ids).size).toBe(1)
    await database.close()
  })

  test('whose connection breaks are replaced', async () => {
    const database = openDatabase(db.settings, { maxConnections: 1 })
    const broken = await failureOf(
      database.withSession((session) =>
        session.query('select pg_terminate_backend(pg_backend_pid())'),
      ),
    )
    const failure = readDatabaseError(broken)
    expect(failure).toMatchObject({ kind: 'connection' })
    expect(failure !== undefined && isTransient(failure)).toBe(true)
    const next = await database.withSession((session) => session.query('select 1 as one'))
    expect(next.rows).toEqual([{ one: 1 }])
    await database.close()
  })

  test('that break while nobody uses them do not end the process', async () => {
    const database = openDatabase(db.settings, { maxConnections: 1 })
    const idle = await database.withSession((session) => Promise.resolve(session.processId))
    await db.rows('select pg_terminate_backend($1)', [idle])
    const gone = async (): Promise<boolean> =>
      (await db.rows('select 1 from pg_stat_activity where pid = $1', [idle])).length === 0
    await expect.poll(gone).toBe(true)
    // Perhaps the broken one once more, if the news has not arrived; never a crash.
    await database.withSession((session) => session.query('select 1')).catch(() => undefined)
    const next = await database.withSession((session) => session.query('select 1 as one'))
    expect(next.rows).toEqual([{ one: 1 }])
    await database.close()
  })

  test('say what the server remarks', async () => {
    const notices: ServerNotice[] = []
    const database = openDatabase(db.settings, {
      maxConnections: 1,
      onNotice: (notice) => notices.push(notice),
    })
    await database.withSession((session) => session.query('drop table if exists never_there'))
    await database.close()
    expect(notices).toEqual([
      {
        severity: 'NOTICE',
        message: 'table "never_there" does not exist, skipping',
        sqlstate: '00000',
      },
    ])
  })
})

describe('cancelRunning', () => {
  test('ends every statement that runs now', async () => {
    const database = openDatabase(db.settings, { maxConnections: 2 })
    const sleeping = [1, 2].map(() =>
      failureOf(
        database.withSession((session) => session.query("select pg_sleep(600), 'cancel me'")),
      ),
    )
    const running = async (): Promise<number> =>
      (
        await db.rows(
          `select 1 from pg_stat_activity where state = 'active' and wait_event = 'PgSleep'
           and datname = current_database()`,
        )
      ).length
    await expect.poll(running).toBe(2)
    await database.cancelRunning()
    const failures = await Promise.all(sleeping)
    expect(failures.map((error) => readDatabaseError(error)?.sqlstate)).toEqual(['57014', '57014'])
    await database.close()
  })
})

describe('copyFrom', () => {
  test('sends a stream and counts its rows', async () => {
    await db.rows('create table copied (a int, b text)')
    const rows = await db.database.withSession((session) =>
      session.copyFrom(
        'copy copied from stdin (format csv)',
        Readable.from(['1,one\n2,', 'two\n']),
      ),
    )
    expect(rows).toBe(2)
    expect(await db.rows('select * from copied order by a')).toEqual([
      { a: 1, b: 'one' },
      { a: 2, b: 'two' },
    ])
  })

  test('a row that does not fit fails, loads nothing and leaves the session usable', async () => {
    await db.rows('create table strict (a int)')
    await db.database.withSession(async (session) => {
      const error = readDatabaseError(
        await failureOf(session.copyFrom('copy strict from stdin', Readable.from(['1\n', 'x\n']))),
      )
      expect(error).toMatchObject({ kind: 'sql', sqlstate: '22P02' })
      expect(error?.where).toContain('COPY strict, line 2')
      expect((await session.query('select count(*) from strict')).rows).toEqual([{ count: '0' }])
    })
  })

  test('a stream that fails loads nothing and leaves the session usable', async () => {
    await db.rows('create table unfed (a int)')
    async function* failing(): AsyncGenerator<string> {
      yield '1\n'
      await Promise.resolve()
      throw new Error('the disk is gone')
    }
    await db.database.withSession(async (session) => {
      const copied = session.copyFrom('copy unfed from stdin', Readable.from(failing()))
      await expect(copied).rejects.toThrow('the disk is gone')
      expect((await session.query('select count(*) from unfed')).rows).toEqual([{ count: '0' }])
    })
  })
})
