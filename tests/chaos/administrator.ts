/**
 * The test's own connection, under a name of its own, so that nothing that is aimed at a run hits it.
 */
import { openDatabase } from '../../src/postgres/pool.js'
import type { PostgresDatabase } from '../../src/postgres/pool.js'
import type { ConnectionSettings } from '../../src/postgres/settings.js'

/** Gives the rows of the last statement of a text. */
export type Rows = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>

/** A connection that is made when it is needed. */
export interface Administrator {
  readonly rows: Rows
  /** Closes it; the next statement makes another one. */
  close(): Promise<void>
}

/** @param settings asked when a connection is made, because a server that was away has another address */
export function administrator(settings: () => ConnectionSettings): Administrator {
  let database: PostgresDatabase | undefined
  return {
    rows: async (sql) => {
      database ??= openDatabase(settings(), { maxConnections: 1 })
      const result = await database.withSession(async (session) => {
        await session.query(`set application_name = 'chaos'; set search_path = ''`)
        return session.query(sql)
      })
      return result.rows
    },
    close: async () => {
      const closing = database?.close()
      database = undefined
      await closing
    },
  }
}
