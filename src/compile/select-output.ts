/**
 * `compile --output-actions ...`: a part of core's graph, chosen as the stock command chooses it. The whole
 * project is compiled all the same.
 */
import { CommandError } from '../failure/types.js'
import type { CoreActionBase, CoreGraph, CoreTarget } from './core-graph.js'

/** What is to be printed. With neither actions nor tags: everything. */
export interface OutputSelection {
  /** Names, or full names with schema (and database). No wildcards: the stock command has none here. */
  readonly actions: readonly string[]
  readonly tags: readonly string[]
  readonly includeDependencies: boolean
  readonly includeDependents: boolean
}

function fullName(target: CoreTarget | undefined): string {
  return [target?.database, target?.schema, target?.name]
    .filter((part) => part !== undefined && part !== '')
    .join('.')
}

function matching(pattern: string, names: readonly string[]): readonly string[] {
  if (pattern.includes('.')) return names.includes(pattern) ? [pattern] : []
  const found = names.filter((name) => name.split('.').at(-1) === pattern)
  if (found.length > 1) {
    throw new CommandError(`"${pattern}" may be any of ${found.join(', ')}`, {
      exitCode: 2,
      hint: 'give the full name',
    })
  }
  return found
}

function dependenciesOf(action: CoreActionBase | undefined): readonly string[] {
  return (action?.dependencyTargets ?? []).map(fullName)
}

/** Adds what is reached from the chosen names, to any depth. */
function spread(chosen: Set<string>, next: (name: string) => readonly string[]): void {
  const queue = [...chosen]
  let name
  while ((name = queue.pop()) !== undefined) {
    for (const reached of next(name)) {
      if (chosen.has(reached)) continue
      chosen.add(reached)
      queue.push(reached)
    }
  }
}

function chooseNames(
  actions: readonly CoreActionBase[],
  selection: OutputSelection,
): ReadonlySet<string> {
  const byName = new Map(actions.map((action) => [fullName(action.target), action]))
  const names = [...byName.keys()]
  const chosen = new Set(selection.actions.flatMap((pattern) => matching(pattern, names)))
  for (const [name, action] of byName) {
    if ((action.tags ?? []).some((tag) => selection.tags.includes(tag))) chosen.add(name)
  }
  if (selection.includeDependencies) {
    spread(chosen, (name) => dependenciesOf(byName.get(name)).filter((each) => byName.has(each)))
  }
  if (selection.includeDependents) {
    const dependents = new Map<string, string[]>()
    for (const [name, action] of byName) {
      for (const dependency of dependenciesOf(action))
        dependents.set(dependency, [...(dependents.get(dependency) ?? []), name])
    }
    spread(chosen, (name) => dependents.get(name) ?? [])
  }
  return chosen
}

/**
 * The chosen part of a graph. Declarations and tests stay, as in the stock command, which also prints the
 * lists that are empty once it has chosen.
 * @throws CommandError (exit code 2) if a name without schema means several actions
 */
export function selectOutput(graph: CoreGraph, selection: OutputSelection): CoreGraph {
  if (selection.actions.length === 0 && selection.tags.length === 0) return graph
  const { tables = [], operations = [], assertions = [], propertyGraphs = [] } = graph
  const chosen = chooseNames(
    [...tables, ...operations, ...assertions, ...propertyGraphs],
    selection,
  )
  const isChosen = ({ target }: CoreActionBase): boolean => chosen.has(fullName(target))
  return {
    ...{ declarations: [], tests: [], notebooks: [], dataPreparations: [] },
    ...graph,
    tables: tables.filter(isChosen),
    operations: operations.filter(isChosen),
    assertions: assertions.filter(isChosen),
    propertyGraphs: propertyGraphs.filter(isChosen),
    targets: (graph.targets ?? []).filter((target) => chosen.has(fullName(target))),
  }
}
