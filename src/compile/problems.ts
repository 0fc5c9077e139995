/**
 * Everything that is wrong with a compiled project, in one list.
 */
import { spotAt } from '../failure/source-spot.js'
import type { Problem, SourceSpot } from '../failure/types.js'
import type { ProjectSettings } from '../project/settings.js'
import type { CoreGraph } from './core-graph.js'
import { translateError } from './core-errors.js'
import { graphProblems, graphWarnings } from './graph-checks.js'
import type { HostError } from './protocol.js'
import { isAboutReferences, referenceProblems } from './references.js'

/** What was found. Warnings do not keep a project from being run. */
export interface Findings {
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

/** Core finds cycles too, but names what is in them in no order; ours are along the references. */
const CIRCULAR = /^Circular dependency detected in chain: /

/** By file, then by line, so that somebody can go through them with an editor. */
function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const file = (problem: Problem): string => problem.at?.file ?? ''
  const line = (problem: Problem): number => problem.at?.line ?? 0
  return [...problems].sort(
    (a, b) => (file(a) < file(b) ? -1 : file(a) > file(b) ? 1 : 0) || line(a) - line(b),
  )
}

function once(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>()
  return problems.filter((problem) => {
    const key = JSON.stringify([problem.message, problem.at?.file, problem.at?.line])
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

/** Errors that keep a file's actions out of the graph: they come without an action and without a name. */
function brokenFiles(errors: readonly HostError[]): readonly string[] {
  return [
    ...new Set(
      errors
        .filter((error) => error.action === undefined && !isAboutReferences(error))
        .map((error) => error.fileName)
        .filter((file) => file.startsWith('definitions/')),
    ),
  ]
}

/**
 * Core's errors as problems, and what core's graph has that PostgreSQL can't take.
 * @param compilation of a project whose warehouse is PostgreSQL
 */
export function findProblems(compilation: {
  readonly settings: ProjectSettings
  readonly graph: CoreGraph | undefined
  readonly errors: readonly HostError[]
}): Findings {
  const { settings, graph, errors } = compilation
  const { projectDir, file: settingsFile } = settings
  const placeOf = ({ place }: HostError): SourceSpot | undefined =>
    place === undefined ? undefined : spotAt(projectDir, place.file, place.line, place.column)
  const targets = (graph?.targets ?? []).map(({ schema, name }) => ({ schema, name: name ?? '' }))
  const references = errors.filter(isAboutReferences)
  const others = errors.filter(
    (error) => !isAboutReferences(error) && !CIRCULAR.test(error.message),
  )
  const problems = [
    ...others.map((error) => translateError(error, { projectDir, settingsFile, placeOf })),
    ...referenceProblems(references, {
      projectDir,
      targets,
      brokenFiles: brokenFiles(errors),
      placeOf,
    }),
    ...(graph === undefined ? [] : graphProblems(graph, projectDir)),
  ]
  return {
    problems: inOrder(once(problems)),
    warnings: graph === undefined ? [] : inOrder(once(graphWarnings(graph, projectDir))),
  }
}
