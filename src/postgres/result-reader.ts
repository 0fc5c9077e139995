/**
 * Results as they come from the server: every value as the server's text, one row at a time, so
 * that a big result needs no memory.
 */
import type { Readable } from 'node:stream'
import type pg from 'pg'

/** A column of a result. */
export interface ResultField {
  readonly name: string
  readonly typeOid: number
}

/** Takes what the statements of one text give, in order. A promise that is returned holds the rows back. */
export interface ResultReader {
  /** A statement that gives rows begins. */
  onFields(fields: readonly ResultField[]): void
  /** One row; texts as the server writes them, null for NULL. */
  onRow(values: readonly (string | null)[]): Promise<void> | undefined
  /** Data of `COPY ... TO STDOUT`. */
  onCopyData(chunk: Buffer): Promise<void> | undefined
  /** A statement is done. `tag` is such as `INSERT 0 5` or `CREATE TABLE`. */
  onComplete(tag: string): void
}

/** What the driver hands to a query of one's own. */
interface Connection {
  query(text: string): void
  sendCopyFail(reason: string): void
  readonly stream: Readable
}

/** A query in the driver's queue that passes everything on to a reader. */
export class StreamedQuery implements pg.Submittable {
  readonly #text: string
  readonly #reader: ResultReader
  readonly #settle: { readonly resolve: () => void; readonly reject: (error: unknown) => void }
  #connection: Connection | undefined
  #failure: { readonly error: unknown } | undefined
  /** How many promises of the reader are open. */
  #waiting = 0

  constructor(
    text: string,
    reader: ResultReader,
    settle: { readonly resolve: () => void; readonly reject: (error: unknown) => void },
  ) {
    this.#text = text
    this.#reader = reader
    this.#settle = settle
  }

  submit(connection: unknown): void {
    this.#connection = connection as Connection
    this.#connection.query(this.#text)
  }

  handleRowDescription(message: {
    readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[]
  }): void {
    const fields = message.fields.map(({ name, dataTypeID }) => ({ name, typeOid: dataTypeID }))
    this.#call(() => {
      this.#reader.onFields(fields)
    })
  }

  handleDataRow(message: { readonly fields: readonly (string | null)[] }): void {
    this.#call(() => this.#reader.onRow(message.fields))
  }

  handleCopyData(message: { readonly chunk: Buffer }): void {
    this.#call(() => this.#reader.onCopyData(message.chunk))
  }

  handleCommandComplete(message: { readonly text: string }): void {
    this.#call(() => {
      this.#reader.onComplete(message.text)
    })
  }

  handleCopyInResponse(connection: Connection): void {
    connection.sendCopyFail('there is no data to copy from')
  }

  handleEmptyQuery(): void {
    // Nothing to pass on: no rows, no tag.
  }

  handlePortalSuspended(): void {
    // Only happens to queries with a limit on rows, which this is not.
  }

  handleError(error: unknown): void {
    this.#settle.reject(this.#failure?.error ?? error)
  }

  handleReadyForQuery(): void {
    if (this.#failure === undefined) this.#settle.resolve()
    else this.#settle.reject(this.#failure.error)
  }

  /** After a failure of the reader the rest is read and dropped: the protocol has no other way. */
  #call(give: () => unknown): void {
    if (this.#failure !== undefined) return
    try {
      const ready = give()
      if (ready instanceof Promise) this.#hold(ready as Promise<void>)
    } catch (error) {
      this.#failure = { error }
    }
  }

  /** Stops reading from the socket, so that the server waits too. */
  #hold(ready: Promise<void>): void {
    this.#waiting += 1
    this.#connection?.stream.pause()
    const goOn = (): void => {
      this.#waiting -= 1
      if (this.#waiting === 0) this.#connection?.stream.resume()
    }
    ready.then(goOn, (error: unknown) => {
      this.#failure ??= { error }
      goOn()
    })
  }
}
