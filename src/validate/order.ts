/**
 * The order in which actions are checked: what one reads or depends on comes before it. Pure.
 */
import { reachable } from '../graph/neighbours.js'
import { targetKey } from '../graph/target.js'
import type { Action } from '../graph/types.js'

/**
 * Sorts actions. A relation that is read without being a dependency counts as one, unless that makes a cycle: then
 * the reader comes first.
 * @param reads keys that an action needs, its dependencies apart
 */
export function inOrder(
  actions: readonly Action[],
  reads: (action: Action) => Iterable<string>,
): readonly Action[] {
  const byKey = new Map(actions.map((action) => [targetKey(action.target), action]))
  const dependencies = (key: string): readonly string[] =>
    byKey.get(key)?.dependencies.map(targetKey) ?? []
  const next = (action: Action): readonly Action[] => {
    const own = targetKey(action.target)
    const known = new Set(dependencies(own))
    // Dependencies are never broken for the sake of what is only read.
    const read = [...reads(action)].filter(
      (key) => !known.has(key) && !reachable([key], dependencies).has(own),
    )
    return [...known, ...read].flatMap((key) => byKey.get(key) ?? [])
  }
  const ordered: Action[] = []
  const seen = new Set<Action>()
  for (const start of actions) {
    if (seen.has(start)) continue
    seen.add(start)
    // An explicit stack: a project may have chains deeper than the call stack.
    const stack = [{ action: start, needs: next(start), at: 0 }]
    let frame
    while ((frame = stack.at(-1)) !== undefined) {
      const need = frame.needs[frame.at++]
      if (need === undefined) {
        ordered.push(frame.action)
        stack.pop()
      } else if (!seen.has(need)) {
        seen.add(need)
        stack.push({ action: need, needs: next(need), at: 0 })
      }
    }
  }
  return ordered
}
