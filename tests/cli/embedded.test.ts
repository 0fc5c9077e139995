/**
 * The embedded server through everything that may happen to it: every test has a server of its own.
 */
import { cp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findControl } from '../../src/postgres/embedded/control.js'
import { inspectServer } from '../../src/postgres/embedded/manage.js'
import { findPlace, type Place } from '../../src/postgres/embedded/place.js'
import { isPostmasterAlive, readPostmasterFile } from '../../src/postgres/embedded/postmaster.js'
import { createProject, type CommandOutcome, type TestProject } from '../support/project.js'

const embedded = { DATABASE_URL: undefined }
const wait = { timeout: 30_000 }

let project: TestProject
let place: Place
beforeAll(async () => {
  project = await createProject()
  place = await findPlace(project.dir)
})
afterAll(async () => {
  await project.run(['db', 'stop', '--force'], embedded)
  await project.run(['db', 'reset', '--force'], embedded)
  await project.remove()
})

const dataform = (...args: string[]): Promise<CommandOutcome> => project.run(args, embedded)
const sleeping = () => project.start(['query', 'select pg_sleep(600)'], embedded)

/** The value of one cell. */
async function value(sql: string): Promise<string> {
  const { code, stdout, stderr } = await dataform('query', '--format', 'csv', sql)
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  return stdout.split('\n')[1] ?? ''
}

async function serverPid(): Promise<number> {
  const file = await readPostmasterFile(place.dataDir)
  if (file === undefined) throw new Error('no server runs')
  return file.pid
}

/** The supervisor's process: the parent of the server that it has started. */
async function supervisorPid(server: number): Promise<number> {
  const status = await readFile(`/proc/${server}/status`, 'utf8')
  return Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1])
}

const users = async (): Promise<number> => (await inspectServer(place)).running?.users.length ?? 0

describe('one command', () => {
  test('creates the cluster, and leaves nothing running', async () => {
    const first = await dataform('query', 'create table kept as select 42 as a')
    expect(first).toMatchObject({ code: 0, stdout: 'SELECT 1\n' })
    expect(first.stderr).toBe('creating the database\n')
    expect(await readPostmasterFile(place.dataDir)).toBeUndefined()
    expect(await value('select a from kept')).toBe('42')
    expect(await readPostmasterFile(place.dataDir)).toBeUndefined()
  })

  test('is set up for building, and keeps its data safe', async () => {
    expect(await value("select current_setting('wal_level') || current_setting('fsync')")).toBe(
      'minimalon',
    )
    expect(
      await value("select current_setting('TimeZone') || current_setting('server_encoding')"),
    ).toBe('UTCUTF8')
    expect(
      await value(
        "select datlocprovider::text || datlocale from pg_database where datname = 'warehouse'",
      ),
    ).toBe('bC.UTF-8')
  })

  test('has a password that others cannot read', async () => {
    const file = join(place.stateDir, 'password')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await readFile(file, 'utf8')).trim().length).toBeGreaterThan(20)
    await rm(file)
    expect(await value('select a from kept')).toBe('42')
  })

  test.each(['SIGTERM', 'SIGKILL'] as const)('ended by %s stops the server', async (signal) => {
    const running = sleeping()
    await expect.poll(users, wait).toBe(1)
    const pid = await serverPid()
    running.child.kill(signal)
    await running.ended
    await expect.poll(() => isPostmasterAlive(pid), wait).toBe(false)
  })
})

describe('several commands', () => {
  test('ten at once share one server', async () => {
    const runs = await Promise.all(
      Array.from({ length: 10 }, () =>
        dataform(
          'query',
          '--format',
          'csv',
          'select pg_postmaster_start_time() as t, pg_sleep(0.5)',
        ),
      ),
    )
    expect(runs.map((run) => run.code)).toEqual(Array.from({ length: 10 }, () => 0))
    // One after the other at the worst, never two on the same data: that would have failed above.
    expect(await value('select a from kept')).toBe('42')
  })

  test('the first to end leaves the server to the other', async () => {
    const running = sleeping()
    await expect.poll(users, wait).toBe(1)
    const pid = await serverPid()
    expect(await value('select a from kept')).toBe('42')
    expect(await serverPid()).toBe(pid)
    running.child.kill('SIGINT')
    expect((await running.ended).stderr).toContain('The statement was cancelled.')
    await expect.poll(() => isPostmasterAlive(pid), wait).toBe(false)
  })
})

