/**
 * A database that is disturbed, and what each of its states has to be: a chain of generations that was run through once
 * without any disturbance.
 */
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { expect } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/settings.js'
import { createProject } from '../support/project.js'
import type { TestProject } from '../support/project.js'
import { administrator } from './administrator.js'
import type { Administrator, Rows } from './administrator.js'
import { MODELS } from './models.js'
import { compileGeneration, failures, run } from './run.js'
import type { Compiled, RunOptions } from './run.js'
import type { RunReport } from '../../src/run/events.js'
import { takeSnapshot } from './snapshot.js'
import type { Snapshot } from './snapshot.js'
import { changeSource, createSource, newFile, putOutside } from './source.js'

/** A server. */
export interface Host {
  /** For the test's own connections. */
  readonly direct: ConnectionSettings
  /** For the runs. */
  readonly settings: ConnectionSettings
}

/** A step of the chain: the project, and the states before and after its run. */
export interface Generation {
  readonly gen: number
  readonly compiled: Compiled
  readonly before: Snapshot
  readonly after: Snapshot
  /** How many statements of its run have changed the catalog. */
  readonly ddl: number
}

/** How many generations come after the first. */
const LAST = 4

/** Where rounds take place, one after the other. */
export class Arena {
  readonly project: TestProject
  readonly tags: readonly string[]
  readonly #host: Host
  readonly #server: Administrator
  readonly #administrator: Administrator
  readonly #names: { readonly database: string; readonly template: string; readonly role: string }
  readonly #seed: number
  readonly #chain: Generation[] = []
  #gen = LAST

  private constructor(project: TestProject, host: Host, seed: number, tags: readonly string[]) {
    const id = randomBytes(4).toString('hex')
    const database = `chaos_${id}`
    this.project = project
    this.tags = tags
    this.#host = host
    this.#server = administrator(() => ({ ...host.direct, database: 'postgres' }))
    this.#administrator = administrator(() => ({ ...host.direct, database }))
    this.#names = { database, template: `${database}_template`, role: `${database}_reader` }
    this.#seed = seed
  }

  /**
   * Builds all models once, and goes through the generations of those with the tags to learn what each has to give.
   * @param tags none for all models
   */
  static async create(host: Host, seed: number, tags: readonly string[] = []): Promise<Arena> {
    const arena = new Arena(await createProject(MODELS), host, seed, tags)
    await arena.#learn()
    return arena
  }

  /** Statements in the disturbed database, as superuser. */
  readonly rows: Rows = (sql) => this.#administrator.rows(sql)

  /** The disturbed database as the runs see it. */
  get settings(): ConnectionSettings {
    return { ...this.#host.settings, database: this.#names.database }
  }

  /** Runs a generation. */
  run({ compiled }: Pick<Generation, 'compiled'>, options: RunOptions = {}): Promise<RunReport> {
    return run(compiled, this.settings, { tags: this.tags, ...options })
  }

  async #learn(): Promise<void> {
    const { database, template, role } = this.#names
    const compiled: Compiled[] = []
    for (let gen = 0; gen <= LAST; gen++)
      compiled.push(await compileGeneration(this.project.dir, gen))
    const [first, ...later] = compiled
    if (first === undefined) throw new Error('no generation')
    await this.project.write({ 'seeds/things/0.ndjson': newFile(0) })
    await this.#server.rows(`create role ${role}`)
    await this.#server.rows(`create database ${database} template template0`)
    await this.rows(createSource(this.#seed))
    expect(failures(await this.run({ compiled: first }, { tags: [] }))).toEqual([])
    await this.rows(putOutside(role))
    await this.#administrator.close()
    await this.#server.rows(`create database ${template} template ${database}`)
    for (const [i, next] of later.entries()) await this.#learnGeneration(i + 1, next)
  }

  async #learnGeneration(gen: number, compiled: Compiled): Promise<void> {
    await this.#enter(gen)
    const before = await takeSnapshot(this.rows)
    await this.rows(`alter sequence chaos.ddl restart`)
    expect(failures(await this.run({ compiled }))).toEqual([])
    const [row] = await this.rows('select last_value::int as ddl from chaos.ddl')
    const after = await takeSnapshot(this.rows)
    this.#chain.push({ gen, compiled, before, after, ddl: Number(row?.ddl) })
  }

  async #enter(gen: number): Promise<void> {
    await this.project.write({ [`seeds/things/${gen}.ndjson`]: newFile(gen) })
    await this.rows(changeSource(gen, this.#seed))
  }

  /** Goes on to the next generation: its source, its files; after the last one everything begins anew. */
  async next(): Promise<Generation> {
    if (this.#gen === LAST) await this.reset()
    const generation = this.#chain[this.#gen]
    if (generation === undefined) throw new Error('no such generation')
    await this.#enter(generation.gen)
    this.#gen++
    return generation
  }

  /** Back to the first generation; also after a round that went wrong. */
  async reset(): Promise<void> {
    const { database, template } = this.#names
    for (let gen = 1; gen <= LAST; gen++)
      await rm(`${this.project.dir}/seeds/things/${gen}.ndjson`, { force: true })
    await this.#administrator.close()
    await this.#server.rows(`drop database if exists ${database} with (force)`)
    await this.#server.rows(`create database ${database} template ${template}`)
    this.#gen = 0
  }

  /** Forgets its connections, because the server was away. */
  async reconnect(): Promise<void> {
    await this.#administrator.close()
    await this.#server.close()
  }

  async remove(): Promise<void> {
    const { database, template, role } = this.#names
    await this.#administrator.close()
    for (const name of [database, template])
      await this.#server.rows(`drop database if exists ${name} with (force)`)
    await this.#server.rows(`drop role if exists ${role}`)
    await this.#server.close()
    await this.project.remove()
  }
}
