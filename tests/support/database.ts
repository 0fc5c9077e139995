/**
 * A database of its own for a test, in the server that the whole test run shares.
 */
import { randomBytes } from 'node:crypto'
import { inject, onTestFinished } from 'vitest'
import { openDatabase, type PostgresDatabase } from '../../src/postgres/pool.js'
import { connectionUrl, type ConnectionSettings } from '../../src/postgres/settings.js'

/** An empty database. */
export interface TestDatabase {
  /** For `DATABASE_URL`. */
  readonly url: string
  readonly settings: ConnectionSettings
  readonly database: PostgresDatabase
  /** Rows of one statement. */
  rows(
    sql: string,
    params?: readonly unknown[],
  ): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** Closes the connections and deletes the database. */
  drop(): Promise<void>
}

/** Creates an empty database under a random name. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = inject('server')
  const name = `test_${randomBytes(6).toString('hex')}`
  await administer(server, `CREATE DATABASE ${name} TEMPLATE template0`)
  const settings: ConnectionSettings = { ...server, database: name }
  const database = openDatabase(settings, { maxConnections: 4 })
  return {
    url: connectionUrl(settings),
    settings,
    database,
    rows: async (sql, params) => {
      const result = await database.withSession((session) => session.query(sql, params))
      return result.rows
    },
    drop: async () => {
      await database.close()
      await administer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    },
  }
}

/** An empty database for the test that runs: it goes when the test is over. */
export async function databaseOfTest(): Promise<TestDatabase> {
  const db = await createTestDatabase()
  onTestFinished(() => db.drop())
  return db
}

async function administer(server: ConnectionSettings, sql: string): Promise<void> {
  const database = openDatabase({ ...server, database: 'postgres' }, { maxConnections: 1 })
  try {
    await database.withSession((session) => session.query(sql))
  } finally {
    await database.close()
  }
}
