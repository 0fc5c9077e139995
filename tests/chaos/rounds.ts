/**
 * Rounds: a run that is disturbed, a look at what has become of it, and another run that nothing disturbs.
 */
import { expect } from 'vitest'
import { createRandom } from '../../src/generate/random.js'
import type { Random } from '../../src/generate/random.js'
import type { Arena, Generation } from './arena.js'
import { leftovers, untilNobodyRuns } from './leftovers.js'
import type { Outcome, RunOptions } from './run.js'
import { takeSnapshot } from './snapshot.js'
import { differences, mixtures } from './verdict.js'

/** A disturbed run. */
export interface Disturbed {
  /** What is known of the run; that of one that was killed has no problems to tell of. */
  readonly outcome: Outcome
  readonly wasKilled?: boolean
  /** What was done, in words; null if it came too late or found nothing to hit. */
  readonly hit: string | null
}

/** Runs a generation and disturbs it. */
export type Disturbance = (
  arena: Arena,
  generation: Generation,
  random: Random,
  options: RunOptions,
) => Promise<Disturbed>

/** Runs a generation, or goes on with a run of it that was disturbed, and gives what did not succeed. */
export type NextRun = (
  arena: Arena,
  generation: Generation,
  isResumed: boolean,
) => Promise<readonly string[]>

/** What is asked of the rounds. */
export interface RoundOptions {
  /** How many of them; only those that were hit count. */
  readonly times: number
  /** True if the disturbed run has to succeed, because it may try again. */
  readonly retries?: boolean
  /** What every failure of the disturbed run has to say. */
  readonly says: RegExp
  /** By default in this process. */
  readonly nextRun?: NextRun
}

/** Drawn anew for every test run; `CHAOS_SEED` repeats one. */
export const SEED = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 1e6))

/** `CHAOS_FACTOR` multiplies the rounds. */
export const FACTOR = Number(process.env.CHAOS_FACTOR ?? 1)

/** Of how many runs at least one has to be hit. */
const RUNS_PER_HIT = 20

const SKIPPED = / skipped: /

const inProcess: NextRun = async (arena, generation, resume) =>
  (await arena.run(generation, { resume })).problems

let stream = 0

/** Goes through rounds until enough of them were hit. */
export async function rounds(
  arena: Arena,
  disturb: Disturbance,
  options: RoundOptions,
): Promise<void> {
  const random = createRandom(SEED, ++stream)
  const wanted = options.times * FACTOR
  let hits = 0
  for (let n = 1; hits < wanted; n++) {
    if (n > RUNS_PER_HIT * wanted) throw new Error(`only ${hits} of ${n} runs were hit`)
    try {
      if (await round(arena, disturb, random, options, n)) hits++
    } catch (error) {
      await arena.reset()
      throw error
    }
  }
}

async function round(
  arena: Arena,
  disturb: Disturbance,
  random: Random,
  { retries = false, says, nextRun = inProcess }: RoundOptions,
  n: number,
): Promise<boolean> {
  const generation = await arena.next()
  const disturbed = await disturb(arena, generation, random, { retryLimit: retries ? 3 : 0 })
  const { outcome, wasKilled = false, hit } = disturbed
  const words = [
    `round ${n} of seed ${SEED}, generation ${generation.gen}: ${hit ?? 'not hit'}`,
    ...outcome.problems,
  ].join('\n')
  if (retries) expect(outcome.problems, words).toEqual([])
  expect(
    outcome.problems.filter((problem) => !says.test(problem) && !SKIPPED.test(problem)),
    words,
  ).toEqual([])
  await untilNobodyRuns(arena.rows)
  const now = await takeSnapshot(arena.rows)
  expect(mixtures(now, generation, arena.strategy), words).toEqual([])
  if (!wasKilled && outcome.problems.length === 0)
    expect(differences(now, generation.after), `${words}; it succeeded`).toEqual([])
  const isResumed = outcome.isRecorded && random.chance(0.5)
  const told = `${words}\nthe next run${isResumed ? ', resumed' : ''}`
  expect(await nextRun(arena, generation, isResumed), told).toEqual([])
  const then = await takeSnapshot(arena.rows)
  expect(differences(then, generation.after), told).toEqual([])
  await untilNobodyRuns(arena.rows)
  expect(await leftovers(arena.rows), `${told}; left behind`).toEqual([])
  return hit !== null
}
