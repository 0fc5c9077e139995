/**
 * One round: a run that is disturbed, a look at what has become of it, and another run that nothing disturbs.
 */
import { expect } from 'vitest'
import { createRandom } from '../../src/generate/random.js'
import type { Random } from '../../src/generate/random.js'
import type { RunReport } from '../../src/run/events.js'
import type { Arena, Generation } from './arena.js'
import { leftovers, untilNobodyRuns } from './leftovers.js'
import { failures } from './run.js'
import type { RunOptions } from './run.js'
import { takeSnapshot } from './snapshot.js'
import { differences, mixtures } from './verdict.js'

/** A disturbed run. */
export interface Disturbed {
  /** Null if the client was killed. */
  readonly report: RunReport | null
  /** What was done, in words; null if the run ended before. */
  readonly hit: string | null
}

/** Runs a generation and disturbs it. */
export type Disturbance = (
  arena: Arena,
  generation: Generation,
  random: Random,
  options: RunOptions,
) => Promise<Disturbed>

/** What is asked of the rounds. */
export interface RoundOptions {
  /** How many of them. Those whose run ended before it was hit don't count. */
  readonly times: number
  /** True if the disturbed run has to succeed, because it may try again. */
  readonly retries?: boolean
}

/** Seeds are drawn anew for every test run; `CHAOS_SEED` repeats one, `CHAOS_FACTOR` multiplies the rounds. */
export const SEED = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 1e6))
const FACTOR = Number(process.env.CHAOS_FACTOR ?? 1)

let stream = 0

/** Goes through rounds until enough of them were hit. */
export async function rounds(
  arena: Arena,
  disturb: Disturbance,
  { times, retries = false }: RoundOptions,
): Promise<void> {
  const random = createRandom(SEED, ++stream)
  let hits = 0
  for (let n = 1; hits < times * FACTOR; n++) {
    if (n > 5 * times * FACTOR) throw new Error(`only ${hits} of ${n} runs were hit`)
    if (await round(arena, disturb, random, retries, n)) hits++
  }
}

async function round(
  arena: Arena,
  disturb: Disturbance,
  random: Random,
  retries: boolean,
  n: number,
): Promise<boolean> {
  const generation = await arena.next()
  const { report, hit } = await disturb(arena, generation, random, {
    retryLimit: retries ? 3 : 0,
  }).catch(async (error: unknown) => {
    await arena.reset()
    throw error
  })
  const words = `round ${n} of seed ${SEED}, generation ${generation.gen}: ${hit ?? 'not hit'}`
  try {
    await untilNobodyRuns(arena.rows)
    const problems = report === null ? [] : failures(report)
    if (retries) expect(problems, words).toEqual([])
    const now = await takeSnapshot(arena.rows)
    const told = problems.length === 0 ? '' : `\n${problems.join('\n')}`
    expect(mixtures(now, generation.before, generation.after), words + told).toEqual([])
    if (report !== null && problems.length === 0)
      expect(differences(now, generation.after), `${words}; it succeeded`).toEqual([])
    const again = await arena.run(generation, { resume: random.chance(0.2) })
    expect(failures(again), `${words}; the next run${told}`).toEqual([])
    const then = await takeSnapshot(arena.rows)
    expect(differences(then, generation.after), `${words}; the next run${told}`).toEqual([])
    await untilNobodyRuns(arena.rows)
    expect(await leftovers(arena.rows), `${words}; left behind${told}`).toEqual([])
  } catch (error) {
    await arena.reset()
    throw error
  }
  return hit !== null
}
