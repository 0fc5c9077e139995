/**
 * `dataform compile`: the project as core compiles it, and everything that is wrong with it.
 */
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs'
import {
  compileCoreGraph,
  needsOtherCore,
  type CoreCompilation,
} from '../../compile/compile-project.js'
import { dotText, summaryText, type SummaryDetail } from '../../compile/graph-text.js'
import { findProblems } from '../../compile/problems.js'
import { selectOutput, type OutputSelection } from '../../compile/select-output.js'
import { renderProblem } from '../../failure/render.js'
import { CommandError, type Problem } from '../../failure/types.js'
import { readProjectSettings } from '../../project/settings.js'
import { errColor } from '../color.js'
import {
  durationMs,
  projectOverrides,
  splitCommas,
  withProjectFlags,
  type ProjectFlags,
} from '../flags.js'
import { handOver } from '../hand-over.js'

interface CompileFlags extends ProjectFlags {
  readonly watch: boolean
  readonly json: boolean
  readonly dot: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  readonly outputActions: readonly string[] | undefined
  readonly outputTags: readonly string[] | undefined
  readonly outputIncludeDeps: boolean
  readonly outputIncludeDependents: boolean
}

function builder(yargs: Argv): Argv<CompileFlags> {
  const flag = (describe: string) => ({ type: 'boolean' as const, default: false, describe })
  const list = (describe: string) => ({
    type: 'array' as const,
    string: true,
    describe,
    coerce: splitCommas,
  })
  return withProjectFlags(yargs)
    .option('watch', flag('Compiles again whenever a file changes.'))
    .option('json', flag('Prints the compiled graph as JSON.'))
    .option('dot', flag('Prints the compiled graph for Graphviz.'))
    .option('quiet', flag('Prints counts only.'))
    .option('verbose', flag('Prints the file of every action, and the time taken.'))
    .option('output-actions', list('Actions to print; the whole project is compiled all the same.'))
    .option('output-tags', list('Tags of the actions to print.'))
    .option('output-include-deps', flag('Prints what the chosen actions depend on, too.'))
    .option(
      'output-include-dependents',
      flag('Prints what depends on the chosen actions, too.'),
    ) as unknown as Argv<CompileFlags>
}

function wrongUse(message: string): never {
  throw new CommandError(message, { exitCode: 2 })
}

function checkCombinations(flags: CompileFlags): void {
  if (flags.json && flags.dot) wrongUse('--json and --dot exclude each other')
  if (flags.quiet && flags.verbose) wrongUse('--quiet and --verbose exclude each other')
  if (flags.outputActions === undefined && flags.outputTags === undefined) {
    for (const [given, name] of [
      [flags.outputIncludeDeps, 'output-include-deps'],
      [flags.outputIncludeDependents, 'output-include-dependents'],
    ] as const) {
      if (given) wrongUse(`--${name} goes with --output-actions or --output-tags`)
    }
  }
}

function selectionOf(flags: CompileFlags): OutputSelection {
  return {
    actions: flags.outputActions ?? [],
    tags: flags.outputTags ?? [],
    includeDependencies: flags.outputIncludeDeps,
    includeDependents: flags.outputIncludeDependents,
  }
}

/** Large texts go out in one piece: a process that ends does not wait for what a pipe has not taken. */
async function print(text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error == null || (error as NodeJS.ErrnoException).code === 'EPIPE') resolve()
      else reject(error)
    })
  })
}

function outputOf(compilation: CoreCompilation, hasProblems: boolean, flags: CompileFlags): string {
  const selection = selectionOf(flags)
  // As in the stock command, a graph with problems is printed whole.
  const isWhole = hasProblems || selection.actions.length + selection.tags.length === 0
  if (flags.json && isWhole) return `${compilation.graphText ?? ''}\n\n`
  const graph = isWhole
    ? (compilation.graph ?? {})
    : selectOutput(compilation.graph ?? {}, selection)
  if (flags.json) return `${JSON.stringify(graph, null, 4)}\n\n`
  if (flags.dot) return `${dotText(graph)}\n`
  // Before a list of problems, a list of what is right would only be in the way.
  const detail: SummaryDetail =
    flags.quiet || hasProblems ? 'counts' : flags.verbose ? 'files' : 'names'
  return `${summaryText(graph, detail)}\n`
}

/** Compiles once and prints what came out; problems are given back, not printed. */
async function compileAndPrint(flags: CompileFlags): Promise<readonly Problem[]> {
  const started = performance.now()
  const compilation = await compileCoreGraph({
    projectDir: flags.projectDir,
    overrides: projectOverrides(flags),
    timeoutMs: durationMs('timeout', flags.timeout),
    indent: flags.json ? 4 : 0,
  })
  const { problems, warnings } = findProblems(compilation)
  if (compilation.graphText !== undefined) {
    await print(outputOf(compilation, problems.length > 0, flags))
  }
  if (flags.verbose) {
    process.stderr.write(`compiled in ${Math.round(performance.now() - started)} ms\n`)
  }
  if (!flags.quiet)
    for (const each of warnings) process.stderr.write(`warning: ${rendered(each)}\n`)
  return problems
}

function rendered(problem: Problem): string {
  // Standard error may be a terminal where standard output is a file.
  return renderProblem(problem, errColor)
}

function asError(problems: readonly Problem[]): CommandError {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  return new CommandError(`the project has ${count}`, { exitCode: 2, problems })
}

async function watch(flags: CompileFlags): Promise<never> {
  const { watchProject } = await import('../watch.js')
  return await watchProject(flags.projectDir, async () => {
    try {
      const problems = await compileAndPrint(flags)
      for (const problem of problems) process.stderr.write(`${rendered(problem)}\n\n`)
    } catch (error) {
      // A half-written project file, say; the next change may mend it.
      if (!(error instanceof CommandError)) throw error
      process.stderr.write(`${error.message}\n`)
    }
  })
}

async function handler(args: ArgumentsCamelCase<CompileFlags>): Promise<void> {
  checkCombinations(args)
  if (needsOtherCore(await readProjectSettings(args.projectDir))) {
    process.exitCode = await handOver(process.argv.slice(2))
    return
  }
  if (args.watch) await watch(args)
  const problems = await compileAndPrint(args)
  if (problems.length > 0) throw asError(problems)
}

/** `dataform compile [project-dir]` */
export const compileCommand: CommandModule<object, CompileFlags> = {
  command: 'compile [project-dir]',
  describe: 'Compiles the project and lists its actions, or its problems.',
  builder,
  handler,
}
