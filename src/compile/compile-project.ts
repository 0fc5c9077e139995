/**
 * Compiling a project, for every command: start the host, look for problems, narrow.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommandError, type Problem } from '../failure/types.js'
import type { Graph } from '../graph/types.js'
import { readProjectSettings, type ProjectSettings } from '../project/settings.js'
import type { CoreGraph } from './core-graph.js'
import { hostFor } from './early.js'
import { hostTarget } from './host-target.js'
import { narrowGraph } from './narrow.js'
import { findProblems } from './problems.js'
import type { HostError, ProjectOverrides } from './protocol.js'
import { DEFAULT_COMPILE_TIMEOUT_MS } from './run-host.js'

export { DEFAULT_COMPILE_TIMEOUT_MS } from './run-host.js'
export type { ProjectOverrides } from './protocol.js'

/** What is to be compiled. */
export interface CompileOptions {
  /** The project's root, absolute or from the working directory. */
  readonly projectDir: string
  /** Replacements for settings of the project file; none if not given. */
  readonly overrides?: ProjectOverrides | undefined
  /** Milliseconds after which the compilation is killed; one minute if not given. */
  readonly timeoutMs?: number | undefined
  /** Spaces by which `graphText` is indented; none if not given. */
  readonly indent?: number | undefined
}

/** A compiled project, or everything that is wrong with it. */
export type CompileResult =
  | { readonly ok: true; readonly graph: Graph; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** Core's own graph, and core's own errors. */
export class CoreCompilation {
  private parsed: CoreGraph | undefined

  constructor(
    readonly settings: ProjectSettings,
    /** The graph as the stock command prints it with `--json`; undefined if core gave up. */
    readonly graphText: string | undefined,
    readonly errors: readonly HostError[],
  ) {}

  /** The graph; parsed at the first use, for not every command needs to look into it. */
  get graph(): CoreGraph | undefined {
    if (this.graphText === undefined) return undefined
    return (this.parsed ??= JSON.parse(this.graphText) as CoreGraph)
  }
}

/**
 * True if the project file asks for a version of core that is not at hand: the stock command installs it
 * into a temporary folder, and must do the compilation.
 */
export function needsOtherCore(settings: ProjectSettings): boolean {
  if (settings.coreVersion === undefined) return false
  const file = join(hostTarget(settings).coreDir, 'package.json')
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version?: string }
  return version !== settings.coreVersion
}

function seconds(milliseconds: number): string {
  return `${milliseconds / 1000} s`
}

/**
 * Compiles a project with `@dataform/core` and gives core's graph unchanged.
 * @throws CommandError (exit code 2) if there is no project, or the compilation took too long or died
 */
export async function compileCoreGraph(options: CompileOptions): Promise<CoreCompilation> {
  const settings = await readProjectSettings(options.projectDir)
  const timeoutMs = options.timeoutMs ?? DEFAULT_COMPILE_TIMEOUT_MS
  const host = await hostFor(hostTarget(settings))
  const outcome = await host.compile(
    { overrides: options.overrides ?? {}, indent: options.indent ?? 0 },
    timeoutMs,
  )
  switch (outcome.kind) {
    case 'response': {
      const { graphText, errors } = outcome.response
      return new CoreCompilation(settings, graphText, errors)
    }
    case 'timeout': {
      const message = `the compilation took longer than ${seconds(timeoutMs)} and was stopped`
      const hint = 'look for an endless loop in the JavaScript, or give it more time: --timeout 2m'
      throw new CommandError(message, { exitCode: 2, hint })
    }
    case 'died': {
      const message = `the compilation ended without a result (exit code ${outcome.exitCode ?? 'none'})`
      throw new CommandError(message, {
        exitCode: 2,
        hint: 'does a script of the project end the process?',
      })
    }
  }
}

/**
 * Compiles a project for PostgreSQL.
 * @returns the graph, or every problem that was found
 * @throws CommandError (exit code 2) if there is no project, or the compilation took too long or died
 */
export async function compileProject(options: CompileOptions): Promise<CompileResult> {
  const compilation = await compileCoreGraph(options)
  const { problems, warnings } = findProblems(compilation)
  if (problems.length > 0 || compilation.graph === undefined) return { ok: false, problems }
  return { ok: true, graph: narrowGraph(compilation.graph), warnings }
}
