import type { Random } from '../random.js'

/** What an extract changed, compared with the last one that counted. */
export interface Changes {
  readonly keys: number
  readonly added: number
  readonly changed: number
  readonly returned: number
  readonly deleted: number
  readonly is_held: boolean
}

/** An extract below this share of the last one that counted is held: the warehouse's `min_extract_share`. */
const MIN_SHARE = 0.8

/**
 * One kind of the vendor's things from night to night: most stay, some change, some go and come back a night later, some
 * are new. Keeps account of what each extract changed.
 */
export class History<T> {
  #things: ReadonlyMap<string, T>
  #waiting: readonly (readonly [string, T])[]
  #gone: readonly (readonly [string, T])[] = []
  #counted: ReadonlyMap<string, string> | undefined
  #sizeBefore = 0
  readonly #seen = new Set<string>()

  /** @param change gives a thing another value, which the warehouse tracks */
  constructor(
    readonly keyOf: (thing: T) => string,
    readonly change: (thing: T, random: Random) => T,
    things: readonly T[],
  ) {
    const entries = things.map((thing) => [keyOf(thing), thing] as const)
    // Every twentieth comes in a later night.
    this.#things = new Map(entries.filter((_, index) => index % 20 !== 19))
    this.#waiting = entries.filter((_, index) => index % 20 === 19)
  }

  /** The things of this night. */
  get things(): readonly T[] {
    return [...this.#things.values()]
  }

  /** Goes on to the next night. */
  advance(random: Random): void {
    const entries = [...this.#things]
    const leaving = entries.filter(() => random.chance(0.04))
    const next = new Map(entries.filter((entry) => !leaving.includes(entry)))
    for (const [key, thing] of next)
      if (random.chance(0.05)) next.set(key, this.change(thing, random))
    for (const [key, thing] of [...this.#gone, ...this.#waiting.slice(0, 1)]) next.set(key, thing)
    this.#gone = leaving
    this.#waiting = this.#waiting.slice(1)
    this.#things = next
  }

  /**
   * Takes an extract into account.
   * @param sent the things in it
   * @param unusable keys of those whose row goes into quarantine: they are there, as they were
   */
  record(sent: readonly T[], unusable: ReadonlySet<string>): Changes {
    const before = this.#counted ?? new Map<string, string>()
    const isHeld = this.#counted !== undefined && sent.length < MIN_SHARE * this.#sizeBefore
    const nothing = {
      keys: sent.length,
      added: 0,
      changed: 0,
      returned: 0,
      deleted: 0,
      is_held: isHeld,
    }
    if (isHeld) return nothing
    const now = new Map<string, string>()
    for (const thing of sent) {
      const key = this.keyOf(thing)
      const state = unusable.has(key) ? before.get(key) : JSON.stringify(thing)
      if (state !== undefined) now.set(key, state)
    }
    const fresh = [...now.keys()].filter((key) => !before.has(key))
    const returned = fresh.filter((key) => this.#seen.has(key)).length
    for (const key of fresh) this.#seen.add(key)
    this.#counted = now
    this.#sizeBefore = sent.length
    return {
      ...nothing,
      added: fresh.length - returned,
      changed: [...now].filter(([key, state]) => before.has(key) && before.get(key) !== state)
        .length,
      returned,
      deleted: [...before.keys()].filter((key) => !now.has(key)).length,
    }
  }
}
