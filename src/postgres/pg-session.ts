/**
 * One connection of the `pg` driver as the rest of the engine sees it.
 */
import type { EventEmitter } from 'node:events'
import { pipeline } from 'node:stream/promises'
import type { Readable } from 'node:stream'
import type pg from 'pg'
import { from as copyFromStdin } from 'pg-copy-streams'
import { SESSION_SETTINGS } from './session-settings.js'
import { StreamedQuery, type ResultReader } from './result-reader.js'
import { StatementError } from './session.js'
import type { QueryResult, Session } from './session.js'

/** A {@link Session} over a connection taken from the pool. */
export class PostgresSession implements Session {
  readonly processId: number
  readonly #client: pg.PoolClient

  constructor(client: pg.PoolClient) {
    this.#client = client
    // Set by the server's first messages; missing from the driver's declarations.
    this.processId = (client as unknown as { readonly processID: number }).processID
  }

  get isInTransaction(): boolean {
    return this.#client.getTransactionStatus() !== 'I'
  }

  async reset(): Promise<void> {
    await this.#client.query('discard all')
    await this.#client.query(SESSION_SETTINGS)
  }

  async query(sql: string, params?: readonly unknown[]): Promise<QueryResult> {
    const result: unknown =
      params === undefined
        ? await this.#client.query(sql)
        : await this.#client.query(sql, [...params])
    const last = eachResult(result).at(-1)
    if (last === undefined) throw new Error('the driver gave no result')
    return narrow(last)
  }

  async queryAll(sql: string): Promise<readonly QueryResult[]> {
    let completed = 0
    const count = (): void => {
      completed += 1
    }
    // The driver keeps no count; its connection, which its declarations leave out, tells of each statement.
    const { connection } = this.#client as unknown as { readonly connection: EventEmitter }
    connection.on('commandComplete', count)
    try {
      const result: unknown = await this.#client.query(sql)
      return eachResult(result).map(narrow)
    } catch (error) {
      throw new StatementError(error, completed)
    } finally {
      connection.off('commandComplete', count)
    }
  }

  async copyFrom(sql: string, source: Readable): Promise<number> {
    const copy = this.#client.query(copyFromStdin(sql))
    await pipeline(source, copy)
    return copy.rowCount
  }

  /** Sends text and passes every statement's results on as they come. */
  async stream(sql: string, reader: ResultReader): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#client.query(new StreamedQuery(sql, reader, { resolve, reject }))
    })
  }
}

/** The driver gives one result for one statement and an array for several. */
function eachResult(result: unknown): readonly pg.QueryResult[] {
  return (Array.isArray(result) ? result : [result]) as readonly pg.QueryResult[]
}

function narrow(result: pg.QueryResult): QueryResult {
  return {
    rows: result.rows as readonly Readonly<Record<string, unknown>>[],
    fields: result.fields.map((field) => ({ name: field.name, typeOid: field.dataTypeID })),
    rowCount: result.rowCount,
    // Missing for a text without a statement, whatever the declaration says.
    command: (result.command as unknown) === null ? '' : result.command,
  }
}
