/**
 * Who depends on whom, as maps from `schema.name`.
 */
import { targetKey } from './target.js'
import type { Action } from './types.js'

/** For every action the keys of the actions that name it as a dependency. */
export function dependentsByKey(
  actions: readonly Action[],
): ReadonlyMap<string, readonly string[]> {
  const dependents = new Map<string, string[]>(
    actions.map((action) => [targetKey(action.target), []]),
  )
  for (const action of actions) {
    for (const dependency of action.dependencies) {
      dependents.get(targetKey(dependency))?.push(targetKey(action.target))
    }
  }
  return dependents
}

/**
 * All that can be reached from some keys, without the keys themselves unless a path leads back to them.
 * @param next gives a key's neighbours
 */
export function reachable(
  from: Iterable<string>,
  next: (key: string) => readonly string[],
): ReadonlySet<string> {
  const found = new Set<string>()
  const queue = [...from]
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    for (const neighbour of next(key)) {
      if (!found.has(neighbour)) {
        found.add(neighbour)
        queue.push(neighbour)
      }
    }
  }
  return found
}
