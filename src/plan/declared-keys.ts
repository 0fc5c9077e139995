/**
 * A declared foreign key is a dependency: the table that it refers to is built first.
 */
import { reachable } from '../graph/neighbours.js'
import { targetKey } from '../graph/target.js'
import type { Action, Graph, Target } from '../graph/types.js'
import { parsePostgresOptions } from './options.js'

/** The graph with those dependencies, except where one would close a circle: such tables are built one by one all the same. */
export function withDeclaredKeys(graph: Graph): Graph {
  const dependencies = new Map(
    graph.actions.map((action) => [targetKey(action.target), [...action.dependencies]]),
  )
  const needed = (key: string): readonly string[] => (dependencies.get(key) ?? []).map(targetKey)
  for (const action of graph.actions) {
    const key = targetKey(action.target)
    for (const table of referredTo(action)) {
      const other = targetKey(table)
      const isKnown = !dependencies.has(other) || needed(key).includes(other)
      if (other === key || isKnown || reachable([other], needed).has(key)) continue
      dependencies.get(key)?.push(table)
    }
  }
  return {
    ...graph,
    actions: graph.actions.map((action) => ({
      ...action,
      dependencies: dependencies.get(targetKey(action.target)) ?? action.dependencies,
    })),
  }
}

function referredTo(action: Action): readonly Target[] {
  if (action.type !== 'table' && action.type !== 'incremental') return []
  const { options } = parsePostgresOptions(action.extraProperties)
  return options.foreignKeys.map((key) => key.references.table)
}
