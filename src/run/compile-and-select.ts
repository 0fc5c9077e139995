/**
 * From the compilation of a project to the actions that a command is about.
 */
import type { CompileResult } from '../compile/compile-project.js'
import { CommandError } from '../failure/types.js'
import type { Problem } from '../failure/types.js'
import { selectActions } from '../graph/select.js'
import type { Selection } from '../graph/select.js'
import type { Action, Graph } from '../graph/types.js'
import { withDeclaredKeys } from '../plan/declared-keys.js'
import { addLoads } from '../seed/add-loads.js'
import { readSeeds } from '../seed/declaration.js'
import type { SeedSource } from '../seed/declaration.js'

/** A project, compiled, with what was selected of it. */
export interface SelectedProject {
  /** All actions, with the loads of `seeds/seeds.yaml`. */
  readonly graph: Graph
  /** Those that are selected. */
  readonly actions: readonly Action[]
  readonly sources: readonly SeedSource[]
  /** What the compilation warns of. */
  readonly warnings: readonly Problem[]
}

/**
 * Waits for the compilation, reads `seeds/seeds.yaml`, and selects.
 * @throws CommandError with the problems of a project that has some, or for a selection that matches nothing; exit
 *   code 2
 */
export async function compileAndSelect(
  { projectDir, selection }: { readonly projectDir: string; readonly selection: Selection },
  compiling: Promise<CompileResult>,
): Promise<SelectedProject> {
  const [compiled, seeds] = await Promise.all([compiling, readSeeds(projectDir)])
  const problems = [...(compiled.ok ? [] : compiled.problems), ...(seeds.ok ? [] : seeds.problems)]
  if (!compiled.ok || !seeds.ok)
    throw new CommandError(
      `the project has ${problems.length} problem${problems.length === 1 ? '' : 's'}`,
      { exitCode: 2, problems },
    )
  const graph = withDeclaredKeys(addLoads(compiled.graph, seeds.sources))
  const selected = selectActions(graph, selection)
  if (!selected.ok) throw new CommandError(selected.messages.join('\n'), { exitCode: 2 })
  return { graph, actions: selected.actions, sources: seeds.sources, warnings: compiled.warnings }
}
