/**
 * `dataform run` as a function: compile, select, read the catalog, plan, execute, record.
 */
import type { Problem } from '../failure/types.js'
import { CommandError } from '../failure/types.js'
import type { Selection } from '../graph/select.js'
import { targetKey } from '../graph/target.js'
import type { Action, Graph } from '../graph/types.js'
import type { Catalog } from '../plan/catalog.js'
import { namedIndexes } from '../plan/options.js'
import { plannerFor, planRun } from '../plan/plan-run.js'
import type { PlanInput, Planner } from '../plan/plan-run.js'
import type { PlanOptions, RunPlan } from '../plan/types.js'
import { readCatalog } from '../postgres/catalog.js'
import { readAllFacts } from '../postgres/facts.js'
import { readDatabaseError } from '../postgres/errors.js'
import type { Database, Session } from '../postgres/session.js'
import { describeConnection } from '../postgres/settings.js'
import type { SeedSource } from '../seed/declaration.js'
import { readDurations } from '../state/runs.js'
import type { Durations } from '../state/runs.js'
import type { RunEvent, RunReport } from './events.js'
import { compileAndSelect } from './compile-and-select.js'
import { executePlan } from './executor.js'
import { loadFor } from './load.js'
import { beginRecord } from './record.js'
import { selectUnfinished } from './resume.js'
import { retrying } from './retry.js'
import { startRun } from './start-run.js'
import type { StartedRun, StartOptions } from './start-run.js'

/** What a run can be told. */
export interface RunProjectOptions extends StartOptions {
  readonly selection: Selection
  readonly fullRefresh: boolean
  /** Where the seeds' files are; null for the project's `seeds/`. */
  readonly dataRoot: string | null
  readonly retryLimit: number
  /** The longest time for which a swap may keep readers waiting before it gives way, in milliseconds. */
  readonly lockTimeoutMs: number
  /** How long a swap is tried for, in milliseconds. */
  readonly lockWaitMs: number
  /** Wait for another run that is working on a target, rather than fail. */
  readonly waitForOthers: boolean
  /** False: publish first and evaluate the assertions afterwards, as the stock command does. */
  readonly gate: boolean
  /** Execute what the last run of this project has left undone, instead of a selection. */
  readonly resume: boolean
  /** The compilation and the connection, if the caller has started them already with these options. */
  readonly started?: StartedRun
  /** How many failing rows an assertion shows. */
  readonly sampleRows: number
  readonly signal: AbortSignal
}

/** A project that was compiled, selected and planned against a database. */
interface Prepared {
  readonly input: PlanInput
  readonly catalog: Catalog
  readonly planner: Planner
  readonly plan: RunPlan
  readonly sources: readonly SeedSource[]
  readonly durations: Durations
}

/**
 * Runs a project.
 * @throws CommandError for a project with problems (exit code 2), a selection that matches nothing (2), a
 *   database that can't be reached (1); failures of actions are in the report
 */
export async function runProject(options: RunProjectOptions): Promise<RunReport> {
  return withPrepared(options, false, async (prepared, database, description) => {
    const { input, catalog, planner, plan, durations } = prepared
    const executed = plan.actions
      .map((item) => item.action)
      .filter((action) => action.type !== 'declaration')
    const record = await persistently(database, options, () =>
      beginRecord(database, {
        projectDir: options.projectDir,
        isFullRefresh: input.options.fullRefresh,
        actions: executed,
        onEvent: options.onEvent,
      }),
    )
    options.onEvent({
      type: 'run-started',
      actions: executed.length,
      jobs: options.jobs,
      database: description,
      expectedMs: expectedMs(executed, durations, options.jobs),
    })
    const report = await executePlan(plan, {
      database,
      projectDir: options.projectDir,
      jobs: options.jobs,
      retryLimit: options.retryLimit,
      lockTimeoutMs: options.lockTimeoutMs,
      lockWaitMs: options.lockWaitMs,
      waitForOthers: options.waitForOthers,
      runId: record.runId,
      catalog,
      plan: planner,
      durations,
      signal: options.signal,
      onEvent: options.onEvent,
      load: loadFor(database, prepared.sources, options),
    })
    await record.end(report)
    options.onEvent({ type: 'run-finished', report })
    return report
  })
}

