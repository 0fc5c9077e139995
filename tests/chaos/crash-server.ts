/**
 * A server of a test's own, which may crash, behind a proxy whose address stays the same.
 */
import { appendFile, chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { deleteCluster } from '../../src/postgres/embedded/manage.js'
import { findPlace } from '../../src/postgres/embedded/place.js'
import type { Place } from '../../src/postgres/embedded/place.js'
import { isPostmasterAlive } from '../../src/postgres/embedded/postmaster.js'
import { useServer } from '../../src/postgres/embedded/server.js'
import type { ServerInUse } from '../../src/postgres/embedded/server.js'
import type { ConnectionSettings } from '../../src/postgres/settings.js'
import { administrator } from './administrator.js'
import { Proxy } from './proxy.js'

/** Little of everything, so that it is full soon; the data is thrown away, so nothing has to reach the disk. */
const SETTINGS = {
  fsync: 'off',
  full_page_writes: 'off',
  max_connections: '16',
  max_locks_per_transaction: '16',
  autovacuum_worker_slots: '1',
  max_wal_senders: '0',
  max_worker_processes: '0',
  work_mem: '64kB',
  maintenance_work_mem: '1MB',
  shared_buffers: '32MB',
}

/** The running server. */
export class CrashServer {
  readonly proxy: Proxy
  readonly #dir: string
  readonly #place: Place
  #server: ServerInUse

  private constructor(dir: string, place: Place, server: ServerInUse, proxy: Proxy) {
    this.#dir = dir
    this.#place = place
    this.#server = server
    this.proxy = proxy
  }

  static async start(): Promise<CrashServer> {
    const dir = await mkdtemp(join(tmpdir(), 'dataform-chaos-'))
    // As root the server runs as another user, who has to get in.
    await chmod(dir, 0o755)
    const place = await findPlace(dir)
    const first = await useServer(place, { what: 'tests' })
    await first.release()
    const lines = Object.entries(SETTINGS).map(([name, value]) => `${name} = '${value}'\n`)
    await appendFile(join(place.dataDir, 'user.conf'), lines.join(''))
    await chmod(join(place.dataDir, 'user.conf'), 0o644)
    const server = await useServer(place, { what: 'tests' })
    const at: { server: ServerInUse } = { server }
    const proxy = await Proxy.listen(() => socketPath(at.server.settings))
    const started = new CrashServer(dir, place, server, proxy)
    started.#onChange = (next) => (at.server = next)
    return started
  }

  #onChange: (server: ServerInUse) => void = () => undefined

  /** The server itself, for the test's own connections. */
  get direct(): ConnectionSettings {
    return this.#server.settings
  }

  /** The same through the proxy: for the runs. */
  get settings(): ConnectionSettings {
    return { ...this.direct, host: '127.0.0.1', port: this.proxy.port }
  }

  /** Immediate shutdown: every process of the server ends at once, and recovery comes with the next start. */
  async crash(): Promise<void> {
    const { pid } = this.#server.status
    process.kill(pid, 'SIGQUIT')
    await expect.poll(() => isPostmasterAlive(pid), { timeout: 30_000, interval: 5 }).toBe(false)
  }

  /** Starts it again; resolves when it takes connections. */
  async restart(): Promise<void> {
    this.#server = await useServer(this.#place, { what: 'tests' })
    this.#onChange(this.#server)
    const database = administrator(() => this.direct)
    await database.rows('select 1')
    await database.close()
  }

  async stop(): Promise<void> {
    await this.proxy.close()
    await this.#server.release()
    await deleteCluster(this.#place)
    await rm(this.#dir, { recursive: true, force: true })
  }
}

const socketPath = ({ host, port }: ConnectionSettings): string => `${host}/.s.PGSQL.${port}`
