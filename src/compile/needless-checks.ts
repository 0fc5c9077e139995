/**
 * Spares core two checks that it makes of the whole graph, for repeated names and for cycles: it writes
 * every target as JSON at every mention, which is a tenth of the time that a big project takes. A quick look
 * tells when they cannot find anything; in any doubt core makes them, and reports in its own words.
 */
import type { CoreGraphMessage, CoreSession, CoreTarget } from './core-module.js'

interface Named {
  readonly target: CoreTarget
  readonly canonicalTarget: CoreTarget
  readonly dependencyTargets?: readonly CoreTarget[]
}

/** Targets that core takes for the same have the same key; the reverse need not hold. */
function keyOf(target: CoreTarget): string {
  return `${target.database ?? ''}\0${target.schema ?? ''}\0${target.name ?? ''}`
}

function areUnique(targets: readonly CoreTarget[]): boolean {
  return new Set(targets.map(keyOf)).size === targets.length
}

/** True if the actions can be put into an order in which each comes after what it depends on. */
function canBeOrdered(actions: readonly Named[]): boolean {
  const waitingFor = new Map(actions.map((action) => [keyOf(action.target), 0]))
  const dependents = new Map<string, string[]>()
  for (const { target, dependencyTargets } of actions) {
    const key = keyOf(target)
    for (const dependency of new Set((dependencyTargets ?? []).map(keyOf))) {
      if (!waitingFor.has(dependency)) continue
      waitingFor.set(key, (waitingFor.get(key) ?? 0) + 1)
      const known = dependents.get(dependency)
      if (known === undefined) dependents.set(dependency, [key])
      else known.push(key)
    }
  }
  const ready = [...waitingFor].flatMap(([key, count]) => (count === 0 ? [key] : []))
  let ordered = 0
  for (let key = ready.pop(); key !== undefined; key = ready.pop()) {
    ordered++
    for (const dependent of dependents.get(key) ?? []) {
      const left = (waitingFor.get(dependent) ?? 0) - 1
      waitingFor.set(dependent, left)
      if (left === 0) ready.push(dependent)
    }
  }
  return ordered === waitingFor.size
}

/** Replaces the two methods of the session; a version of core that lacks them is left as it is. */
export function skipNeedlessChecks(session: CoreSession): void {
  const removeNonUnique = session.removeNonUniqueActionsFromCompiledGraph?.bind(session)
  if (removeNonUnique !== undefined) {
    session.removeNonUniqueActionsFromCompiledGraph = (graph) => {
      const actions = namedActions(graph)
      const isClean =
        areUnique(actions.map(({ target }) => target)) &&
        areUnique(actions.map(({ canonicalTarget }) => canonicalTarget))
      if (!isClean) removeNonUnique(graph)
    }
  }
  const checkCircularity = session.checkCircularity?.bind(session)
  if (checkCircularity !== undefined) {
    session.checkCircularity = (actions) => {
      if (!canBeOrdered(actions as readonly Named[])) checkCircularity(actions)
    }
  }
}

function namedActions(graph: CoreGraphMessage): readonly Named[] {
  const kinds = [
    'tables',
    'assertions',
    'operations',
    'declarations',
    'notebooks',
    'dataPreparations',
  ]
  return kinds.flatMap((kind) => (graph[kind] ?? []) as readonly Named[])
}
