import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { CommandError } from '../../src/failure/types.js'
import { versionProblem } from '../../src/postgres/acquire.js'
import { connectionUrl, type ConnectionSettings } from '../../src/postgres/settings.js'
import { chooseConnection } from '../../src/project/connection.js'
import { readConnectionUrl } from '../../src/project/connection-url.js'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'dataform-connection-'))
})
afterAll(async () => {
  await rm(dir, { recursive: true })
})

type Env = Readonly<Record<string, string>>

async function choose(env: Env, credentialsFile?: string): Promise<ConnectionSettings> {
  const choice = await chooseConnection({
    projectDir: dir,
    env,
    ...(credentialsFile !== undefined && { credentialsFile }),
  })
  if (choice.kind !== 'server') throw new Error('the embedded server was chosen')
  return choice.settings
}

async function problem(env: Env, credentialsFile?: string): Promise<string> {
  const error: unknown = await choose(env, credentialsFile).catch((thrown: unknown) => thrown)
  if (!(error instanceof CommandError)) throw new Error('no CommandError')
  expect(error.exitCode).toBe(2)
  return `${error.message} ${error.hint ?? ''}`
}

describe('precedence', () => {
  const file = () => join(dir, '.df-credentials.json')
  const other = () => join(dir, 'other.json')
  beforeEach(async () => {
    await writeFile(file(), '{"host": "in-project"}')
    await writeFile(other(), '{"host": "by-flag"}')
  })

  const url = { DATABASE_URL: 'postgres://by-url/db' }
  const variables = { PGHOST: 'by-variable' }

  test.each([
    ['the flag before all', { ...url, ...variables }, true, 'by-flag', 'credentials file'],
    ['DATABASE_URL before PG*', { ...url, ...variables }, false, 'by-url', 'DATABASE_URL'],
    ['PG* before the file', variables, false, 'by-variable', 'PG* variables'],
    ['PGDATABASE alone chooses', { PGDATABASE: 'x' }, false, 'localhost', 'PG* variables'],
    ['PGUSER alone does not', { PGUSER: 'x' }, false, 'in-project', 'credentials file'],
    [
      'empty variables are none',
      { DATABASE_URL: '', PGHOST: '' },
      false,
      'in-project',
      'credentials file',
    ],
  ])('%s', async (_, env, withFlag, host, origin) => {
    expect(await choose(env, withFlag ? other() : undefined)).toMatchObject({ host, origin })
  })

  test('nothing at all is the embedded server', async () => {
    await rm(file())
    expect(await chooseConnection({ projectDir: dir, env: {} })).toEqual({ kind: 'embedded' })
  })
})

describe('DATABASE_URL', () => {
  test('every part is read, percent-encoded or not', async () => {
    const url = 'postgresql://us%40er:p%3Aw%2Fd@db.example:6543/my%20db?sslmode=no-verify'
    expect(await choose({ DATABASE_URL: url })).toEqual({
      host: 'db.example',
      port: 6543,
      user: 'us@er',
      password: 'p:w/d',
      database: 'my db',
      tls: { mode: 'no-verify' },
      origin: 'DATABASE_URL',
    })
  })

  test('a socket folder, in the parameters or as the host', async () => {
    const expected = { host: '/run/pg', port: 5433, database: 'db', tls: false }
    expect(await choose({ DATABASE_URL: 'postgres:///db?host=/run/pg&port=5433' })).toMatchObject(
      expected,
    )
    expect(await choose({ DATABASE_URL: 'postgres://%2Frun%2Fpg:5433/db' })).toMatchObject(expected)
    const withUser = 'postgres://u:p%40@/db?host=/run/pg&port=5433'
    expect(await choose({ DATABASE_URL: withUser })).toMatchObject({
      ...expected,
      user: 'u',
      password: 'p@',
    })
  })

  test('an IPv6 address', async () => {
    expect(await choose({ DATABASE_URL: 'postgres://[::1]/db' })).toMatchObject({
      host: '::1',
      tls: false,
    })
  })

  test('what it leaves out comes from the variables', async () => {
    const env = {
      DATABASE_URL: 'postgres://db.example',
      PGUSER: 'me',
      PGPASSWORD: 'pw',
      PGDATABASE: 'd',
    }
    expect(await choose(env)).toMatchObject({
      user: 'me',
      password: 'pw',
      database: 'd',
      port: 5432,
    })
  })

  test.each([
    ['not a url: s3cret', 'cannot be read'],
    ['mysql://u:s3cret@h/db', 'must start with postgres://'],
    ['postgres://u:s3cret%@h/db', 'percent sign'],
    ['postgres://u:s3cret@h/db?port=99999', 'port'],
    ['postgres://u:s3cret@/db?host=a,b', 'several hosts'],
    ['postgres://u:s3cret@h/db?sslmode=maybe', 'sslmode'],
  ])('%s is refused without a word of the password', async (DATABASE_URL, message) => {
    const said = await problem({ DATABASE_URL })
    expect(said).toContain(message)
    expect(said).not.toContain('s3cret')
  })
})

