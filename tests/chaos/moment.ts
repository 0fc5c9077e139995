/**
 * Doing something once while a run is under way.
 */
import type { Random } from '../../src/generate/random.js'
import type { Arena, Generation } from './arena.js'
import type { Disturbance, Disturbed } from './rounds.js'
import type { RunOptions } from './run.js'

/** After the event the server is looked at up to so many times, which is as good as waiting for some milliseconds. */
const LOOKS = 30

/**
 * What happens at a random moment; gives it in words, or null if there was nothing to hit.
 * @param isOver tells whether the run has ended meanwhile
 */
export type Act = (random: Random, isOver: () => boolean) => Promise<string | null>

/**
 * A run of this process, and something that happens to it: after a random event, and then some time.
 * @param part the event is one of this part of the run's events
 */
export const meanwhile =
  (actIn: (arena: Arena) => Act, { part = 1 } = {}): Disturbance =>
  async (arena, generation, random, options) => {
    const act = actIn(arena)
    const { running, isOver, untilEvent } = start(arena, generation, options)
    // Whoever awaits it below sees the failure.
    running.catch(() => undefined)
    await untilEvent(random.between(1, Math.ceil(part * generation.events) - 1))
    for (let looks = random.below(LOOKS); looks > 0 && !isOver(); looks--)
      await arena.rows('select 1')
    const hit = isOver() ? null : await act(random, isOver)
    return { outcome: await running, hit }
  }

interface Running {
  readonly running: Promise<Disturbed['outcome']>
  readonly isOver: () => boolean
  /** Resolves when there were so many events, or the run is over. */
  readonly untilEvent: (count: number) => Promise<void>
}

function start(arena: Arena, generation: Generation, options: RunOptions): Running {
  let events = 0
  let isOver = false
  let look: () => void = () => undefined
  const running = arena
    .run(generation, {
      ...options,
      onEvent: () => {
        events++
        look()
      },
    })
    .finally(() => {
      isOver = true
      look()
    })
  return {
    running,
    isOver: () => isOver,
    untilEvent: (count) =>
      new Promise((resolve) => {
        look = () => {
          if (isOver || events >= count) resolve()
        }
        look()
      }),
  }
}
