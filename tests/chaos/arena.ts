/**
 * A project and its database, and what each state has to be: a chain of generations that was run through once without
 * any disturbance.
 */
import { rm } from 'node:fs/promises'
import { expect } from 'vitest'
import { createProject } from '../support/project.js'
import type { TestProject } from '../support/project.js'
import type { Rows } from './administrator.js'
import { RestorableDatabase } from './restorable-database.js'
import type { Host } from './restorable-database.js'
import { compileGeneration, run } from './run.js'
import type { Compiled, Outcome, RunOptions } from './run.js'
import { takeSnapshot } from './snapshot.js'
import type { Snapshot } from './snapshot.js'
import { changeSource, createSource, newFile } from './source.js'
import { COMMON_FILES } from './strategies/strategy.js'
import type { Strategy } from './strategies/strategy.js'
import { differences } from './verdict.js'

/** A step of the chain: the project, and the states before and after its run. */
export interface Generation {
  readonly gen: number
  readonly compiled: Compiled
  readonly before: Snapshot
  readonly after: Snapshot
  /** How many statements of its run have changed the catalog. */
  readonly ddl: number
  /** How many events there were. */
  readonly events: number
}

/** What takes place in it. */
export interface ArenaOptions {
  readonly strategy: Strategy
  readonly seed: number
  /** True if every round begins with nothing; else the models were built before, and are brought up to date. */
  readonly isFirstRun?: boolean
}

/** The last of the generations that follow upon the first. */
const LAST = 3

/** Where rounds take place, one after the other. */
export class Arena {
  readonly project: TestProject
  readonly strategy: Strategy
  readonly #database: RestorableDatabase
  readonly #seed: number
  readonly #chain: Generation[] = []
  #position = Infinity

  private constructor(project: TestProject, database: RestorableDatabase, options: ArenaOptions) {
    this.project = project
    this.strategy = options.strategy
    this.#database = database
    this.#seed = options.seed
  }

  /** Goes through all generations once, to learn what each has to give. */
  static async create(host: Host, options: ArenaOptions): Promise<Arena> {
    const project = await createProject({ ...COMMON_FILES, ...options.strategy.files })
    const arena = new Arena(project, await RestorableDatabase.create(host), options)
    await arena.rows(createSource(options.seed))
    await (options.isFirstRun === true ? arena.#learnFirstRun() : arena.#learnLaterRuns())
    return arena
  }

  /** Statements in the disturbed database, as superuser. */
  get rows(): Rows {
    return this.#database.rows
  }

  /** The disturbed database as the runs see it. */
  get settings() {
    return this.#database.settings
  }

  /** Runs a generation. */
  run({ compiled }: Pick<Generation, 'compiled'>, options?: RunOptions): Promise<Outcome> {
    return run(compiled, this.settings, options)
  }

  async #learnFirstRun(): Promise<void> {
    await this.#enter(0)
    await this.#database.keep()
    await this.#learn(0)
  }

  async #learnLaterRuns(): Promise<void> {
    await this.#enter(0)
    const first = { compiled: await compileGeneration(this.project.dir, 0) }
    expect((await this.run(first)).problems).toEqual([])
    await this.rows(this.strategy.outside ?? 'select 1')
    await this.#database.keep()
    for (let gen = 1; gen <= LAST; gen++) {
      await this.#enter(gen)
      await this.#learn(gen)
    }
  }

  async #learn(gen: number): Promise<void> {
    const compiled = await compileGeneration(this.project.dir, gen)
    const before = await takeSnapshot(this.rows)
    await this.rows(`alter sequence chaos.ddl restart`)
    let events = 0
    const { problems } = await this.run({ compiled }, { onEvent: () => events++ })
    expect(problems).toEqual([])
    const [row] = await this.rows('select last_value::int as ddl from chaos.ddl')
    const after = await takeSnapshot(this.rows)
    if (this.strategy.keepsShape === true)
      expect(differences(after, before, ['shape', 'keys'])).toEqual([])
    this.#chain.push({ gen, compiled, before, after, ddl: Number(row?.ddl), events })
  }

  /** The source and the files of a generation. */
  async #enter(gen: number): Promise<void> {
    await this.project.write({ [`seeds/things/${gen}.ndjson`]: newFile(gen) })
    if (gen > 0) await this.rows(changeSource(gen, this.#seed))
  }

  /** Goes on to the next generation; after the last one everything begins anew. */
  async next(): Promise<Generation> {
    if (this.#position >= this.#chain.length) await this.reset()
    const generation = this.#chain[this.#position]
    if (generation === undefined) throw new Error('no such generation')
    await this.#enter(generation.gen)
    this.#position++
    return generation
  }

  /** Back to the beginning; also after a round that went wrong. */
  async reset(): Promise<void> {
    for (let gen = 1; gen <= LAST; gen++)
      await rm(`${this.project.dir}/seeds/things/${gen}.ndjson`, { force: true })
    await this.#database.restore()
    this.#position = 0
  }

  /** Forgets its connections, because the server was away. */
  async reconnect(): Promise<void> {
    await this.#database.disconnect()
  }

  async remove(): Promise<void> {
    await this.#database.remove()
    await this.project.remove()
  }
}
