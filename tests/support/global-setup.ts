/**
 * Runs once before all tests: builds the command if its sources are newer, and starts one embedded
 * server that every test makes its databases in.
 */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'
import { openDatabase } from '../../src/postgres/pool.js'
import { withLock } from '../../src/postgres/embedded/lock.js'
import { deleteCluster } from '../../src/postgres/embedded/manage.js'
import { findPlace } from '../../src/postgres/embedded/place.js'
import { useServer } from '../../src/postgres/embedded/server.js'
import type { ConnectionSettings } from '../../src/postgres/settings.js'

declare module 'vitest' {
  /** What tests get by `inject`. */
  export interface ProvidedContext {
    /** The server of the whole test run, as its superuser. */
    server: ConnectionSettings
  }
}

const root = join(import.meta.dirname, '..', '..')

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Two test runs at once must not build into one another's feet.
  await withLock(join(root, 'node_modules', '.build.lock'), buildIfStale)
  const dir = await mkdtemp(join(tmpdir(), 'dataform-tests-'))
  // As root the server runs as another user, who has to get in.
  await chmod(dir, 0o755)
  const place = await findPlace(dir)
  const server = await useServer(place, { what: 'tests' })
  await relaxDurability(server.settings)
  project.provide('server', server.settings)
  return async () => {
    await server.release()
    await deleteCluster(place)
    await rm(dir, { recursive: true, force: true })
  }
}

/** The data is thrown away, so nothing has to reach the disk. */
async function relaxDurability(settings: ConnectionSettings): Promise<void> {
  const database = openDatabase(settings, { maxConnections: 1 })
  await database.withSession(async (session) => {
    for (const name of ['fsync', 'full_page_writes', 'synchronous_commit']) {
      await session.query(`ALTER SYSTEM SET ${name} = off`)
    }
    await session.query('SELECT pg_reload_conf()')
  })
  await database.close()
}

async function buildIfStale(): Promise<void> {
  const main = join(root, 'dist', 'cli', 'main.js')
  if (existsSync(main) && statSync(main).mtimeMs > newest(join(root, 'src'))) return
  await promisify(execFile)(process.execPath, [join(root, 'build.js')], { cwd: root })
}

function newest(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce(
      (latest, entry) => Math.max(latest, statSync(join(entry.parentPath, entry.name)).mtimeMs),
      0,
    )
}
