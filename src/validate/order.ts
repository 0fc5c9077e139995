/**
 * The order in which actions are checked: what one reads or depends on comes before it. Pure.
 */
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
  const next = (action: Action): readonly Action[] =>
    [...action.dependencies.map(targetKey), ...reads(action)].flatMap((key) => byKey.get(key) ?? [])
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
