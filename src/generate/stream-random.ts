import { scramble } from './bits.js'
import type { Random } from './random.js'

/**
 * Random numbers for very many short streams: a stream of its own for each thing and day, so that nothing depends on
 * what was drawn before it, on how the work is divided, or on its order. `start` costs as much as a few draws; the
 * twister behind `createRandom` would need microseconds. The generator is sfc32, whose arithmetic is exact.
 */
export class StreamRandom implements Random {
  #a = 0
  #b = 0
  #c = 0
  #counter = 1

  /** Begins the stream with this name of three numbers. @returns this, for a stream that is used at once */
  start(seed: number, first: number, second: number): this {
    this.#a = scramble(seed ^ 0x9e3779b9)
    this.#b = scramble(first ^ this.#a)
    this.#c = scramble(second ^ this.#b)
    this.#counter = 1
    // Until every bit of the name has reached every bit of the state.
    for (let round = 0; round < 10; round++) this.bits()
    return this
  }

  /** 32 random bits. */
  bits(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  next(): number {
    return this.bits() / 0x1_0000_0000
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T
  }
}

/** The codes from 0, each as often as its weight: drawing one of them takes a single step, however many there are. */
export function codesByWeight(weights: readonly number[]): Uint8Array {
  return Uint8Array.from(weights.flatMap((weight, code) => new Array<number>(weight).fill(code)))
}

/** A number from 0 (included) to 1 (excluded) that is the same for the same three numbers. */
export function hashShare(seed: number, first: number, second: number): number {
  return scramble(second ^ scramble(first ^ scramble(seed ^ 0x85ebca6b))) / 0x1_0000_0000
}

/** Two words of 32 bits that look random; different pairs give different words. */
export function mixPair(high: number, low: number, key: number): readonly [number, number] {
  let left = high
  let right = low
  for (let round = 0; round < 2; round++) {
    left = (left ^ scramble(right ^ key ^ round)) >>> 0
    right = (right ^ scramble(left ^ Math.imul(key, 0x2545f491))) >>> 0
  }
  return [left, right]
}
