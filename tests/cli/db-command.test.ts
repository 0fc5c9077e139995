import { spawn } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inspectServer } from '../../src/postgres/embedded/manage.js'
import { findPlace } from '../../src/postgres/embedded/place.js'
import { createProject, type CommandOutcome, type TestProject } from '../support/project.js'

const embedded = { DATABASE_URL: undefined }

let project: TestProject
beforeAll(async () => {
  project = await createProject()
})
afterAll(async () => {
  await project.run(['db', 'stop', '--force'], embedded)
  await project.run(['db', 'reset', '--force'], embedded)
  await project.remove()
})

const db = (...args: string[]): Promise<CommandOutcome> => project.run(['db', ...args], embedded)

test('start keeps it, stop stops it', async () => {
  expect((await db('status')).stdout).toMatch(/^not created yet\n/)
  expect((await db('url')).code).toBe(1)
  expect((await db('stop')).stdout).toBe('The embedded database is not running.\n')

  expect(await db('start')).toMatchObject({ code: 0, stderr: 'creating the database\n' })
  const status = await db('status')
  expect(status.stdout).toMatch(/^running since .*, kept until `dataform db stop`\n/)
  expect(status.stdout).toMatch(/^users {4}none$/m)
  expect(status.stdout).toMatch(/^version {2}PostgreSQL 18\./m)
  expect(status.stdout).toMatch(/^size {5}\d+\.\d MB$/m)
  expect(status.stdout).not.toContain('password')
  expect((await db('start')).code).toBe(0)

  const url = (await db('url')).stdout.trim()
  const run = await project.run(['query', '--format', 'csv', 'select current_database() as db'], {
    DATABASE_URL: url,
  })
  expect(run.stdout).toBe('db\nwarehouse\n')

  expect((await db('stop')).stdout).toBe('The embedded database has stopped.\n')
  expect((await db('status')).stdout).toMatch(/^not running\n/)
})

test('what others use is neither stopped nor deleted', async () => {
  await db('start')
  const running = project.start(['query', 'select pg_sleep(600)'], embedded)
  const place = await findPlace(project.dir)
  const users = async (): Promise<number> => (await inspectServer(place)).running?.users.length ?? 0
  await expect.poll(users, { timeout: 20_000 }).toBe(1)

  const reset = await db('reset', '--force')
  expect(reset.code).toBe(1)
  expect(reset.stderr).toContain(`in use by dataform query (process ${running.child.pid ?? 0})`)

  const stop = await db('stop')
  expect(stop.stdout).toContain(`dataform query (process ${running.child.pid ?? 0})`)
  expect((await inspectServer(place)).running?.kept).toBe(false)

  expect((await db('stop', '--force')).stdout).toBe('The embedded database has stopped.\n')
  const { code, stderr } = await running.ended
  expect(code).toBe(1)
  expect(stderr).toContain('terminating connection due to administrator command')
})

test('reset asks, and deletes', async () => {
  await project.run(['query', 'create table gone as select 1 as a'], embedded)
  const unasked = await db('reset')
  expect(unasked.code).toBe(2)
  expect(unasked.stderr).toContain('--force')
  expect((await db('reset', '--force')).code).toBe(0)
  expect((await db('status')).stdout).toMatch(/^not created yet\n/)
  expect((await db('reset', '--force')).stdout).toBe('There is no embedded database to delete.\n')
  const run = await project.run(['query', 'select a from gone'], embedded)
  expect(run.stderr).toContain('relation "gone" does not exist')
})

test('a server that is not embedded is left alone', async () => {
  for (const action of ['start', 'stop', 'reset']) {
    const run = await project.run(['db', action])
    expect(run.code).toBe(2)
    expect(run.stderr).toContain('not the embedded database')
  }
  expect((await project.run(['db', 'status'])).stdout).toMatch(
    /^not embedded: .*\(DATABASE_URL\)\n/,
  )
  const url = await project.run(['db', 'url'])
  expect(url.stdout.trim()).toBe(project.db.url)
})

test('without an action, or with an unknown one, it is wrong use', async () => {
  expect((await db()).code).toBe(2)
  expect((await db('explode')).code).toBe(2)
})

test('the URL is one that psql takes', async ({ skip }) => {
  await db('start')
  const url = (await db('url')).stdout.trim()
  const outcome = await new Promise<string>((resolve) => {
    const psql = spawn('psql', ['-XAtc', 'select 40 + 2', url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    psql.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    psql.once('error', () => {
      resolve('not installed')
    })
    psql.once('close', () => {
      resolve(said)
    })
  })
  await db('stop')
  skip(outcome === 'not installed')
  expect(outcome).toBe('42\n')
})
