/**
 * What the rest of the engine sees of a connection: a few members, described here, so that
 * nobody outside this folder knows the driver.
 */
import type { Readable } from 'node:stream'

/** Rows and the count of one statement (of the last one, where the text holds several). */
export interface QueryResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  readonly fields: readonly { readonly name: string; readonly typeOid: number }[]
  /** Rows returned or changed; null for statements that do not count. */
  readonly rowCount: number | null
  /** The command tag's word, such as `SELECT`, `INSERT`, `MERGE`. */
  readonly command: string
}

/** The failure of one of several statements that were sent together; `cause` is what the driver threw. */
export class StatementError extends Error {
  /** How many statements had succeeded before. */
  readonly completed: number

  constructor(cause: unknown, completed: number) {
    super('a statement failed', { cause })
    this.completed = completed
  }
}

/** One connection, held for as long as its callback runs. */
export interface Session {
  /** The server process's id, for cancelling. */
  readonly processId: number
  /** Whether a transaction is open (also one that has failed), as of the last answer. */
  readonly isInTransaction: boolean
  /** Takes back all that statements may have left behind: settings, roles, temporary tables, locks. */
  reset(): Promise<void>
  /** Sends text (may hold several statements when no parameters are given) and gives the last result. */
  query(sql: string, params?: readonly unknown[]): Promise<QueryResult>
  /** Like `query`, with the result of every statement of the text. Rejects with a `StatementError`. */
  queryAll(sql: string): Promise<readonly QueryResult[]>
  /** `COPY ... FROM STDIN` fed from a stream; gives the number of rows. Rejects if the stream fails. */
  copyFrom(sql: string, source: Readable): Promise<number>
}

/** A database with a bounded number of connections. */
export interface Database {
  /** Takes a connection, calls `use`, gives the connection back (or destroys it if it is broken). */
  withSession<T>(use: (session: Session) => Promise<T>): Promise<T>
  /** Cancels whatever the connections taken now are running, from a connection of its own. */
  cancelRunning(): Promise<void>
  /** Waits for the connections to be given back and closes them. */
  close(): Promise<void>
}
