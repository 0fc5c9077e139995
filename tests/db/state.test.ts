/** The schema dataform_state: migrated once, by whoever comes first, and written with what it speaks of. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/postgres/pool.js'
import { migrateState } from '../../src/state/migrate.js'
import {
  fingerprintOf,
  readDurations,
  readLastRun,
  recordEnd,
  recordResults,
  recordStart,
} from '../../src/state/runs.js'
import type { RecordedResult } from '../../src/state/runs.js'
import { table, view } from '../support/actions.js'
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

const FOLDER = join(import.meta.dirname, '../../src/state/migrations')
const files = readdirSync(FOLDER).sort()
const migrate = () => db.database.withSession((session) => migrateState(session))
const versions = async () =>
  (await db.rows('select version from dataform_state.migrations order by 1')).map(
    (row) => row.version,
  )
const columns = () =>
  db.rows(`select table_name, column_name, data_type, is_nullable from information_schema.columns
    where table_schema = 'dataform_state' order by 1, 2`)

describe('migrations', () => {
  test('are numbered without gaps', () => {
    expect(files.map((file) => Number(file.slice(0, 4)))).toEqual(files.map((_, i) => i + 1))
  })

  test('twenty processes at once install it once', async () => {
    const databases = Array.from({ length: 20 }, () =>
      openDatabase(db.settings, { maxConnections: 1 }),
    )
    await Promise.all(
      databases.map((database) => database.withSession((session) => migrateState(session))),
    )
    expect(await versions()).toEqual(files.map((_, i) => i + 1))
    await Promise.all(databases.map((database) => database.close()))
  })

  test('take up a schema of any earlier version, and lose nothing', async () => {
    await migrate()
    const expected = await columns()
    await db.rows('drop schema dataform_state cascade')
    // As it was before there were numbers.
    await db.rows(readFileSync(join(FOLDER, files[0] ?? ''), 'utf8'))
    await db.rows(`insert into dataform_state.runs (started_at, duration_ms, is_cancelled) values (now(), 5, false);
      insert into dataform_state.action_results values (1, 's.t', 'table', 'succeeded', 'created', 7, 3, null)`)
    await migrate()
    expect(await columns()).toEqual(expected)
    expect(
      await db.database.withSession((session) => readDurations(session, ['s.t', 's.u'])),
    ).toEqual(new Map([['s.t', 7]]))
    await migrate()
    expect(await versions()).toEqual(files.map((_, i) => i + 1))
  })

  test('a schema of a newer version is left alone', async () => {
    await migrate()
    await db.rows('insert into dataform_state.migrations (version) values (999)')
    await expect(migrate()).rejects.toThrow('the schema dataform_state is of version 999')
  })

  test('every table and the schema say what they are', async () => {
    await migrate()
    expect(
      await db.rows(`select relname from pg_class where relnamespace = 'dataform_state'::regnamespace
        and relkind = 'r' and obj_description(oid, 'pg_class') is null`),
    ).toEqual([])
  })
})

const result = (
  target: string,
  status: string,
  rest: Partial<RecordedResult> = {},
): RecordedResult => ({
  target,
  type: 'table',
  status,
  outcome: status,
  duration_ms: 5,
  row_count: null,
  failure: null,
  fingerprint: 'f',
  groups_done: 0,
  ...rest,
})

describe('runs', () => {
  const begin = (selected: readonly string[], project = 'p') =>
    db.database.withSession((session) =>
      recordStart(session, { project, engineVersion: '1', isFullRefresh: true, selected }),
    )

  test('what is unfinished is what failed, was skipped, or was never reached', async () => {
    await migrate()
    const runId = await begin(['s.ok', 's.failed', 's.skipped', 's.lost', 's.warned', 's.off'])
    await begin(['s.other'], 'another project')
    const results = [
      result('s.failed', 'failed', { failure: { message: 'a\u0000b' } }),
      result('s.skipped', 'skipped'),
      result('s.warned', 'warned'),
      result('s.off', 'disabled'),
    ]
    await db.rows(recordResults(runId, [result('s.ok', 'succeeded', { row_count: 12 })]))
    const last = () => db.database.withSession((session) => readLastRun(session, 'p'))
    // As a run that was killed leaves it.
    expect((await last())?.unfinished.map((item) => item.target)).toEqual([
      's.failed',
      's.skipped',
      's.lost',
      's.warned',
      's.off',
    ])
    await db.database.withSession((session) =>
      recordEnd(session, runId, { durationMs: 1.4, isCancelled: false }, [
        ...results,
        result('s.ok', 'succeeded', { duration_ms: 99 }),
      ]),
    )
    expect(await last()).toEqual({
      runId,
      isFullRefresh: true,
      unfinished: [
        { target: 's.failed', groupsDone: 0, fingerprint: 'f' },
        { target: 's.skipped', groupsDone: 0, fingerprint: 'f' },
        { target: 's.lost', groupsDone: 0, fingerprint: null },
      ],
    })
    expect(
      await db.rows(
        `select duration_ms, row_count from dataform_state.action_results where target = 's.ok'`,
      ),
    ).toEqual([{ duration_ms: 5, row_count: '12' }])
  })

  test('what is committed is not forgotten when the rest fails', async () => {
    await migrate()
    const runId = await begin(['s.t'])
    await db.rows(recordResults(runId, [result('s.t', 'unfinished', { groups_done: 2 })]))
    await db.database.withSession((session) =>
      recordEnd(session, runId, { durationMs: 1, isCancelled: false }, [result('s.t', 'failed')]),
    )
    const last = await db.database.withSession((session) => readLastRun(session, 'p'))
    expect(last?.unfinished).toEqual([{ target: 's.t', groupsDone: 2, fingerprint: 'f' }])
  })

  test('a result is there if and only if what it speaks of is', async () => {
    await migrate()
    const runId = await begin(['s.t'])
    const failing = table('s.t', { postOps: ['select 1 / 0'] })
    expect((await runOne(db, [failing], { execute: { runId } })).status).toBe('failed')
    expect(await db.rows('select 1 from dataform_state.action_results')).toEqual([])
    expect((await runOne(db, [table('s.t')], { execute: { runId } })).status).toBe('succeeded')
    // One transaction wrote the row and made the table.
    expect(
      await db.rows(`select r.status, r.outcome, r.row_count, r.fingerprint, r.xmin = c.xmin as together
        from dataform_state.action_results r join pg_class c on c.oid = 's.t'::regclass`),
    ).toEqual([
      {
        status: 'succeeded',
        outcome: 'created',
        row_count: '1',
        fingerprint: fingerprintOf(table('s.t')),
        together: true,
      },
    ])
  })

  test('the outcome that is recorded is the one that was decided', async () => {
    await migrate()
    await runOne(db, [view('s.v')])
    const runId = await begin(['s.v'])
    expect(await runOne(db, [view('s.v')], { execute: { runId } })).toMatchObject({
      outcome: 'unchanged',
    })
    expect(await db.rows('select outcome from dataform_state.action_results')).toEqual([
      { outcome: 'unchanged' },
    ])
  })

  test('the fingerprint follows the SQL and nothing else', () => {
    const action = table('s.t', { query: 'select 1 as id' })
    const same = { ...action, description: 'x', tags: ['y'], fileName: 'z' }
    expect(fingerprintOf(same)).toBe(fingerprintOf(action))
    expect(fingerprintOf({ ...action, query: 'select 2 as id' })).not.toBe(fingerprintOf(action))
    expect(fingerprintOf({ ...action, preOps: ['select 1'] })).not.toBe(fingerprintOf(action))
  })
})
