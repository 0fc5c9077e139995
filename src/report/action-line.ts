/**
 * One finished action as one line.
 */
import type { Ansis } from 'ansis'
import { impossible } from '../impossible.js'
import { targetKey } from '../graph/target.js'
import type { ActionResult, ActionStatus } from '../run/events.js'
import { formatDuration, plural } from './format.js'

/** The word that a status has in every output. */
export function statusWord(status: ActionStatus): string {
  switch (status) {
    case 'succeeded':
      return 'ok'
    case 'warned':
      return 'warn'
    case 'failed':
      return 'FAIL'
    case 'skipped':
      return 'skip'
    case 'disabled':
      return 'off'
    default:
      return impossible(status)
  }
}

/** The status word, padded to four characters, in its colour. */
export function paintStatus(color: Ansis, status: ActionStatus): string {
  const word = statusWord(status).padEnd(4)
  switch (status) {
    case 'succeeded':
      return color.green(word)
    case 'warned':
      return color.yellow(word)
    case 'failed':
      return color.red.bold(word)
    case 'skipped':
    case 'disabled':
      return color.dim(word)
    default:
      return impossible(status)
  }
}

/** What happened, in words: `created, 1,204 rows, 0.08s`. */
export function describeResult(result: ActionResult): string {
  const parts = [result.outcome]
  if (result.rows !== null && result.type !== 'assertion' && result.status === 'succeeded')
    parts.push(plural(result.rows, 'row'))
  if (result.durationMs > 0) parts.push(formatDuration(result.durationMs))
  return parts.join(', ')
}

/** The whole line: `ok    3/45 media.dim_users  created, 1,204 rows, 0.08s`. */
export function actionLine(
  color: Ansis,
  result: ActionResult,
  done: number,
  total: number,
): string {
  const count = `${String(done).padStart(String(total).length)}/${total}`
  return `${paintStatus(color, result.status)} ${color.dim(count)} ${targetKey(result.target)}  ${color.dim(describeResult(result))}`
}