/** The plan of a run, without executing anything: `--dry-run`. */
export async function planProject(options: RunProjectOptions): Promise<RunPlan> {
  return withPrepared(options, true, ({ plan }) => Promise.resolve(plan))
}

async function withPrepared<T>(
  options: RunProjectOptions,
  isPreview: boolean,
  use: (prepared: Prepared, database: Database, description: string) => Promise<T>,
): Promise<T> {
  // The server starts while the project compiles.
  const { compiling, acquiring } = options.started ?? startRun(options)
  const [compiled, acquired] = await Promise.allSettled([
    compileAndSelect(options, compiling),
    acquiring,
  ])
  if (compiled.status === 'rejected' || acquired.status === 'rejected') {
    if (acquired.status === 'fulfilled') await acquired.value.release()
    // Problems of the project come first: they are the user's to solve whatever the database says.
    throw (
      compiled.status === 'rejected' ? compiled.reason : (acquired as PromiseRejectedResult).reason
    ) as Error
  }
  const { database, settings, release } = acquired.value
  try {
    const { graph, sources, warnings } = compiled.value
    warnings.forEach((problem) => {
      options.onEvent(warningEvent(problem))
    })
    const prepare = async (session: Session): Promise<Prepared> => {
      const { actions, isFullRefresh, done } = options.resume
        ? await selectUnfinished(session, graph, options.projectDir, options.onEvent)
        : { actions: compiled.value.actions, isFullRefresh: false, done: new Map<string, number>() }
      const catalog = await readCatalog(
        session,
        actions.map((action) => action.target),
        namedIndexes(actions),
      )
      const input: PlanInput = {
        actions,
        inlineAssertions: graph.actions.filter((action) => action.type === 'assertion'),
        options: planOptions(options, graph, isFullRefresh),
        done,
        ...(isPreview
          ? { facts: await readAllFacts(session, [...catalog.relations.values()]) }
          : {}),
      }
      const durations = await readDurations(
        session,
        actions.map((action) => targetKey(action.target)),
      )
      const planner = plannerFor(input)
      return { input, catalog, planner, plan: planRun(input, catalog, planner), sources, durations }
    }
    const prepared = await persistently(database, options, () => database.withSession(prepare))
    const name =
      settings.origin === 'embedded' ? 'the embedded database' : describeConnection(settings)
    return await use(prepared, database, name)
  } finally {
    await release()
  }
}

/** Work before any action: tried again as an action would be; a lost connection ends the command, and is no bug. */
async function persistently<T>(
  database: Database,
  options: RunProjectOptions,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await retrying(null, { ...options, database }, work)
  } catch (error) {
    const failure = readDatabaseError(error)
    if (failure === undefined) throw error
    throw new CommandError(
      failure.kind === 'connection'
        ? `the connection was lost: ${failure.message}`
        : `the run could not be prepared: ${failure.message}`,
      failure.hint === undefined ? {} : { hint: failure.hint },
    )
  }
}

const warningEvent = ({ message, at }: Problem): RunEvent => ({
  type: 'warning',
  message,
  ...(at === undefined ? {} : { file: at.file }),
  ...(at?.line === undefined ? {} : { line: at.line }),
})

function planOptions(
  options: RunProjectOptions,
  graph: Graph,
  isFullRefresh: boolean,
): PlanOptions {
  const asOf = graph.vars.as_of ?? ''
  if (asOf !== '' && !/^\d{4}-\d{2}-\d{2}$/.test(asOf))
    throw new CommandError(`the variable as_of must be a date like 2025-03-31, not "${asOf}"`, {
      exitCode: 2,
    })
  return {
    fullRefresh: options.fullRefresh || isFullRefresh,
    asOf: asOf === '' ? null : asOf,
    sampleRows: options.sampleRows,
    gate: options.gate,
  }
}

// Nothing is known about an action that never ran: then there is no estimate rather than a wrong one.
function expectedMs(actions: readonly Action[], durations: Durations, jobs: number): number | null {
  const known = actions.flatMap((action) => durations.get(targetKey(action.target)) ?? [])
  if (known.length === 0 || known.length < actions.length * 0.8) return null
  return known.reduce((sum, ms) => sum + ms, 0) / jobs
}
