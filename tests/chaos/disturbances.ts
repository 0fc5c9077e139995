/**
 * Ways of disturbing a run of this process.
 */
import type { Random } from '../../src/generate/random.js'
import type { Arena } from './arena.js'
import type { CrashServer } from './crash-server.js'
import { RUN_SESSIONS } from './leftovers.js'
import type { Fate, Proxy } from './proxy.js'
import type { Disturbance, Disturbed } from './rounds.js'
import type { RunOptions } from './run.js'

/** Cuts a connection at a random message. */
export function cut(proxy: Proxy): Disturbance {
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
    try {
      const report = await arena.run(generation, options)
      return { report, hit }
    } finally {
      messages = Math.max(n, messages)
      proxy.judge = () => 'passed'
    }
  }
}

/** Ends a session of the run at a random statement that changes the catalog, or fails it there for want of room. */
export function atStatement(how: 'kill' | 'full'): Disturbance {
  return async (arena, generation, random, options) => {
    const n = random.between(1, generation.ddl)
    await arena.rows(
      `alter sequence chaos.ddl restart; update chaos.at set n = ${n}, how = '${how}'`,
    )
    const report = await arena.run(generation, options)
    const [row] = await arena.rows('select last_value::int as n from chaos.ddl')
    await arena.rows(`update chaos.at set n = 0`)
    return { report, hit: Number(row?.n) >= n ? `${how} at statement ${n}` : null }
  }
}

/** Does something once while a run is under way: after a random event and a random number of looks at the server. */
export async function meanwhile(
  arena: Arena,
  random: Random,
  run: (onEvent: NonNullable<RunOptions['onEvent']>) => Promise<Disturbed['report']>,
  act: () => Promise<string | null>,
): Promise<Disturbed> {
  let events = 0
  const state = { isOver: false }
  const wanted = random.between(1, 12)
  let due: () => void = () => undefined
  const isDue = new Promise<void>((resolve) => (due = resolve))
  const running = run(() => {
    if (++events >= wanted) due()
  }).finally(() => {
    state.isOver = true
    due()
  })
  running.catch(() => undefined)
  await isDue
  for (let looks = random.below(30); looks > 0 && !state.isOver; looks--)
    await arena.rows('select 1')
  const hit = state.isOver ? null : await act()
  return { report: await running, hit }
}

/** Ends a random session of the run. */
export const killBackend: Disturbance = (arena, generation, random, options) =>
  meanwhile(
    arena,
    random,
    (onEvent) => arena.run(generation, { ...options, onEvent }),
    async () => {
      const [row] = await arena.rows(
        `select pid, query, pg_terminate_backend(pid) from (${RUN_SESSIONS} order by state = 'active' desc, hashint4(pid # ${random.below(1e6)}) limit 1) s`,
      )
      return row === undefined ? null : `killed in ${String(row.query).slice(0, 200)}`
    },
  )

/** The server's processes end at once, and it is started again. */
export function crash(server: CrashServer): Disturbance {
  return async (arena, generation, random, options) =>
    meanwhile(
      arena,
      random,
      (onEvent) => arena.run(generation, { ...options, onEvent }),
      async () => {
        await server.crash()
        await server.restart()
        await arena.reconnect()
        return 'crash of the server'
      },
    )
}

/** No room for temporary files, from a random moment on. */
export const fillTemporaryFiles: Disturbance = async (arena, generation, random, options) => {
  try {
    return await meanwhile(
      arena,
      random,
      (onEvent) => arena.run(generation, { ...options, onEvent }),
      async () => {
        await arena.rows(`alter system set temp_file_limit = 0`)
        await arena.rows(`select pg_reload_conf()`)
        return 'no temporary files'
      },
    )
  } finally {
    await arena.rows(`alter system reset temp_file_limit`)
    await arena.rows(`select pg_reload_conf()`)
  }
}

/** The server's table of locks is full, from a random moment on. */
export const fillLocks: Disturbance = async (arena, generation, random, options) => {
  try {
    return await meanwhile(
      arena,
      random,
      (onEvent) => arena.run(generation, { ...options, onEvent }),
      async () => {
        await arena
          .rows(`select count(pg_advisory_lock(n)) from generate_series(1, 1000000) n`)
          .catch(() => undefined)
        return 'no locks'
      },
    )
  } finally {
    await arena.rows(`select pg_advisory_unlock_all()`)
  }
}
