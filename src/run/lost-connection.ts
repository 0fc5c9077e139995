/**
 * What became of a transaction whose connection was lost. The server may still be at work on it, may have carried out
 * the commit without anybody hearing of it, or may just be starting again.
 */
import { endLost } from '../plan/sql/locks.js'
import type { Database, Session } from '../postgres/session.js'
import { committedGroups } from '../state/runs.js'
import type { ConnectionLost } from './failures.js'
import { onceThere } from './retry.js'

/** `unknown`: nobody can say whether the commit took place. */
export type LostOutcome = 'committed' | 'rolled back' | 'unknown'

/**
 * Waits for the server, ends what it may still be doing for us, and asks whether the commit took place. The proof is what
 * the transaction itself has recorded: after a crash PostgreSQL gives the number of a lost transaction to another one, so
 * the status of the number proves nothing.
 * @param action its key, the run under which it is recorded (null if it is not), and the groups that are done if it was
 *   committed
 */
export async function settleLost(
  database: Database,
  lost: ConnectionLost,
  action: { readonly key: string; readonly runId: number | null; readonly groups: number },
  signal: AbortSignal,
): Promise<LostOutcome> {
  const outcome = await onceThere(database, signal, async (session): Promise<LostOutcome> => {
    await session.query(endLost(lost.processId, performance.now() - lost.at))
    return lost.result === null ? 'rolled back' : askForCommit(session, lost, action)
  })
  return outcome ?? (lost.result === null ? 'rolled back' : 'unknown')
}

async function askForCommit(
  session: Session,
  lost: ConnectionLost,
  action: { readonly key: string; readonly runId: number | null; readonly groups: number },
): Promise<LostOutcome> {
  if (action.runId !== null) {
    const { rows } = await session.query(committedGroups(action.runId, action.key, action.groups))
    return rows.length > 0 ? 'committed' : 'rolled back'
  }
  // Without a record only a transaction that is known to be rolled back is known.
  const { rows } = await session.query('select pg_xact_status($1::text::xid8) as status', [
    lost.xid,
  ])
  return rows[0]?.status === 'aborted' ? 'rolled back' : 'unknown'
}