describe('TLS', () => {
  test.each([
    ['db.example', undefined, { mode: 'verify' }],
    ['db.example', 'prefer', { mode: 'verify' }],
    ['db.example', 'require', { mode: 'verify' }],
    ['db.example', 'verify-full', { mode: 'verify' }],
    ['db.example', 'no-verify', { mode: 'no-verify' }],
    ['db.example', 'disable', false],
    ['127.0.0.1.example', undefined, { mode: 'verify' }],
    ['localhost', undefined, false],
    ['127.8.8.8', undefined, false],
    ['localhost', 'prefer', false],
    ['localhost', 'require', { mode: 'verify' }],
    ['/run/pg', 'require', false],
  ])('%s with sslmode %s', async (PGHOST, mode, expected) => {
    const { tls } = await choose({ PGHOST, ...(mode !== undefined && { PGSSLMODE: mode }) })
    expect(tls).toEqual(expected)
  })

  test('the authorities are read from the file', async () => {
    await writeFile(join(dir, 'ca.pem'), 'PEM')
    const { tls } = await choose({ PGHOST: 'db.example', PGSSLROOTCERT: join(dir, 'ca.pem') })
    expect(tls).toEqual({ mode: 'verify', ca: 'PEM' })
    expect(await problem({ PGHOST: 'db.example', PGSSLROOTCERT: '/no/such.pem' })).toContain(
      '/no/such.pem',
    )
  })
})

describe('credentials file', () => {
  const withFile = async (content: string): Promise<string> => {
    const path = join(dir, 'credentials.json')
    await writeFile(path, content)
    return path
  }

  test("Dataform's names", async () => {
    const path = await withFile(
      '\uFEFF{"host": "h.example", "port": 5433, "username": "u", "password": "p", "databaseName": "d"}',
    )
    expect(await choose({}, path)).toEqual({
      host: 'h.example',
      port: 5433,
      user: 'u',
      password: 'p',
      database: 'd',
      tls: { mode: 'verify' },
      origin: 'credentials file',
    })
  })

  test('a url, with a part replaced', async () => {
    const path = await withFile('{"url": "postgres://u:p@h.example/d", "sslmode": "disable"}')
    expect(await choose({}, path)).toMatchObject({ host: 'h.example', user: 'u', tls: false })
  })

  test.each([
    ['{"host": "h", "password": "s3cret"', 'not a JSON object'],
    ['["s3cret"]', 'not a JSON object'],
    ['{"projectId": "p", "location": "US"}', 'BigQuery'],
    ['{"host": "h", "pasword": "s3cret"}', 'unknown key "pasword"'],
    ['{"host": 5, "password": "s3cret"}', '"host" must be a text'],
    ['{"url": "nonsense s3cret"}', 'cannot be read'],
  ])('%s is refused', async (content, message) => {
    const said = await problem({}, await withFile(content))
    expect(said).toContain(message)
    expect(said).not.toContain('s3cret')
  })

  test('a missing file of the flag is named', async () => {
    expect(await problem({}, '/no/such.json')).toContain('/no/such.json')
  })
})

describe('connectionUrl', () => {
  const settings: ConnectionSettings = {
    host: 'db.example',
    port: 5433,
    user: 'u@x',
    password: 'p/w&?',
    database: 'my db',
    tls: { mode: 'verify' },
    origin: 'credentials file',
  }

  test.each([
    ['a host', {}],
    ['a socket', { host: '/tmp/a b', tls: false as const }],
    ['IPv6', { host: '::1', tls: false as const }],
    ['no password', { password: undefined }],
  ])('%s is read back as it was', (_, changes) => {
    const { host, port, user, password, database } = { ...settings, ...changes }
    const parts = readConnectionUrl(connectionUrl({ ...settings, ...changes }), 'it')
    expect(parts).toMatchObject({ host, port, user, database })
    expect(parts.password).toBe(password)
  })
})

test('versions before 16 are too old', () => {
  expect(versionProblem(160_000, '16.0')).toBeUndefined()
  expect(versionProblem(180_004, '18.4')).toBeUndefined()
  expect(versionProblem(150_012, '15.12')).toBe(
    'is PostgreSQL 15.12; version 16 or later is needed.',
  )
})
