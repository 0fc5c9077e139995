/**
 * Whether a transaction was committed whose connection was lost during the commit.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { readDatabaseError } from '../postgres/errors.js'
import type { Database } from '../postgres/session.js'

/** How often the server is asked, and how long after each other: half a minute in all. */
const QUESTIONS = 60
const PAUSE_MS = 500

/**
 * Asks the server, which may just be starting again.
 * @returns `unknown` if it can't be reached for half a minute, or has forgotten
 */
export async function settleCommit(
  database: Database,
  xid: string,
  signal: AbortSignal,
): Promise<'committed' | 'aborted' | 'unknown'> {
  for (let question = 0; question < QUESTIONS && !signal.aborted; question++) {
    try {
      const status = await database.withSession(async (session) => {
        const { rows } = await session.query('select pg_xact_status($1::text::xid8) as status', [
          xid,
        ])
        return rows[0]?.status
      })
      if (status === 'committed' || status === 'aborted') return status
      if (status === null) return 'unknown'
    } catch (error) {
      if (readDatabaseError(error)?.kind !== 'connection') throw error
    }
    await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined)
  }
  return 'unknown'
}
