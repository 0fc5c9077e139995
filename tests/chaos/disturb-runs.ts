/**
 * The tests of one strategy: its runs are disturbed in every way.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Arena } from './arena.js'
import type { ArenaOptions } from './arena.js'
import { CrashServer } from './crash-server.js'
import { FACTOR, rounds, SEED } from './rounds.js'
import { HITS, WAYS } from './ways.js'

const ROUND_TIMEOUT_MS = 20_000

/**
 * Declares them; each is over when its share of runs has been hit.
 * @param part how much of the share, where rounds take long
 */
export function disturbRuns(options: Omit<ArenaOptions, 'seed'>, part = 1): void {
  let server: CrashServer
  let arena: Arena
  beforeAll(async () => {
    server = await CrashServer.start()
    arena = await Arena.create(server, { ...options, seed: SEED })
  })
  afterAll(async () => {
    await arena.remove()
    await server.stop()
  })

  test.each(WAYS)(
    '$name',
    async ({ disturb, times, ...way }) => {
      await rounds(arena, disturb(server), { ...way, times: Math.ceil(part * times) })
    },
    ROUND_TIMEOUT_MS * FACTOR * Math.max(...WAYS.map(({ times }) => times)),
  )

  test('at least two hundred in all', () => {
    expect(HITS).toBeGreaterThanOrEqual(200)
  })
}
