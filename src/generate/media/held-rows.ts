import type { Random } from '../random.js'

/** Rows that may wait at once; more would make memory grow with the volume. */
const mostRows = 50

/** A row that leaves the waiting line. */
export interface ReleasedRow {
  readonly json: string
  /** Whether a newer row is before it now. */
  readonly isOvertaken: boolean
}

interface HeldRow {
  readonly second: number
  readonly json: string
  /** How many rows must have passed by then. */
  readonly until: number
}

/** Rows of the open file that have been taken out of their place, to be written some rows later. */
export class HeldRows {
  readonly #random: Random
  #rows: readonly HeldRow[] = []
  #passed = 0
  #newest = 0

  constructor(random: Random) {
    this.#random = random
  }

  /** Whether one more row may wait. */
  get hasRoom(): boolean {
    return this.#rows.length < mostRows
  }

  /** Keeps a row back. @param second its instant */
  hold(second: number, json: string): void {
    const until = this.#passed + this.#random.between(2, 9)
    this.#rows = [...this.#rows, { second, json, until }]
  }

  /** Notes that a row of this instant has been written in its place. */
  pass(second: number): void {
    this.#passed += 1
    this.#newest = second
  }

  /**
   * The rows whose turn has come: they have waited long enough and something newer is before them.
   * @param isLast whether the file ends, so that none can wait any longer
   */
  release(isLast: boolean): readonly ReleasedRow[] {
    if (this.#rows.length === 0) return []
    const isReady = ({ second, until }: HeldRow): boolean =>
      isLast || (this.#passed >= until && this.#newest > second)
    const ready = this.#rows.filter(isReady)
    if (ready.length > 0) this.#rows = this.#rows.filter((row) => !isReady(row))
    return ready.map(({ json, second }) => ({ json, isOvertaken: this.#newest > second }))
  }
}
