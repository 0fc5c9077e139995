import { generateMersenne53Randomizer } from '@faker-js/faker'

/** A source of pseudo-random numbers that depends on nothing but its seed. */
export interface Random {
  /** A number from 0 (included) to 1 (excluded). */
  next(): number
  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number
  /** True with the given probability. */
  chance(probability: number): boolean
  /** One of the items, all equally likely; the list must not be empty. */
  pick<T>(items: readonly T[]): T
}

/**
 * A random source for one purpose. Sources of different `stream` numbers are independent, so that
 * more dirt, say, doesn't change the traffic beneath it.
 */
export function createRandom(seed: number, stream: number): Random {
  const twister = generateMersenne53Randomizer()
  twister.seed([seed, stream])
  const next = (): number => twister.next()
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    next,
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: (probability) => next() < probability,
    pick: <T>(items: readonly T[]) => items[below(items.length)] as T,
  }
}

/** Draws one item, with the likelihood that its weight gives it. */
export type WeightedPick<T> = (random: Random) => T

/**
 * Prepares draws from weighted items: the sums of the weights once, then a binary search a draw.
 * @param entries items with their weights, which need not add up to anything
 */
export function weightedPick<T>(entries: readonly (readonly [T, number])[]): WeightedPick<T> {
  const items = entries.map(([item]) => item)
  const sums: number[] = []
  let total = 0
  for (const [, weight] of entries) sums.push((total += weight))
  return (random) => {
    const target = random.next() * total
    let low = 0
    let high = items.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] as number) > target) high = middle
      else low = middle + 1
    }
    return items[low] as T
  }
}

/**
 * Draws with Zipf's law: the n-th item is as likely as 1/n. Division only, because powers and
 * logarithms may differ in the last bit between machines.
 */
export function zipfPick<T>(items: readonly T[]): WeightedPick<T> {
  return weightedPick(items.map((item, rank) => [item, 1 / (rank + 1)] as const))
}
