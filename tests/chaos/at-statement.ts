/**
 * Something that happens inside of the n-th statement that changes the catalog; the event trigger of `source.ts` does it.
 */
import type { Disturbance } from './rounds.js'

/** Ends the session that carries out a random one of these statements, or fails it there for want of room. */
export function atStatement(how: 'kill' | 'full'): Disturbance {
  return async (arena, generation, random, options) => {
    const n = random.between(1, generation.ddl)
    await arena.rows(
      `alter sequence chaos.ddl restart; update chaos.at set n = ${n}, how = '${how}'`,
    )
    const outcome = await arena.run(generation, options)
    const [row] = await arena.rows('select last_value::int as n from chaos.ddl')
    await arena.rows(`update chaos.at set n = 0`)
    return { outcome, hit: Number(row?.n) >= n ? `${how} at statement ${n}` : null }
  }
}
