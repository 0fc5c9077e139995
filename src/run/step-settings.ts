/**
 * How an action's steps are executed in a run: locks, messages, what is recorded.
 */
import { targetKey } from '../graph/target.js'
import type { Action } from '../graph/types.js'
import { blockersOf } from '../plan/sql/locks.js'
import type { ActionPlan } from '../plan/types.js'
import type { Session } from '../postgres/session.js'
import { recordResults } from '../state/runs.js'
import type { ExecuteOptions } from './execute-options.js'
import { ended, recorded } from './results.js'
import type { StepSettings } from './steps.js'

/**
 * The settings for one action.
 * @param start when it began, by `performance.now()`
 */
export function settingsFor(
  plan: ActionPlan,
  options: ExecuteOptions,
  start = performance.now(),
): StepSettings {
  const { action } = plan
  const key = targetKey(action.target)
  const warn = (message: string): void => {
    options.onEvent({ type: 'warning', message: `${key}: ${message}`, file: action.fileName })
  }
  return {
    lockTimeoutMs: options.lockTimeoutMs,
    lockWaitMs: options.lockWaitMs,
    signal: options.signal,
    onWarning: warn,
    onWaiting: waitingMessages(action, options, warn),
    connectionName: options.runId === null ? 'dataform' : `dataform run ${options.runId}`,
    record: ({ rows, outcome, groups, isLast }) => {
      if (options.runId === null) return null
      const result = ended(action, 'succeeded', {
        rows,
        outcome: outcome ?? plan.outcome,
        durationMs: performance.now() - start,
      })
      const row = { ...recorded(result, action), groups_done: groups }
      return recordResults(options.runId, [isLast ? row : { ...row, status: 'unfinished' }])
    },
  }
}

const FIRST_WORD_MS = 2000
const NEXT_WORD_MS = 30_000

// The live list shows at once who is waited for; a log gets a line only if it takes long.
function waitingMessages(
  action: Action,
  options: ExecuteOptions,
  warn: (message: string) => void,
): StepSettings['onWaiting'] {
  let nextMs = FIRST_WORD_MS
  return async (session: Session, waitedMs, { alsoLocked = [] }) => {
    const { rows } = await session.query(blockersOf([action.target, ...alsoLocked]))
    const blockers = rows.map(describeBlocker).join('; ')
    const message = `waits to swap the table in${blockers === '' ? '' : `: ${blockers}`}`
    options.onEvent({ type: 'action-progress', target: action.target, fraction: null, message })
    if (waitedMs >= nextMs) {
      warn(message)
      nextMs = waitedMs + NEXT_WORD_MS
    }
    return blockers
  }
}

function describeBlocker(row: Readonly<Record<string, unknown>>): string {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '')
  const name = text(row.name)
  const who = [name === '' ? 'a session' : name, text(row.login)].filter((part) => part !== '')
  const since = row.seconds === null ? '' : `, for ${Number(row.seconds)} s`
  return `${who.join(' of ')} (pid ${String(row.pid)}, ${text(row.state)}${since})`
}
