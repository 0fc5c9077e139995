import { CommandError } from '../failure/types.js'
import { targetKey } from '../graph/target.js'
import type { Action, Graph, LoadAction } from '../graph/types.js'
import { SEEDS_FILE, type SeedSource } from './declaration.js'

/**
 * Puts the loads into the graph: a declaration of a source's table becomes the load of that source, with
 * the tags of both and the declaration's own description; a source that nobody declares is added.
 * @throws CommandError (exit code 2) if an action that builds something has a source's table as its target
 */
export function addLoads(graph: Graph, sources: readonly SeedSource[]): Graph {
  const byTarget = new Map(sources.map((source) => [targetKey(source.target), source]))
  const isTaken = new Set<string>()
  const actions = graph.actions.map((action): Action => {
    const key = targetKey(action.target)
    const source = byTarget.get(key)
    if (source === undefined) return action
    if (action.type !== 'declaration') throw conflict(key, source, action)
    isTaken.add(key)
    return {
      ...action,
      type: 'load',
      source: source.name,
      fileName: SEEDS_FILE,
      tags: [...new Set([...action.tags, ...source.tags])],
      description: action.description === '' ? source.description : action.description,
    }
  })
  const added = sources.filter((source) => !isTaken.has(targetKey(source.target))).map(undeclared)
  return { ...graph, actions: [...actions, ...added] }
}

function undeclared(source: SeedSource): LoadAction {
  return {
    type: 'load',
    source: source.name,
    target: source.target,
    dependencies: [],
    tags: source.tags,
    fileName: SEEDS_FILE,
    disabled: false,
    description: source.description,
    columns: source.columns
      .filter((column) => column.description !== '')
      .map(({ name, description }) => ({ path: [name], description })),
    extraProperties: {},
  }
}

function conflict(key: string, source: SeedSource, action: Action): CommandError {
  const message = `${key} is loaded by source "${source.name}" and also built by ${action.fileName}`
  return new CommandError(message, {
    exitCode: 2,
    problems: [
      {
        kind: 'duplicate-action',
        message,
        action: key,
        at: { file: SEEDS_FILE, line: source.line },
        hint: 'A loaded table may be declared, not built: change one of the two names.',
      },
    ],
  })
}
