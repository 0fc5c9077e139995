/** The database of the loading benchmarks: the one that DATABASE_URL names. */
import { chooseConnection } from '../../dist/bench/engine.js'

/** @returns the settings that the loader's own pool takes */
export async function resolveConnection() {
  if (process.env.DATABASE_URL === undefined) throw new Error('set DATABASE_URL')
  const choice = await chooseConnection({ projectDir: import.meta.dirname, env: process.env })
  if (choice.kind !== 'server') throw new Error('DATABASE_URL names no server')
  return choice.settings
}
