/**
 * Results of actions.
 */
import { targetKey } from '../graph/target.js'
import type { Action } from '../graph/types.js'
import { fingerprintOf } from '../state/runs.js'
import type { RecordedResult } from '../state/runs.js'
import type { ActionResult } from './events.js'

/** The result of an action that has ended, or that never began. */
export function ended(
  action: Action,
  status: ActionResult['status'],
  rest: Partial<ActionResult> & { readonly outcome: string },
): ActionResult {
  return {
    target: action.target,
    type: action.type,
    status,
    fileName: action.fileName,
    durationMs: 0,
    rows: null,
    ...rest,
  }
}

/** A result as it is kept in `dataform_state`. */
export function recorded(result: ActionResult, action: Action): RecordedResult {
  return {
    target: targetKey(result.target),
    type: result.type,
    status: result.status,
    outcome: result.outcome,
    duration_ms: Math.round(result.durationMs),
    row_count: result.rows,
    failure: result.failure ?? null,
    fingerprint: fingerprintOf(action),
    groups_done: 0,
  }
}
