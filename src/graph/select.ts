/**
 * Which actions a command is about: `--actions`, `--tags`, `--include-deps`, `--include-dependents`.
 */
import { dependentsByKey, reachable } from './neighbours.js'
import { nearestNames } from './nearest.js'
import { targetKey } from './target.js'
import type { Action, Graph } from './types.js'

/** What the user asked for; empty lists mean everything. */
export interface Selection {
  /** `name`, `schema.name`, or a pattern of either with `*`. */
  readonly actions: readonly string[]
  readonly tags: readonly string[]
  readonly includeDependencies: boolean
  readonly includeDependents: boolean
}

/** Everything. */
export const SELECT_ALL: Selection = {
  actions: [],
  tags: [],
  includeDependencies: false,
  includeDependents: false,
}

/** The chosen actions, in the graph's order, or what was wrong with the selection. */
export type SelectionResult =
  | { readonly ok: true; readonly actions: readonly Action[] }
  | { readonly ok: false; readonly messages: readonly string[] }

/**
 * Chooses actions. A pattern or a tag that matches nothing is an error with the nearest names, because
 * a run that does nothing looks like one that worked.
 */
export function selectActions(graph: Graph, selection: Selection): SelectionResult {
  if (selection.actions.length === 0 && selection.tags.length === 0)
    return { ok: true, actions: graph.actions }
  const messages: string[] = []
  const chosen = new Set<string>()
  for (const pattern of selection.actions) {
    const matches = matchAction(graph.actions, pattern)
    if (matches.length === 0) messages.push(noMatch(graph, pattern))
    if (matches.length > 1 && !pattern.includes('*'))
      messages.push(`"${pattern}" is the name of several actions: ${matches.join(', ')}`)
    for (const key of matches) chosen.add(key)
  }
  for (const tag of selection.tags) {
    const tagged = graph.actions.filter((action) => action.tags.includes(tag))
    if (tagged.length === 0) messages.push(noTag(graph, tag))
    for (const action of tagged) chosen.add(targetKey(action.target))
  }
  if (messages.length > 0) return { ok: false, messages }
  return { ok: true, actions: withNeighbours(graph, chosen, selection) }
}

function withNeighbours(
  graph: Graph,
  chosen: ReadonlySet<string>,
  selection: Selection,
): readonly Action[] {
  const keys = new Set(chosen)
  if (selection.includeDependencies) {
    const byKey = new Map(graph.actions.map((action) => [targetKey(action.target), action]))
    const dependencies = reachable(
      chosen,
      (key) => byKey.get(key)?.dependencies.map(targetKey) ?? [],
    )
    for (const key of dependencies) keys.add(key)
  }
  if (selection.includeDependents) {
    const dependents = dependentsByKey(graph.actions)
    for (const key of reachable(chosen, (key) => dependents.get(key) ?? [])) keys.add(key)
  }
  return graph.actions.filter((action) => keys.has(targetKey(action.target)))
}

function matchAction(actions: readonly Action[], pattern: string): readonly string[] {
  const source = pattern
    .split('*')
    .map((text) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*')
  const expression = new RegExp(`^${source}$`)
  return actions
    .filter(({ target }) => expression.test(targetKey(target)) || expression.test(target.name))
    .map((action) => targetKey(action.target))
}

function noMatch(graph: Graph, pattern: string): string {
  const names = graph.actions.map((action) => targetKey(action.target))
  return `no action matches "${pattern}"${didYouMean(nearestNames(pattern, names))}`
}

function noTag(graph: Graph, tag: string): string {
  const tags = [...new Set(graph.actions.flatMap((action) => action.tags))]
  return `no action has the tag "${tag}"${didYouMean(nearestNames(tag, tags))}`
}

function didYouMean(names: readonly string[]): string {
  return names.length === 0 ? '' : `; the nearest are ${names.join(', ')}`
}
