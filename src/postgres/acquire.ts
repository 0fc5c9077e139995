/**
 * The database of a command: the one that the settings name, or the embedded server.
 */
import { chooseConnection } from '../project/connection.js'
import { CommandError } from '../failure/types.js'
import { findPlace } from './embedded/place.js'
import { useServer } from './embedded/server.js'
import { readDatabaseError, sqlstate, type DatabaseError } from './errors.js'
import { openDatabase, type PostgresDatabase, type ServerNotice } from './pool.js'
import { describeConnection, type ConnectionSettings } from './settings.js'

/** The oldest server that the engine's SQL runs on. */
const OLDEST_MAJOR = 16

/** What a command needs a database for. */
export interface AcquireOptions {
  readonly projectDir: string
  /** The `--credentials` flag. */
  readonly credentialsFile?: string
  readonly env: NodeJS.ProcessEnv
  readonly maxConnections: number
  /** What the command is, for `dataform db status`; `dataform` if not given. */
  readonly what?: string
  /** Takes a line for people when something takes its time, such as creating the embedded database. */
  readonly onProgress?: (message: string) => void
  readonly onNotice?: (notice: ServerNotice) => void
}

/** A database that answers, and how to let it go. */
export interface AcquiredDatabase {
  readonly database: PostgresDatabase
  readonly settings: ConnectionSettings
  /** Closes the connections, and lets the embedded server stop if nobody else uses it. */
  readonly release: () => Promise<void>
}

/**
 * Connects to the project's database, starting the embedded server if no other is chosen.
 * Always call `release`; if the process ends without, however it ends, the server is let go as well.
 * @throws CommandError if there is no database, it cannot be reached, or it is too old
 */
export async function acquireDatabase(options: AcquireOptions): Promise<AcquiredDatabase> {
  const choice = await chooseConnection(options)
  if (choice.kind === 'server') {
    const database = await connect(choice.settings, options)
    return { database, settings: choice.settings, release: () => database.close() }
  }
  const server = await useServer(await findPlace(options.projectDir), {
    what: options.what ?? 'dataform',
    ...(options.onProgress !== undefined && { onProgress: options.onProgress }),
  })
  try {
    const database = await connect(server.settings, options)
    return {
      database,
      settings: server.settings,
      release: async () => {
        await database.close()
        await server.release()
      },
    }
  } catch (error) {
    await server.release()
    throw error
  }
}

async function connect(
  settings: ConnectionSettings,
  options: AcquireOptions,
): Promise<PostgresDatabase> {
  const database = openDatabase(settings, {
    maxConnections: options.maxConnections,
    ...(options.onNotice !== undefined && { onNotice: options.onNotice }),
  })
  try {
    await database.withSession(async (session) => {
      const { rows } = await session.query(
        "select current_setting('server_version') as name, current_setting('server_version_num')::int as number",
      )
      const problem = versionProblem(Number(rows[0]?.number), String(rows[0]?.name))
      if (problem !== undefined) {
        throw new CommandError(`The server at ${describeConnection(settings)} ${problem}`)
      }
    })
    return database
  } catch (error) {
    await database.close()
    const failure = readDatabaseError(error)
    if (failure === undefined) throw error
    throw new CommandError(
      `Cannot connect to ${describeConnection(settings)}: ${failure.message}`,
      {
        hint: connectionHint(failure, settings),
      },
    )
  }
}

/**
 * Says what is wrong with a server's version; undefined if it will do.
 * @param number `server_version_num`: 160004 is 16.4
 * @param name `server_version`, for people
 */
export function versionProblem(number: number, name: string): string | undefined {
  if (Math.floor(number / 10_000) >= OLDEST_MAJOR) return undefined
  return `is PostgreSQL ${name}; version ${OLDEST_MAJOR} or later is needed.`
}

function connectionHint(failure: DatabaseError, settings: ConnectionSettings): string {
  if (settings.origin === 'embedded')
    return 'Its log is .dataform/postgres/server.log in the project.'
  if (failure.sqlstate === sqlstate.invalidCatalogName) {
    return `Create the database first: CREATE DATABASE "${settings.database}".`
  }
  if (failure.sqlstate?.startsWith('28') === true || failure.message.startsWith('SASL')) {
    return `Check the user and the password in the ${settings.origin}.`
  }
  if (failure.message.includes('does not support SSL')) {
    return 'The server has no TLS. If that is meant to be so, say sslmode=disable.'
  }
  if (/certificate|altname|self.signed/i.test(failure.message)) {
    return 'Give the certificate authority (sslrootcert), or say sslmode=no-verify to trust any certificate.'
  }
  return `Check that the server runs and that host and port in the ${settings.origin} are right.`
}
