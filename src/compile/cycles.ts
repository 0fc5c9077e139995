/**
 * Cycles of a graph of dependencies.
 */

/**
 * Finds cycles, one for every set of nodes that all depend on each other.
 * @param dependencies what each node depends on; names that are no key are passed over
 * @returns each cycle as the nodes along it: every node depends on the next, the last on the first
 */
export function findCycles(
  dependencies: ReadonlyMap<string, readonly string[]>,
): readonly (readonly string[])[] {
  const cycles: string[][] = []
  const state = new Map<string, 'open' | 'done'>()
  const path: string[] = []

  const visit = (start: string): void => {
    // An explicit stack: a project may have chains deeper than the call stack.
    const stack = [{ node: start, next: 0 }]
    state.set(start, 'open')
    path.push(start)
    let frame
    while ((frame = stack.at(-1)) !== undefined) {
      const dependency = dependencies.get(frame.node)?.[frame.next++]
      if (dependency === undefined) {
        state.set(frame.node, 'done')
        path.pop()
        stack.pop()
      } else if (state.get(dependency) === 'open') {
        cycles.push(path.slice(path.indexOf(dependency)))
      } else if (!state.has(dependency) && dependencies.has(dependency)) {
        state.set(dependency, 'open')
        path.push(dependency)
        stack.push({ node: dependency, next: 0 })
      }
    }
  }
  for (const node of dependencies.keys()) if (!state.has(node)) visit(node)
  return withoutOverlap(cycles)
}

/** Breaking one cycle often breaks the others that share a node with it; showing one of them is enough. */
function withoutOverlap(cycles: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const taken = new Set<string>()
  return cycles.filter((cycle) => {
    if (cycle.some((node) => taken.has(node))) return false
    for (const node of cycle) taken.add(node)
    return true
  })
}
