/**
 * A ready queue: an action starts when its dependencies are done and a connection is free; among the
 * ready ones the one with the longest remaining path goes first.
 */
import { dependentsByKey, reachable } from '../graph/neighbours.js'
import { targetKey } from '../graph/target.js'
import type { Action } from '../graph/types.js'

/** How an execution ended, as far as the queue is concerned. */
export type Verdict = 'done' | 'blocks-dependents'

/** What the scheduler calls. */
export interface ScheduleHandlers {
  /** Executes one action; must not throw. */
  execute(action: Action): Promise<Verdict>
  /** Told of an action that will not run because `cause` (its key) did not succeed. */
  skip(action: Action, cause: string): void
  /** Once it says true nothing more is started; what is left is neither executed nor skipped. */
  isStopped(): boolean
}

/**
 * Executes all actions, at most `jobs` at a time.
 * @param durationOf expected milliseconds of an action, for the order
 * @param after for some actions others that they wait for besides their dependencies, however those end
 * @returns the actions that were never started because the schedule was stopped
 */
export async function schedule(
  actions: readonly Action[],
  jobs: number,
  durationOf: (key: string) => number,
  handlers: ScheduleHandlers,
  after: ReadonlyMap<string, readonly string[]> = new Map(),
): Promise<readonly Action[]> {
  const byKey = new Map(actions.map((action) => [targetKey(action.target), action]))
  const dependents = dependentsByKey(actions)
  const waitingFor = new Map(
    actions.map((action) => [
      targetKey(action.target),
      new Set(
        [
          ...action.dependencies.map(targetKey),
          ...(after.get(targetKey(action.target)) ?? []),
        ].filter((key) => byKey.has(key)),
      ),
    ]),
  )
  const priority = longestPaths(byKey, dependents, durationOf)
  const ready: string[] = [...waitingFor].filter(([, open]) => open.size === 0).map(([key]) => key)
  const unfinished = new Set(byKey.keys())
  const running = new Set<Promise<void>>()

  const release = (key: string, waiting: readonly string[]): void => {
    for (const next of waiting) {
      const open = waitingFor.get(next)
      if (open?.delete(key) === true && open.size === 0 && unfinished.has(next)) ready.push(next)
    }
  }
  const followers = (key: string): readonly string[] =>
    [...after].filter(([, others]) => others.includes(key)).map(([next]) => next)
  const settle = (key: string, verdict: Verdict): void => {
    unfinished.delete(key)
    if (verdict === 'blocks-dependents') {
      for (const blocked of reachable([key], (next) => dependents.get(next) ?? [])) {
        const action = byKey.get(blocked)
        if (action === undefined || !unfinished.delete(blocked)) continue
        handlers.skip(action, key)
        release(blocked, followers(blocked))
      }
    } else release(key, dependents.get(key) ?? [])
    release(key, followers(key))
  }

  while (unfinished.size > 0) {
    while (running.size < jobs && ready.length > 0 && !handlers.isStopped()) {
      const key = takeFirst(ready, priority)
      const action = byKey.get(key)
      if (action === undefined || !unfinished.has(key)) continue
      const run = handlers.execute(action).then((verdict) => {
        settle(key, verdict)
      })
      const tracked = run.finally(() => running.delete(tracked))
      running.add(tracked)
    }
    if (running.size === 0) break
    await Promise.race(running)
  }
  return [...unfinished].flatMap((key) => byKey.get(key) ?? [])
}

function takeFirst(ready: string[], priority: ReadonlyMap<string, number>): string {
  let best = 0
  for (let i = 1; i < ready.length; i++) {
    if ((priority.get(ready[i] ?? '') ?? 0) > (priority.get(ready[best] ?? '') ?? 0)) best = i
  }
  return ready.splice(best, 1)[0] ?? ''
}

// The graph has no cycles: compilation reports them.
function longestPaths(
  byKey: ReadonlyMap<string, Action>,
  dependents: ReadonlyMap<string, readonly string[]>,
  durationOf: (key: string) => number,
): ReadonlyMap<string, number> {
  const lengths = new Map<string, number>()
  const stack = [...byKey.keys()]
  for (let key = stack.pop(); key !== undefined; key = stack.pop()) {
    if (lengths.has(key)) continue
    const after = dependents.get(key) ?? []
    const open = after.filter((next) => !lengths.has(next))
    if (open.length > 0) stack.push(key, ...open)
    else
      lengths.set(
        key,
        durationOf(key) + Math.max(0, ...after.map((next) => lengths.get(next) ?? 0)),
      )
  }
  return lengths
}
