/**
 * No room for the work, from a random moment of a run on. A run is hit if it has failed for it.
 */
import { expect } from 'vitest'
import type { Arena } from './arena.js'
import { meanwhile } from './moment.js'
import type { Disturbance } from './rounds.js'

/** No room for temporary files. */
export const fillTemporaryFiles = filling({
  fill: async (arena) => {
    await arena.rows(`alter system set temp_file_limit = 0`)
    await arena.rows(`select pg_reload_conf()`)
  },
  empty: async (arena) => {
    await arena.rows(`alter system reset temp_file_limit`)
    await arena.rows(`select pg_reload_conf()`)
    const limit = () => arena.rows(`select current_setting('temp_file_limit') as now`)
    await expect.poll(limit, { interval: 1 }).toEqual([{ now: '-1' }])
  },
})

/** No room in the server's table of locks; what becomes free there is taken at once. */
export const fillLocks = filling({
  fill: async (arena, isOver) => {
    const lockMany = `select count(pg_advisory_lock(nextval('chaos.locks'))) from generate_series(1, 5000)`
    while (!isOver()) await expect(arena.rows(lockMany)).rejects.toThrow('out of shared memory')
  },
  empty: async (arena) => {
    await arena.rows(`select pg_advisory_unlock_all()`)
  },
})

function filling(room: {
  readonly fill: (arena: Arena, isOver: () => boolean) => Promise<void>
  readonly empty: (arena: Arena) => Promise<void>
}): Disturbance {
  const disturb = meanwhile(
    (arena) => async (_, isOver) => {
      await room.fill(arena, isOver)
      return 'no room'
    },
    // Whatever comes late needs little room.
    { part: 0.5 },
  )
  return async (arena, ...rest) => {
    const { outcome } = await disturb(arena, ...rest).finally(() => room.empty(arena))
    return { outcome, hit: outcome.problems[0] ?? null }
  }
}
