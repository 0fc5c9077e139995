import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { targetKey } from '../../src/graph/target.js'
import type { Action } from '../../src/graph/types.js'
import { schedule } from '../../src/run/scheduler.js'
import type { ScheduleHandlers, Verdict } from '../../src/run/scheduler.js'
import { table, target } from '../support/actions.js'

interface Trace {
  readonly started: string[]
  readonly skipped: string[]
  readonly unstarted: readonly string[]
  readonly mostAtOnce: number
}

/** Runs a schedule whose actions end in an order that `pick` decides; nothing sleeps. */
async function trace(
  actions: readonly Action[],
  jobs: number,
  options: {
    failing?: ReadonlySet<string>
    pick?: (running: number) => number
    stopAfter?: number
    durations?: Readonly<Record<string, number>>
    after?: ReadonlyMap<string, readonly string[]>
  } = {},
): Promise<Trace> {
  const started: string[] = []
  const skipped: string[] = []
  const running: { key: string; end: (verdict: Verdict) => void }[] = []
  let mostAtOnce = 0
  let done = false
  const handlers: ScheduleHandlers = {
    execute: (action) =>
      new Promise((end) => {
        started.push(targetKey(action.target))
        running.push({ key: targetKey(action.target), end })
        mostAtOnce = Math.max(mostAtOnce, running.length)
      }),
    skip: (action) => skipped.push(targetKey(action.target)),
    isStopped: () => started.length >= (options.stopAfter ?? Infinity),
  }
  const durationOf = (key: string): number => options.durations?.[key] ?? 1
  const finished = schedule(actions, jobs, durationOf, handlers, options.after).then(
    (unstarted) => {
      done = true
      return unstarted
    },
  )
  for (let turns = 0; !isDone() && turns < 10_000; turns++) {
    await Promise.resolve()
    const index = options.pick?.(running.length) ?? 0
    const [next] = running.splice(Math.min(index, running.length - 1), 1)
    next?.end(options.failing?.has(next.key) === true ? 'blocks-dependents' : 'done')
  }
  function isDone(): boolean {
    return done
  }
  const unstarted = (await finished).map((action) => targetKey(action.target))
  return { started, skipped, unstarted, mostAtOnce }
}

const chain = [
  table('s.a'),
  table('s.b', { dependencies: [target('s.a')] }),
  table('s.c', { dependencies: [target('s.b')] }),
  table('s.d'),
]

describe('schedule', () => {
  test('a failed action skips all that depends on it, and the rest goes on', async () => {
    const result = await trace(chain, 1, { failing: new Set(['s.a']) })
    expect(result.started.sort()).toEqual(['s.a', 's.d'])
    expect(result.skipped).toEqual(['s.b', 's.c'])
  })

  test('the longest remaining path goes first', async () => {
    const result = await trace(chain, 1, { durations: { 's.d': 1.5 } })
    expect(result.started).toEqual(['s.a', 's.b', 's.d', 's.c'])
  })

  test('a dependency outside the schedule counts as met', async () => {
    const result = await trace([table('s.b', { dependencies: [target('s.elsewhere')] })], 2)
    expect(result.started).toEqual(['s.b'])
  })

  test('once stopped, nothing is started and the rest is named', async () => {
    const result = await trace(chain, 1, { stopAfter: 1 })
    expect(result.started).toEqual(['s.a'])
    expect(result.unstarted).toEqual(['s.b', 's.c', 's.d'])
  })

  test('any graph: each action once, after its dependencies, never more than the limit at a time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.nat(1_000), { maxLength: 4 }), { minLength: 1, maxLength: 25 }),
        fc.integer({ min: 1, max: 4 }),
        fc.infiniteStream(fc.nat(3)),
        fc.array(fc.nat(24), { maxLength: 3 }),
        async (edges, jobs, picks, failures) => {
          // Edges lead to earlier actions only, so there is no cycle.
          const actions = edges.map((to, i) =>
            table(`s.t${i}`, {
              dependencies:
                i === 0 ? [] : [...new Set(to.map((n) => n % i))].map((n) => target(`s.t${n}`)),
            }),
          )
          const failing = new Set(failures.map((n) => `s.t${n}`))
          const result = await trace(actions, jobs, {
            failing,
            pick: () => Number(picks.next().value),
          })
          expect(result.mostAtOnce).toBeLessThanOrEqual(jobs)
          expect([...result.started, ...result.skipped].sort()).toEqual(
            actions.map((action) => targetKey(action.target)).sort(),
          )
          for (const action of actions) {
            const key = targetKey(action.target)
            const at = result.started.indexOf(key)
            for (const dependency of action.dependencies.map(targetKey)) {
              const bad = failing.has(dependency) || result.skipped.includes(dependency)
              if (bad) expect(result.skipped).toContain(key)
              if (at >= 0) expect(result.started.indexOf(dependency)).toBeLessThan(at)
            }
          }
        },
      ),
      { numRuns: 200 },
    )
  })
})

test('an action waits for others besides its dependencies, and is not skipped with them', async () => {
  const actions = ['s.a', 's.b', 's.c', 's.d'].map((name) => table(name))
  const [a, b, c, d] = actions as [Action, Action, Action, Action]
  const chained = [a, { ...b, dependencies: [a.target] }, c, d]
  const after = new Map([
    ['s.c', ['s.a']],
    ['s.d', ['s.b']],
  ])
  const done = await trace(chained, 4, { after })
  expect(done.started).toEqual(['s.a', 's.b', 's.c', 's.d'])
  const failed = await trace(chained, 4, { after, failing: new Set(['s.a']) })
  expect(failed.started[0]).toBe('s.a')
  expect(failed.started.slice(1).toSorted()).toEqual(['s.c', 's.d'])
  expect(failed.skipped).toEqual(['s.b'])
})
