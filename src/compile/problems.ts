/**
 * Everything that is wrong with a compiled project, in one list.
 */
import { spotAt } from '../failure/source-spot.js'
import type { Problem, SourceSpot } from '../failure/types.js'
import type { ProjectSettings } from '../project/settings.js'
import type { CoreCompilation } from './compile-project.js'
import type { CoreGraph } from './core-graph.js'
import { translateError } from './core-errors.js'
import { findInSource, quotedName } from './find-in-source.js'
import { cycleProblems, postgresProblems, postgresWarnings } from './graph-checks.js'
import { coreActions } from './narrow.js'
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

/** Files with an error that have no action in the graph. */
function brokenFiles(
  errors: readonly HostError[],
  graph: CoreGraph | undefined,
): readonly string[] {
  const compiled = new Set(
    [...coreActions(graph ?? {}), ...(graph?.tests ?? [])].map(({ fileName }) => fileName),
  )
  const files = errors
    .filter((error) => error.syntax || (error.action === undefined && !isAboutReferences(error)))
    .map((error) => error.fileName)
  return [...new Set(files)].filter(
    (file) => file.startsWith('definitions/') && !compiled.has(file),
  )
}

function warehouseProblem(settings: ProjectSettings): readonly Problem[] {
  const { warehouse, file, projectDir } = settings
  if (warehouse === 'postgres' || warehouse === 'bigquery') return []
  return [
    {
      kind: 'config',
      message: `the warehouse "${warehouse}" is not supported`,
      at: findInSource(projectDir, file, [quotedName(warehouse)]),
      hint: 'set it to "postgres" (or "bigquery", which @dataform/cli runs)',
    },
  ]
}

/** Core's errors as problems, and what core's graph has that the project's warehouse can't take. */
export function findProblems(compilation: CoreCompilation): Findings {
  const { settings, errors } = compilation
  const { projectDir, file: settingsFile } = settings
  const isPostgres = settings.warehouse === 'postgres'
  // A sound BigQuery project's graph is passed on unread.
  const graph = isPostgres || errors.length > 0 ? compilation.graph : undefined
  const placeOf = ({ place }: HostError): SourceSpot | undefined =>
    place === undefined ? undefined : spotAt(projectDir, place.file, place.line, place.column)
  const references = errors.filter(isAboutReferences)
  const others = errors.filter(
    (error) => !isAboutReferences(error) && !CIRCULAR.test(error.message),
  )
  const problems = [
    ...others.map((error) => translateError(error, { projectDir, settingsFile, placeOf })),
    ...referenceProblems(references, {
      projectDir,
      targets: (graph?.targets ?? []).map(({ schema, name }) => ({ schema, name: name ?? '' })),
      brokenFiles: brokenFiles(errors, graph),
      placeOf,
    }),
    ...warehouseProblem(settings),
    ...(graph === undefined ? [] : cycleProblems(graph, projectDir)),
    ...(isPostgres && graph !== undefined ? postgresProblems(graph, projectDir) : []),
  ]
  const warnings = isPostgres && graph !== undefined ? postgresWarnings(graph, projectDir) : []
  return { problems: inOrder(once(problems)), warnings: inOrder(once(warnings)) }
}
