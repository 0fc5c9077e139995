/**
 * A bounded number of connections over the `pg` driver.
 */
import pg from './driver.js'
import type { ConnectionSettings } from './settings.js'
import type { Database, Session } from './session.js'
import { PostgresSession } from './pg-session.js'
import { SESSION_SETTINGS } from './session-settings.js'
import { valueParsers } from './values.js'

/** A message that the server sends beside results: `NOTICE`, `WARNING` and the like. */
export interface ServerNotice {
  readonly severity: string
  readonly message: string
  readonly sqlstate?: string
  readonly hint?: string
}

/** How the pool behaves. */
export interface PoolOptions {
  /** Most connections open at one time. */
  readonly maxConnections: number
  /** Takes what the server says beside the results; without it notices are dropped. */
  readonly onNotice?: (notice: ServerNotice) => void
}

/** Milliseconds until an attempt to connect is given up. */
const CONNECT_TIMEOUT_MS = 15_000

/** The settings in the driver's words. */
export function driverConfig(settings: ConnectionSettings): pg.ClientConfig {
  return {
    host: settings.host,
    port: settings.port,
    user: settings.user,
    database: settings.database,
    ...(settings.password !== undefined && { password: settings.password }),
    ssl:
      settings.tls === false
        ? false
        : {
            rejectUnauthorized: settings.tls.mode === 'verify',
            ...(settings.tls.ca !== undefined && { ca: settings.tls.ca }),
          },
    application_name: 'dataform',
    keepAlive: true,
  }
}

/**
 * The pool's own time limit covers the wait for a free connection too, so the limit is the client's.
 * (The pool hides the password from enumeration, so a plain copy of its settings lacks it.)
 */
class TimedClient extends pg.Client {
  constructor(config: pg.ClientConfig = {}) {
    const { password } = config
    super({
      ...config,
      ...(password !== undefined && { password }),
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    })
  }
}

/** A {@link Database} whose sessions also give the rows as they come. */
export interface PostgresDatabase extends Database {
  withSession<T>(use: (session: PostgresSession) => Promise<T>): Promise<T>
}

/**
 * Opens a pool; nothing is connected before the first session is asked for.
 * @throws nothing here; `withSession` rejects with the driver's error (see `readDatabaseError`)
 */
export function openDatabase(settings: ConnectionSettings, options: PoolOptions): PostgresDatabase {
  return new PostgresPool(settings, options)
}

class PostgresPool implements PostgresDatabase {
  readonly #settings: ConnectionSettings
  readonly #pool: pg.Pool
  readonly #onNotice: ((notice: ServerNotice) => void) | undefined
  /** Connections that are in somebody's hands. */
  readonly #taken = new Set<PostgresSession>()
  #closing: Promise<void> | undefined

  constructor(settings: ConnectionSettings, options: PoolOptions) {
    this.#settings = settings
    this.#onNotice = options.onNotice
    this.#pool = new pg.Pool({
      ...driverConfig(settings),
      Client: TimedClient,
      max: Math.max(1, options.maxConnections),
      idleTimeoutMillis: 0,
      // A command that forgets to close must still end.
      allowExitOnIdle: true,
      types: valueParsers,
      // The pool waits for the promise; its declaration does not say so.
      // eslint-disable-next-line @typescript-eslint/no-misused-promises
      onConnect: (client) => this.#prepare(client),
    })
    // A connection that breaks while nobody uses it is replaced by the next one asked for.
    this.#pool.on('error', () => undefined)
  }

  async #prepare(client: pg.ClientBase): Promise<void> {
    if (this.#onNotice !== undefined) {
      const onNotice = this.#onNotice
      client.on('notice', (notice) => {
        onNotice({
          severity: notice.severity ?? 'NOTICE',
          message: notice.message ?? '',
          ...(notice.code !== undefined && { sqlstate: notice.code }),
          ...(notice.hint !== undefined && { hint: notice.hint }),
        })
      })
    }
    await client.query(SESSION_SETTINGS)
  }

  async withSession<T>(use: (session: Session & PostgresSession) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect()
    const session = new PostgresSession(client)
    const connection = { isBroken: false, isReusable: false }
    const onError = (): void => {
      connection.isBroken = true
    }
    // The driver's statement rejects as well; without a listener the event would end the process.
    client.on('error', onError)
    this.#taken.add(session)
    try {
      const result = await use(session)
      connection.isReusable = !connection.isBroken && client.getTransactionStatus() === 'I'
      return result
    } catch (error) {
      connection.isReusable = !connection.isBroken && (await isIdle(client))
      throw error
    } finally {
      this.#taken.delete(session)
      client.removeListener('error', onError)
      // A connection in the middle of a transaction is closed, so that the server rolls back.
      client.release(!connection.isReusable)
    }
  }

  async cancelRunning(): Promise<void> {
    const processIds = [...this.#taken].map((session) => session.processId)
    if (processIds.length === 0) return
    const client = new TimedClient(driverConfig(this.#settings))
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.query('select pg_cancel_backend(id) from unnest($1::int[]) as id', [processIds])
    } finally {
      await client.end()
    }
  }

  async close(): Promise<void> {
    this.#closing ??= this.#pool.end()
    await this.#closing
  }
}

/** After a failure the known state may be stale, so the server is asked. */
async function isIdle(client: pg.PoolClient): Promise<boolean> {
  try {
    await client.query(';')
    return client.getTransactionStatus() === 'I'
  } catch {
    return false
  }
}
