/**
 * The scratch relations that dependents read, and why they may not be what a run would make.
 */
import { tableFromColumns } from './checked-statement.js'
import type { Shape } from './existing.js'
import type { Cause } from './judge.js'
import { scratchOf } from './scratch.js'
import type { Desk, Made } from './world.js'

/** Why dependents can't know the relation: its own problem, or the one that kept it from being checked. */
export function causeOf(desk: Desk): Cause {
  const unchecked = desk.notChecked.find(({ what }) => what === 'action')
  return desk.problems.length > 0 || unchecked === undefined
    ? desk.ownCause
    : {
        reason: unchecked.because === null ? `because of ${desk.key}` : unchecked.reason,
        because: unchecked.because ?? desk.key,
      }
}

/**
 * The relation as it is in the database, for dependents of an action that could not be checked.
 * @param text what would make it otherwise; null if that can't be known
 * @param key the relation's, if it is not the action's own
 */
export async function standIn(
  desk: Desk,
  cause: Cause,
  text: string | null,
  key = desk.key,
): Promise<Made> {
  const existing = desk.world.existing.get(key)
  if (existing === undefined) return { isThere: false, cause }
  const copied = await copyOf(desk, existing, key)
  return copied.isThere ? { ...copied, doubt: { ...cause, text } } : copied
}

/**
 * Makes the scratch relation that dependents read.
 * @param key the relation's, if it is not the action's own
 */
export async function copyOf(desk: Desk, shape: Shape, key = desk.key): Promise<Made> {
  const statement = tableFromColumns(scratchOf(key), shape)
  const result = await desk.world.batch.run({ statements: [statement], isKept: true })
  return result.ok
    ? { isThere: true, shape, doubt: null }
    : { isThere: false, cause: notCopied(desk, result.error.message) }
}

/** Why there is no scratch relation, from what the server said. */
export function notCopied(desk: Desk, message: string): Cause {
  return { reason: `the columns of ${desk.key} can't be copied: ${message}`, because: null }
}
