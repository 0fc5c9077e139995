import type { Random } from '../random.js'
import { rowDirtNames, sharingKinds, type RowDirt } from './dirt-kinds.js'

/**
 * Decides which rows get dirt. All kinds have the same share of the proportion; within it, every
 * stretch of 1/share rows gets one piece at a random place, and the kinds take turns, so that each
 * is there as soon as there is room for all.
 */
export class DirtSchedule {
  readonly #random: Random
  /** Pieces a row, of the kinds that are applied at one row. */
  readonly #rate: number
  /** The kinds, the one that has waited longest first. */
  readonly #queue: RowDirt[]
  #owed = 0
  #placed = 0
  #nextAt: number

  /** @param proportion of all kinds together, 0 to 1 */
  constructor(proportion: number, random: Random) {
    this.#random = random
    this.#rate = (proportion * rowDirtNames.length) / sharingKinds
    this.#queue = [...rowDirtNames]
    // Shuffled, so that a small sample isn't always short of the same kinds.
    for (let last = this.#queue.length - 1; last > 0; last--) {
      const other = random.below(last + 1)
      const moved = this.#queue[last] as RowDirt
      this.#queue[last] = this.#queue[other] as RowDirt
      this.#queue[other] = moved
    }
    this.#nextAt = random.next()
  }

  /**
   * The dirt of the next row, or undefined if it stays clean.
   * @param isPossible whether a kind can be applied to that row; one that can't keeps its turn
   */
  next(isPossible: (kind: RowDirt) => boolean): RowDirt | undefined {
    this.#owed += this.#rate
    if (this.#owed <= this.#nextAt) return undefined
    const position = this.#queue.findIndex(isPossible)
    const [kind] = position < 0 ? [] : this.#queue.splice(position, 1)
    if (kind === undefined) return undefined
    this.#queue.push(kind)
    this.#placed += 1
    this.#nextAt = this.#placed + this.#random.next()
    return kind
  }
}
