/**
 * A database whose state is kept once, and is had again however much it was spoiled.
 */
import { randomBytes } from 'node:crypto'
import type { ConnectionSettings } from '../../src/postgres/settings.js'
import { administrator } from './administrator.js'
import type { Administrator, Rows } from './administrator.js'

/** A server. */
export interface Host {
  /** For the test's own connections. */
  readonly direct: ConnectionSettings
  /** For the runs. */
  readonly settings: ConnectionSettings
}

/** The database, and a copy of it as it was when it was kept. */
export class RestorableDatabase {
  readonly #host: Host
  readonly #name = `chaos_${randomBytes(4).toString('hex')}`
  readonly #server: Administrator
  readonly #administrator: Administrator

  private constructor(host: Host) {
    this.#host = host
    this.#server = administrator(() => ({ ...host.direct, database: 'postgres' }))
    this.#administrator = administrator(() => ({ ...host.direct, database: this.#name }))
  }

  /** Makes an empty one. */
  static async create(host: Host): Promise<RestorableDatabase> {
    const database = new RestorableDatabase(host)
    await database.#server.rows(`create database ${database.#name} template template0`)
    return database
  }

  /** Statements in it, as superuser. */
  readonly rows: Rows = (sql) => this.#administrator.rows(sql)

  /** As the runs see it. */
  get settings(): ConnectionSettings {
    return { ...this.#host.settings, database: this.#name }
  }

  /** Keeps its state. */
  async keep(): Promise<void> {
    await this.#copy(this.#name, this.#template)
  }

  /** Brings back the state that was kept. */
  async restore(): Promise<void> {
    await this.#copy(this.#template, this.#name)
  }

  /** Closes its connections, because the server was away. */
  async disconnect(): Promise<void> {
    await this.#administrator.close()
    await this.#server.close()
  }

  /** Deletes both. */
  async remove(): Promise<void> {
    await this.#administrator.close()
    for (const name of [this.#name, this.#template]) await this.#drop(name)
    await this.#server.close()
  }

  get #template(): string {
    return `${this.#name}_kept`
  }

  async #drop(name: string): Promise<void> {
    await this.#server.rows(`drop database if exists ${name} with (force)`)
  }

  // The other strategy copies sequences without the numbers that are in the log in advance, and a crash gives them again.
  async #copy(from: string, to: string): Promise<void> {
    await this.#administrator.close()
    await this.#drop(to)
    await this.#server.rows(`create database ${to} template ${from} strategy file_copy`)
  }
}
