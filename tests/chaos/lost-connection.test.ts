/**
 * What a run makes of a connection that is lost at a bad moment: the server may still be at work on it, or may give the
 * number of a transaction that a crash has lost to another one.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../../src/postgres/pool.js'
import { createProject } from '../support/project.js'
import type { TestProject } from '../support/project.js'
import { administrator } from './administrator.js'
import type { Administrator } from './administrator.js'
import { CrashServer } from './crash-server.js'
import { compileGeneration, run } from './run.js'
import type { Compiled } from './run.js'

const GEN = '${Number(dataform.projectConfig.vars.gen)}'
const FILES = {
  'dataform.json': JSON.stringify({
    warehouse: 'postgres',
    defaultSchema: 'm',
    vars: { gen: '0' },
  }),
  'package.json': JSON.stringify({ name: 'lost' }),
  'definitions/slow.sqlx': `config { type: "table" }
select ${GEN} as gen from (select pg_advisory_xact_lock_shared(77)) w
`,
  'definitions/appended.sqlx': `config { type: "incremental", dependencies: ["slow"] }
select ${GEN} as gen
`,
  'definitions/indexed.sqlx': `config { type: "incremental", clusterBy: [Number(dataform.projectConfig.vars.gen) ? "gen" : "other"] }
select ${GEN} as gen, 1 as other
`,
}

let server: CrashServer
let project: TestProject
let admin: Administrator
let next: Compiled
const settings = () => ({ ...server.settings, database: 'lost' })
beforeAll(async () => {
  server = await CrashServer.start()
  project = await createProject(FILES)
  next = await compileGeneration(project.dir, 1)
  admin = administrator(() => ({ ...server.direct, database: 'lost' }))
})
afterAll(async () => {
  await admin.close()
  await project.remove()
  await server.stop()
})
beforeEach(async () => {
  await admin.close()
  const main = administrator(() => ({ ...server.direct, database: 'postgres' }))
  await main.rows('drop database if exists lost with (force)')
  await main.rows('create database lost')
  await main.close()
  server.proxy.judge = () => 'passed'
  expect((await run(await compileGeneration(project.dir, 0), settings())).problems).toEqual([])
})

test('a retry waits for what the server is still doing for the lost connection', async () => {
  await admin.rows('select pg_advisory_lock(77)')
  let isCut = false
  let later = 0
  server.proxy.judge = (text) => {
    if (isCut && !text.startsWith('SET')) later++
    if (isCut || !text.includes('pg_advisory_xact_lock_shared(77)')) return 'passed'
    isCut = true
    return 'cut at once'
  }
  const state = { isOver: false }
  const running = run(next, settings(), { retryLimit: 3, jobs: 1 }).finally(() => {
    state.isOver = true
  })
  // By then it has met its own transaction.
  await expect.poll(() => later >= 2 || state.isOver, { timeout: 10_000 }).toBe(true)
  await admin.rows('select pg_advisory_unlock(77)')
  expect((await running).problems).toEqual([])
})

test('a retry waits for an index that the server is still building for the lost connection', async () => {
  const database = openDatabase({ ...server.direct, database: 'lost' }, { maxConnections: 1 })
  await database.withSession(async (writer) => {
    await writer.query('begin; lock table m.indexed in row exclusive mode')
    let isCut = false
    let later = 0
    server.proxy.judge = (text) => {
      if (isCut && !text.startsWith('SET')) later++
      if (isCut || !text.startsWith('create index concurrently')) return 'passed'
      isCut = true
      return 'cut at once'
    }
    const state = { isOver: false }
    const running = run(next, settings(), { retryLimit: 3, jobs: 1 }).finally(() => {
      state.isOver = true
    })
    await expect.poll(() => later >= 4 || state.isOver, { timeout: 10_000 }).toBe(true)
    await writer.query('commit')
    expect((await running).problems).toEqual([])
  })
  await database.close()
})

test.each(['cut before', 'cut after', 'cut at once'] as const)(
  'the making of the schemas is tried again too: %s',
  async (fate) => {
    await admin.rows('drop schema m cascade')
    server.proxy.judge = (text) => {
      if (!text.includes('create schema if not exists "m"')) return 'passed'
      server.proxy.judge = () => 'passed'
      return fate
    }
    expect((await run(next, settings(), { retryLimit: 1 })).problems).toEqual([])
  },
)

test('a commit that a crash has undone is not taken for that of another transaction', async () => {
  const isHeld = new Promise<void>((resolve) => {
    server.proxy.judge = (text) => {
      if (!text.includes('commit;') || !text.includes("'m.appended'")) return 'passed'
      server.proxy.judge = () => 'passed'
      resolve()
      return 'swallowed'
    }
  })
  const running = run(next, settings(), { retryLimit: 3, jobs: 1 })
  await isHeld
  await server.crash()
  await server.restart()
  await admin.close()
  // After the recovery the numbers of lost transactions are given away again.
  for (let i = 0; i < 50; i++) await admin.rows('select pg_current_xact_id()')
  expect((await running).problems).toEqual([])
  expect(await admin.rows('select gen from m.appended order by gen')).toEqual([
    { gen: 0 },
    { gen: 1 },
  ])
})
