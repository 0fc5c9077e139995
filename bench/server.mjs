/**
 * A PostgreSQL server of the benchmarks' own: the binaries that the repository installs, its
 * configuration, on a loopback port, with TLS (the stock CLI 2.6.7 speaks nothing else).
 */
import { spawn } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { generate } from 'selfsigned'
import {
  isRoot,
  measureMachine,
  prepareBinaries,
  runAs,
  serverConfiguration,
  serverEnvironment,
  serverUserCandidates,
} from '../dist/bench/engine.js'

const USER = 'bench'
const PASSWORD = 'bench'
const START_TIMEOUT_MS = 60_000

/**
 * Starts a server in a new folder of the machine's temporary one.
 * @param options.configuration `ours` (that of the embedded server) or `default` (that of `initdb`)
 * @returns `port`, `pid`, `version`; `url(database)`; `connect(database)`, a client of `pg`; `recreate(database)`,
 *   which gives an empty database; `stop()`, which deletes everything
 */
export async function startServer({ configuration = 'ours' } = {}) {
  const serverUser = isRoot() ? (await serverUserCandidates(tmpdir()))[0] : undefined
  const folder = mkdtempSync(join(tmpdir(), 'dataform-bench-'))
  const own = (path) => {
    if (serverUser !== undefined) chownSync(path, serverUser.uid, serverUser.gid)
  }
  own(folder)
  chmodSync(folder, 0o755)
  const binaries = await prepareBinaries(join(folder, 'bin'), serverUser)
  const data = join(folder, 'data')
  const write = (path, text) => {
    writeFileSync(path, text, { mode: 0o600 })
    own(path)
  }
  const program = (path, args) =>
    spawn(path, args, {
      cwd: '/',
      env: serverEnvironment(),
      stdio: ['ignore', 'ignore', 'pipe'],
      ...runAs(serverUser),
    })

  const passwordFile = join(folder, 'password')
  write(passwordFile, PASSWORD)
  await succeeds(
    program(binaries.initdb, [
      `--pgdata=${data}`,
      `--username=${USER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-instructions',
    ]),
  )
  const pem = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048 })
  write(join(data, 'server.crt'), pem.cert)
  write(join(data, 'server.key'), pem.private)
  if (configuration === 'ours')
    write(join(data, 'postgresql.conf'), serverConfiguration(await measureMachine()))

  const port = await freePort()
  const settings = [
    'ssl=on',
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
  ]
  const server = program(binaries.postgres, [
    '-D',
    data,
    ...settings.flatMap((setting) => ['-c', setting]),
  ])
  server.stderr.resume()
  const ended = new Promise((resolve) => server.once('exit', resolve))

  const connect = async (database) => {
    const client = new pg.Client({
      connectionString: url(database),
      ssl: { rejectUnauthorized: false },
    })
    await client.connect()
    return client
  }
  const url = (database) => `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/${database}`
  const withAdmin = async (use) => {
    const client = await connect('postgres')
    try {
      return await use(client)
    } finally {
      await client.end()
    }
  }
  const stop = async () => {
    server.kill('SIGINT')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }

  try {
    await untilReady(withAdmin, server)
    const { rows } = await withAdmin((client) => client.query('show server_version'))
    return {
      port,
      pid: server.pid,
      version: rows[0].server_version,
      url,
      connect,
      recreate: (database) =>
        withAdmin(async (client) => {
          await client.query(`drop database if exists ${database}`)
          await client.query(`create database ${database}`)
          // Otherwise what the measurements before left to write to disk falls into the next one.
          await client.query('checkpoint')
        }),
      credentials: (database) => ({
        host: '127.0.0.1',
        port,
        username: USER,
        password: PASSWORD,
        databaseName: database,
      }),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function untilReady(withAdmin, server) {
  const deadline = Date.now() + START_TIMEOUT_MS
  for (;;) {
    try {
      return await withAdmin((client) => client.query('select 1'))
    } catch (error) {
      if (server.exitCode !== null || Date.now() > deadline) throw error
      await delay(20)
    }
  }
}

async function succeeds(child) {
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text))
  const code = await new Promise((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  )
  if (code !== 0) throw new Error(`${child.spawnfile} ended with ${code}: ${errors}`)
}

async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}
