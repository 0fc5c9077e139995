import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProject, type TestProject } from '../support/project.js'

let project: TestProject
beforeAll(async () => {
  project = await createProject()
})
afterAll(async () => {
  await project.remove()
})

describe('formats', () => {
  const sql = `select 9007199254740993 as big, 1.50 as exact, null as none, '' as empty, 'a,"b"' as said,
    true as yes, 1 as n, 2 as n`

  test('table', async () => {
    const { code, stdout, stderr } = await project.run(['query', sql])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout.split('\n')).toEqual([
      '             big │ exact │ none │ empty │ said  │ yes  │ n │ n',
      '─────────────────┼───────┼──────┼───────┼───────┼──────┼───┼──',
      '9007199254740993 │  1.50 │ NULL │       │ a,"b" │ true │ 1 │ 2',
      '(1 row)',
      '',
    ])
  })

  test('csv: exact, nothing for NULL', async () => {
    const { code, stdout } = await project.run(['query', '--format', 'csv', sql])
    expect(code).toBe(0)
    expect(stdout).toBe(
      'big,exact,none,empty,said,yes,n,n\n9007199254740993,1.50,,"","a,""b""",true,1,2\n',
    )
  })

  test('json: exact, no column lost', async () => {
    const { code, stdout } = await project.run(['query', '--format', 'json', sql])
    expect(code).toBe(0)
    expect(stdout).toBe(
      '[\n{"big":9007199254740993,"exact":1.50,"none":null,"empty":"","said":"a,\\"b\\"","yes":true,"n":1,"n_2":2}\n]\n',
    )
  })

  test('json of no rows is an empty array', async () => {
    const { stdout } = await project.run(['query', '--format', 'json', 'select 1 as a where false'])
    expect(JSON.parse(stdout)).toEqual([])
  })
})

test('every statement of the text, with its tag', async () => {
  const sql =
    'create table several (a int); insert into several values (1), (2); select a from several; drop table several'
  const asTable = await project.run(['query', sql])
  expect(asTable.stdout).toBe('CREATE TABLE\nINSERT 0 2\na\n─\n1\n2\n(2 rows)\nDROP TABLE\n')
  const asCsv = await project.run(['query', '--format', 'csv', sql])
  expect(asCsv).toMatchObject({
    stdout: 'a\n1\n2\n',
    stderr: 'CREATE TABLE\nINSERT 0 2\nDROP TABLE\n',
  })
})

test('standard input, and data copied out', async () => {
  const piped = await project.run(['query', '-', '--format', 'csv'], {}, 'select 1 as "one"')
  expect(piped.stdout).toBe('one\n1\n')
  const copied = await project.run(['query', 'copy (values (1, null)) to stdout'])
  expect(copied.stdout).toBe('1\t\\N\nCOPY 1\n')
})

test('a table is limited, and says so', async () => {
  const sql = 'select generate_series(1, 1500) as n'
  const limited = await project.run(['query', '--limit', '3', sql])
  expect(limited.stdout).toBe('n\n─\n1\n2\n3\n(1500 rows, the first 3 shown (all: --limit 0))\n')
  const all = await project.run(['query', '--limit', '0', sql])
  expect(all.stdout.split('\n')).toHaveLength(1504)
  const csv = await project.run(['query', '--format', 'csv', sql])
  expect(csv.stdout.split('\n')).toHaveLength(1502)
})

describe('failures', () => {
  test('point at the place in the text, and the exit code is 1', async () => {
    const { code, stdout, stderr } = await project.run(['query', "select\n  '😀', nope + 1"])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(
      [
        'error query:2:9  column "nope" does not exist (42703)',
        "   2 |   '😀', nope + 1",
        '               ^',
        '',
      ].join('\n'),
    )
  })

  test('keep what was printed before them', async () => {
    const run = await project.run(['query', '--format', 'csv', 'select 1 as a; select 1/0 as b'])
    expect(run).toMatchObject({ code: 1, stdout: 'a\n1\n' })
    expect(run.stderr).toContain('division by zero (22012)')
  })

  test('detail and hint of the server are shown', async () => {
    const sql = 'create temp table k (a int primary key); insert into k values (7), (7)'
    const run = await project.run(['query', sql])
    expect(run.code).toBe(1)
    expect(run.stderr).toContain('Key (a)=(7) already exists.')
  })

  test('wrong use is 2', async () => {
    expect((await project.run(['query'])).code).toBe(2)
    expect((await project.run(['query', 'select 1', '--format', 'xml'])).code).toBe(2)
  })
})

test('notices go to standard error', async () => {
  const run = await project.run(['query', 'drop table if exists never_there'])
  expect(run).toMatchObject({ code: 0, stdout: 'DROP TABLE\n' })
  expect(run.stderr).toContain('table "never_there" does not exist')
})

test('Ctrl-C cancels the statement', async () => {
  const running = project.start(['query', "select pg_sleep(600), 'cancel this'"])
  const active = async (): Promise<readonly unknown[]> =>
    project.db.rows(
      `select 1 from pg_stat_activity
       where datname = current_database() and wait_event = 'PgSleep' and application_name = 'dataform'`,
    )
  await expect.poll(active, { timeout: 20_000 }).toHaveLength(1)
  running.child.kill('SIGINT')
  const { code, stderr } = await running.ended
  expect(code).toBe(1)
  expect(stderr).toContain('The statement was cancelled.')
  await expect.poll(active).toHaveLength(0)
})

describe('connection failures', () => {
  const query = ['query', 'select 1']

  test('a wrong password is never shown, whatever the source', async () => {
    const { host, port, user, database } = project.db.settings
    const password = 'wr0ng-s3cret'
    await writeFile(
      join(project.dir, 'credentials.json'),
      JSON.stringify({ host, port, username: user, password, databaseName: database }),
    )
    const none = { DATABASE_URL: undefined }
    const url = `postgres://${user}:${password}@/${database}?host=${host}&port=${port}`
    const runs = [
      await project.run(query, { DATABASE_URL: url }),
      await project.run(query, {
        ...none,
        PGHOST: host,
        PGPORT: String(port),
        PGUSER: user,
        PGPASSWORD: password,
        PGDATABASE: database,
      }),
      await project.run([...query, '--credentials', 'credentials.json'], none),
    ]
    for (const run of runs) {
      expect(run.code).toBe(1)
      expect(run.stderr).toContain('password authentication failed')
      expect(run.stdout + run.stderr).not.toContain(password)
    }
  })

  test('a database that is not there', async () => {
    const url = new URL(project.db.url)
    url.pathname = '/not_there'
    const run = await project.run(query, { DATABASE_URL: url.href })
    expect(run.code).toBe(1)
    expect(run.stderr).toContain('database "not_there" does not exist')
    expect(run.stderr).toContain('CREATE DATABASE "not_there"')
  })

  test('nobody listens', async () => {
    const run = await project.run(query, { DATABASE_URL: 'postgres://u:s3cret@localhost:1/db' })
    expect(run.code).toBe(1)
    expect(run.stderr).toContain('Cannot connect to u@localhost:1/db (DATABASE_URL)')
    expect(run.stderr).not.toContain('s3cret')
  })
})
