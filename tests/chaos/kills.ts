/**
 * Ends of sessions, of the server and of connections, at random points of a run.
 */
import type { CrashServer } from './crash-server.js'
import { RUN_SESSIONS } from './leftovers.js'
import { meanwhile } from './moment.js'
import type { Fate } from './proxy.js'
import type { Disturbance } from './rounds.js'

/** Sessions that are in the middle of something. */
const BUSY = `${RUN_SESSIONS} and state <> 'idle'`

/** Ends a random session of the run. */
export const killBackend: Disturbance = meanwhile((arena) => async (random, isOver) => {
  while (!isOver()) {
    const [row] = await arena.rows(
      `select query, pg_terminate_backend(pid) from (${BUSY} order by hashint4(pid # ${random.below(1e6)}) limit 1) s`,
    )
    if (row !== undefined) return `killed in ${String(row.query).slice(0, 200)}`
  }
  return null
})

/** All of the server's processes end at once, and it is started again. */
export const crash = (server: CrashServer): Disturbance =>
  meanwhile((arena) => async (_, isOver) => {
    while (!isOver()) {
      const busy = await arena.rows(BUSY)
      if (busy.length === 0) continue
      await server.crash()
      await server.restart()
      await arena.reconnect()
      return `crash in ${String(busy[0]?.query).slice(0, 200)}`
    }
    return null
  })

/** Cuts a connection at a random message of the client's. */
export function cut({ proxy }: CrashServer): Disturbance {
  // How many messages the last run had, to choose among.
  let messages = 10
  return async (arena, generation, random, options) => {
    const at = random.between(1, messages)
    const fate = random.pick<Fate>(['cut before', 'cut after', 'cut at once'])
    let n = 0
    let hit: string | null = null
    proxy.judge = (text) => {
      n++
      if (n !== at) return 'passed'
      hit = `${fate} message ${n}: ${text.slice(0, 200)}`
      return fate
    }
    const outcome = await arena.run(generation, options).finally(() => {
      proxy.judge = () => 'passed'
    })
    messages = Math.max(n, messages)
    return { outcome, hit }
  }
}
