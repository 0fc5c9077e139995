/**
 * The typed dry run of a compiled project on a database: everything is made empty, as temporary relations, in one
 * transaction that is always rolled back.
 */
import { CommandError } from '../failure/types.js'
import { nearestNames } from '../graph/nearest.js'
import { reachable } from '../graph/neighbours.js'
import { targetKey } from '../graph/target.js'
import type { Action, Graph, UnitTest } from '../graph/types.js'
import { readDatabaseError } from '../postgres/errors.js'
import type { Session } from '../postgres/session.js'
import type { SeedSource } from '../seed/declaration.js'
import { Batch } from './batch.js'
import { checkAction } from './check-action.js'
import { checkTest } from './check-queries.js'
import { namesInSchemas, readExisting } from './existing.js'
import type { Existing } from './existing.js'
import { makeReport } from './make-report.js'
import { makeOnlookers, Reading } from './reading.js'
import { readRefusals } from './refusals.js'
import type { ValidationReport } from './types.js'
import { Desk } from './world.js'
import type { Outcome, Subject, World } from './world.js'

/** What is checked, and what the report is about. */
export interface ValidateInput {
  readonly projectDir: string
  readonly graph: Graph
  /** The actions that a run with the same flags would execute; the others are checked because these need them. */
  readonly chosen: readonly Action[]
  readonly tests: readonly UnitTest[]
  readonly sources: readonly SeedSource[]
  readonly fullRefresh: boolean
}

/** Settings for the transaction: nobody waits for it, and it waits for nobody. */
const BEGIN = `begin; set local lock_timeout = '500ms'; set local statement_timeout = 0;
set local idle_in_transaction_session_timeout = 0; set local client_min_messages = error`

/**
 * Checks a project.
 * @throws CommandError if the role or the server can't make temporary relations
 */
export async function validateGraph(
  session: Session,
  input: ValidateInput,
): Promise<ValidationReport> {
  const start = performance.now()
  try {
    await session.query(BEGIN)
    return await inTransaction(session, input, start)
  } finally {
    await rollBack(session)
  }
}

async function rollBack(session: Session): Promise<void> {
  try {
    await session.query('rollback')
  } catch (error) {
    // A connection that is gone has rolled back by itself.
    if (readDatabaseError(error) === undefined) throw error
  }
}

async function inTransaction(
  session: Session,
  input: ValidateInput,
  start: number,
): Promise<ValidationReport> {
  const { graph, chosen } = input
  const reading = new Reading(graph.actions, input.tests)
  const existing = await readExisting(session, reading.names)
  refuseWithoutScratch(existing)
  const nearest = await nearestExisting(session, graph.actions, existing)
  const refusals = await readRefusals(session, chosen, input.fullRefresh)
  const batch = new Batch(session)
  await batch.open()
  const outcomes = await checkAll(input, reading, existing, nearest, batch)
  return makeReport(session, { ...input, existing, refusals, ...outcomes, start })
}

function refuseWithoutScratch({ canMakeScratch, isStandby, database, role }: Existing): void {
  if (isStandby)
    throw new CommandError(`the database "${database}" is a replica, which can't be validated on`, {
      hint: 'Connect to the primary server: the dry run makes temporary tables, and rolls them back.',
    })
  if (!canMakeScratch)
    throw new CommandError(
      `the role "${role}" may not make temporary tables in the database "${database}"`,
      { hint: `Let it: grant temporary on database "${database}" to "${role}".` },
    )
}

async function nearestExisting(
  session: Session,
  actions: readonly Action[],
  { relations }: Existing,
): Promise<World['nearest']> {
  const missing = actions.filter(
    (action) => action.type === 'declaration' && !relations.has(targetKey(action.target)),
  )
  if (missing.length === 0) return () => []
  const names = await namesInSchemas(session, [
    ...new Set(missing.map(({ target }) => target.schema)),
  ])
  return (key) => nearestNames(key, names)
}

async function checkAll(
  input: ValidateInput,
  reading: Reading,
  { relations: existing }: Existing,
  nearest: World['nearest'],
  batch: Batch,
): Promise<{ outcomes: readonly Outcome[]; testOutcomes: readonly Outcome[] }> {
  const { graph, projectDir, fullRefresh } = input
  const sources = new Map(input.sources.map((source) => [targetKey(source.target), source]))
  const producers = reading.producers(existing)
  const onlookers = makeOnlookers(batch, reading.onlookers(producers, existing))
  const order = reading.inOrder(producers)
  const position = new Map(order.map((action, i) => [targetKey(action.target), i]))
  const started = new Map<string, Promise<Outcome>>()
  const world: World = {
    projectDir,
    fullRefresh,
    batch,
    existing,
    sources,
    isKnown: (key) => producers.has(key) || existing.has(key),
    producer: (key) => producers.get(key),
    isRead: (key) => reading.isRead(key),
    nearest,
    relation: async (reader, key) => {
      const onlooker = onlookers.get(key)
      if (onlooker !== undefined) return onlooker
      const producer = producers.get(key) ?? key
      // To wait for what comes later would be to wait for ever. A unit test comes after everything.
      const own = position.get(targetKey(reader.target)) ?? order.length
      const isBefore = (position.get(producer) ?? order.length) < own
      const outcome = isBefore ? await started.get(producer) : undefined
      const reason = `${targetKey(reader.target)} reads ${key}, which comes after it`
      const cause = { reason, because: null }
      return outcome?.made.get(key) ?? { isThere: false, cause }
    },
    unexecutedBefore: unexecutedBefore(graph.actions, reading),
  }
  // What an action reads comes before it, so whatever it waits for has been started.
  const checks = order.map((action) => {
    const check = checkAction(world, action)
    started.set(targetKey(action.target), check)
    return check
  })
  const testChecks = input.tests
    .filter((test) => !test.disabled)
    .map(async (test) => {
      const desk = new Desk(world, subjectOf(test), test.name)
      await checkTest(desk, test)
      return desk.outcome()
    })
  await Promise.all([...onlookers.values(), ...checks, ...testChecks])
  return { outcomes: await Promise.all(checks), testOutcomes: await Promise.all(testChecks) }
}

function unexecutedBefore(actions: readonly Action[], reading: Reading): World['unexecutedBefore'] {
  if (!reading.hasUnexecuted) return () => []
  const byKey = new Map(actions.map((action) => [targetKey(action.target), action]))
  const dependencies = (key: string): readonly string[] =>
    byKey.get(key)?.dependencies.map(targetKey) ?? []
  return (subject) => {
    const own = subject.dependencies.map(targetKey)
    return [...new Set([...own, ...reachable(own, dependencies)])].flatMap((key) =>
      reading.unexecuted(key),
    )
  }
}

const subjectOf = (test: UnitTest): Subject => ({
  target: { schema: '', name: test.name },
  dependencies: [],
  fileName: test.fileName,
  columns: [],
})