describe('a killed', () => {
  test('server is started again, with all its data', async () => {
    await dataform('db', 'start')
    const pid = await serverPid()
    process.kill(pid, 'SIGKILL')
    expect(await value('select a from kept')).toBe('42')
    await expect.poll(() => isPostmasterAlive(pid), wait).toBe(false)
  })

  test('supervisor is replaced while a command runs', async () => {
    const running = project.start(['query', '--format', 'csv', 'select pg_sleep(600)'], embedded)
    await expect.poll(users, wait).toBe(1)
    const pid = await serverPid()
    process.kill(await supervisorPid(pid), 'SIGKILL')
    await expect
      .poll(async () => {
        const control = await findControl(place.dataDir)
        control?.close()
        return control !== undefined
      }, wait)
      .toBe(true)
    await expect.poll(users, wait).toBe(1)
    expect(await serverPid()).toBe(pid)
    running.child.kill('SIGINT')
    await running.ended
    await expect.poll(() => isPostmasterAlive(pid), wait).toBe(false)
  })

  test('supervisor without a command: the next command takes the server over and stops it', async () => {
    await dataform('db', 'start')
    const pid = await serverPid()
    process.kill(await supervisorPid(pid), 'SIGKILL')
    await expect.poll(() => findControl(place.dataDir), wait).toBeUndefined()
    expect((await dataform('db', 'status')).stdout).toContain(`process  ${pid}`)
    expect(await value('select a from kept')).toBe('42')
    await expect.poll(() => isPostmasterAlive(pid), wait).toBe(false)
  })

  test('pair of supervisor and server', async () => {
    await dataform('db', 'start')
    const pid = await serverPid()
    process.kill(await supervisorPid(pid), 'SIGKILL')
    process.kill(pid, 'SIGKILL')
    expect(await value('select a from kept')).toBe('42')
  })
})

describe('left behind', () => {
  test('a lock file with the number of a process that is no server', async () => {
    await writeFile(
      join(place.dataDir, 'postmaster.pid'),
      `${process.pid}\n${place.dataDir}\n1700000000\n5432\n/tmp/gone\n\n 1 2\nready   \n`,
    )
    expect(await value('select a from kept')).toBe('42')
  })

  test('a lock of a command that is gone', async () => {
    const gone = project.start(['--version'])
    await gone.ended
    await writeFile(join(place.stateDir, 'start.lock'), String(gone.child.pid))
    expect(await value('select a from kept')).toBe('42')
  })

  test('a half-made cluster of a killed command', async () => {
    const gone = project.start(['--version'])
    await gone.ended
    const draft = `${place.dataDir}.draft-${gone.child.pid ?? 0}`
    await cp(join(place.dataDir, 'base'), draft, { recursive: true })
    await dataform('db', 'reset', '--force')
    expect(await value('select 1')).toBe('1')
    await expect(readFile(join(draft, 'PG_VERSION'))).rejects.toThrow('ENOENT')
    await dataform('query', 'create table kept as select 42 as a')
  })
})

test('data of another version is not touched', async () => {
  const file = join(place.dataDir, 'PG_VERSION')
  await writeFile(file, '15\n')
  const run = await dataform('query', 'select 1')
  await writeFile(file, '18\n')
  expect(run.code).toBe(1)
  expect(run.stderr).toContain('is of PostgreSQL 15; this is PostgreSQL 18')
  expect(await value('select a from kept')).toBe('42')
})

test('a server that cannot start says why', async () => {
  await writeFile(join(place.dataDir, 'user.conf'), "shared_buffers = 'much'\n")
  const run = await dataform('query', 'select 1')
  await rm(join(place.dataDir, 'user.conf'))
  expect(run.code).toBe(1)
  expect(run.stderr).toContain('The embedded database did not start')
  expect(run.stderr).toContain('shared_buffers')
  expect(await value('select a from kept')).toBe('42')
})

test('settings of the caller do not reach the server', async () => {
  const run = await project.run(['query', '--format', 'csv', 'select 1 as a'], {
    ...embedded,
    PGPORT: '1',
    PGDATA: '/nowhere',
    PGOPTIONS: '',
    NODE_OPTIONS: '--max-old-space-size=200',
  })
  expect(run).toMatchObject({ code: 0, stdout: 'a\n1\n' })
})
