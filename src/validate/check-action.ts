/**
 * Checking one action, whatever its kind.
 */
import type { Action } from '../graph/types.js'
import { impossible } from '../impossible.js'
import { buildModel } from './build-model.js'
import { standIn } from './stand-in.js'
import { checkIncremental } from './check-incremental.js'
import { checkOperations } from './check-operations.js'
import { checkAssertion } from './check-queries.js'
import { checkDeclaration, checkLoad } from './check-source.js'
import { Desk } from './world.js'
import type { Made, Outcome, World } from './world.js'

/** Checks an action; waits for what it reads. */
export async function checkAction(world: World, action: Action): Promise<Outcome> {
  const desk = new Desk(world, action)
  const made = action.disabled ? await disabled(desk, action) : await check(desk, action)
  return desk.outcome(made)
}

async function check(desk: Desk, action: Action): Promise<ReadonlyMap<string, Made>> {
  switch (action.type) {
    case 'table':
    case 'view':
      return new Map([[desk.key, await buildModel(desk, action)]])
    case 'incremental':
      return new Map([[desk.key, await checkIncremental(desk, action)]])
    case 'operations':
      return checkOperations(desk, action)
    case 'assertion':
      await checkAssertion(desk, action)
      return new Map()
    case 'declaration':
      return new Map([[desk.key, await checkDeclaration(desk, action)]])
    case 'load':
      return new Map([[desk.key, await checkLoad(desk, action)]])
    default:
      return impossible(action)
  }
}

// The run passes it over; its dependents read what is there.
async function disabled(desk: Desk, action: Action): Promise<ReadonlyMap<string, Made>> {
  if (action.type === 'assertion' || (action.type === 'operations' && !action.hasOutput))
    return new Map()
  const cause = { reason: `${desk.key} is disabled and does not exist`, because: null }
  const made = await standIn(desk, cause, null)
  return new Map([[desk.key, made.isThere ? { ...made, doubt: null } : made]])
}
