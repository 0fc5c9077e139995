/**
 * `dataform run --dry-run --validate` as a function: compile, select, check on the database.
 */
import type { CompileResult } from '../compile/compile-project.js'
import { CommandError } from '../failure/types.js'
import type { Problem } from '../failure/types.js'
import type { Selection } from '../graph/select.js'
import type { UnitTest } from '../graph/types.js'
import type { AcquiredDatabase } from '../postgres/acquire.js'
import { readDatabaseError } from '../postgres/errors.js'
import { compileAndSelect } from '../run/compile-and-select.js'
import type { ValidationReport } from './types.js'
import { validateGraph } from './validate-graph.js'

/** What a typed dry run can be told. */
export interface ValidateOptions {
  readonly projectDir: string
  readonly selection: Selection
  readonly fullRefresh: boolean
  /** The compilation and the connection, under way. */
  readonly started: {
    readonly compiling: Promise<CompileResult>
    readonly acquiring: Promise<AcquiredDatabase>
  }
  readonly signal: AbortSignal
}

/** The report, and what the compilation warns of. */
export interface Validation {
  readonly report: ValidationReport
  readonly warnings: readonly Problem[]
}

/**
 * Checks a project.
 * @throws CommandError for a project that does not compile (exit code 2), a selection that matches nothing (2), a
 *   database that can't be reached or where no temporary relation can be made (1)
 */
export async function validateProject(options: ValidateOptions): Promise<Validation> {
  const { compiling, acquiring } = options.started
  const [compiled, acquired] = await Promise.allSettled([
    compileAndSelect(options, compiling),
    acquiring,
  ])
  if (acquired.status === 'rejected')
    // Problems of the project come first: they are the user's to solve whatever the database says.
    throw compiled.status === 'rejected' ? compiled.reason : acquired.reason
  const { database, release } = acquired.value
  const cancel = (): void => {
    // If the server is gone there is nothing to cancel.
    database.cancelRunning().catch(() => undefined)
  }
  options.signal.addEventListener('abort', cancel)
  try {
    if (compiled.status === 'rejected') throw compiled.reason
    const { graph, actions, sources, warnings } = compiled.value
    const report = await database.withSession((session) =>
      validateGraph(session, {
        projectDir: options.projectDir,
        graph,
        chosen: actions,
        tests: chooseTests(graph.tests, options.selection),
        sources,
        fullRefresh: options.fullRefresh,
      }),
    )
    return { report, warnings }
  } catch (error) {
    throw asCommandError(error, options.signal.aborted)
  } finally {
    options.signal.removeEventListener('abort', cancel)
    await release()
  }
}

// Unit tests have no place in the graph; a selection by tags chooses those with one of the tags.
function chooseTests(tests: readonly UnitTest[], selection: Selection): readonly UnitTest[] {
  const { actions, tags } = selection
  if (actions.length === 0 && tags.length === 0) return tests
  return tests.filter((test) => test.tags.some((tag) => tags.includes(tag)))
}

const OUT_OF_MEMORY = '53200'

function asCommandError(error: unknown, isAborted: boolean): unknown {
  const failure = readDatabaseError(error)
  if (failure === undefined) return error
  if (isAborted) return new CommandError('stopped; everything was rolled back')
  if (failure.sqlstate === OUT_OF_MEMORY)
    return new CommandError(`the server has no memory left for locks: ${failure.message}`, {
      hint: 'Every relation of the project needs a few: raise max_locks_per_transaction on the server.',
    })
  return new CommandError(`the project could not be validated: ${failure.message}`)
}
