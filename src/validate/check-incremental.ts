/**
 * Incremental tables: both queries, and what a later run makes of the table that is there.
 */
import type { IncrementalAction } from '../graph/types.js'
import { columnName } from '../sql/identifiers.js'
import { buildModel } from './build-model.js'
import { tableFromColumns, tableFromQuery } from './checked-statement.js'
import { checkDescriptions, checkStorage } from './config-checks.js'
import { checkWriting, deltaOf } from './check-writing.js'
import { configSpot } from './config-place.js'
import type { Column, ExistingRelation, Shape } from './existing.js'
import { checkAfterwards, fullRun, isPrepared, prepareQuery, sendQuery } from './query-run.js'
import type { PreparedQuery, QueryRun } from './query-run.js'
import type { Cause } from './judge.js'
import { foreseeChange } from './schema-change.js'
import type { SchemaChange } from './schema-change.js'
import { scratchOf } from './scratch.js'
import { causeOf, copyOf, standIn } from './stand-in.js'
import type { Desk, Made } from './world.js'

/** Checks an incremental table. */
export async function checkIncremental(desk: Desk, action: IncrementalAction): Promise<Made> {
  const { existing, world } = desk
  const isRebuilt = world.fullRefresh && !action.isProtected
  return existing?.kind === 'table' && !isRebuilt
    ? laterRun(desk, action, existing)
    : firstRun(desk, action)
}

function incrementalRun(action: IncrementalAction): QueryRun {
  return {
    query: action.incrementalQuery,
    preOps: action.incrementalPreOps,
    postOps: action.incrementalPostOps,
    preLabel: 'incremental pre_operations',
    postLabel: 'incremental post_operations',
    setUp: [],
  }
}

// The full query makes the table; the incremental one is checked as the next run would find it.
async function firstRun(desk: Desk, action: IncrementalAction): Promise<Made> {
  const made = await buildModel(desk, action)
  if (!made.isThere) return made
  const prepared = await prepareQuery(desk, incrementalRun(action))
  if (!isPrepared(prepared)) return made
  const delta = await sendDelta(desk, prepared)
  if (delta === null) return made
  const change = changeOf(action, made.shape.columns, delta.columns)
  noteChange(desk, change, 'The first run works, a later one does not.')
  await checkWriting(desk, action, prepared, change)
  return made
}

async function laterRun(
  desk: Desk,
  action: IncrementalAction,
  table: ExistingRelation,
): Promise<Made> {
  // While the queries run, the table is as it is now.
  const self = scratchOf(desk.key, 'self')
  const setUp = [tableFromColumns(self, table)]
  const instead = new Map([[desk.key, self]])
  await checkFullQuery(desk, { ...fullRun(action), setUp, instead })
  const prepared = await prepareQuery(desk, { ...incrementalRun(action), setUp, instead })
  if (!isPrepared(prepared)) return unchecked(desk, action, prepared)
  const delta = await sendDelta(desk, prepared)
  if (delta === null) return unchecked(desk, action, causeOf(desk))
  const change = changeOf(action, table.columns, delta.columns)
  noteChange(
    desk,
    change,
    'Change the query or onSchemaChange, or run it once with --full-refresh.',
  )
  const made = await copyOf(desk, { ...table, columns: change.after })
  if (!made.isThere) return made
  await checkWriting(desk, action, prepared, change)
  checkDescriptions(desk, [...change.after, ...delta.columns])
  await checkStorage(desk, action, change.after)
  return { ...made, doubt: isFixed(action) ? null : (prepared.doubts[0] ?? null) }
}

// With these the table keeps its columns and their types, whatever the query gives.
const isFixed = ({ onSchemaChange }: IncrementalAction): boolean =>
  onSchemaChange === 'ignore' || onSchemaChange === 'fail'

async function unchecked(desk: Desk, action: IncrementalAction, cause: Cause): Promise<Made> {
  const made = await standIn(desk, cause, action.incrementalQuery)
  return made.isThere && isFixed(action) ? { ...made, doubt: null } : made
}

// What --full-refresh would do; its table takes the place of the one that is there.
async function checkFullQuery(desk: Desk, run: QueryRun): Promise<void> {
  const prepared = await prepareQuery(desk, run)
  if (!isPrepared(prepared)) return
  const name = scratchOf(desk.key, 'full')
  if ((await sendQuery(desk, prepared, name)) === null) return
  await checkAfterwards(desk, prepared, {
    setUp: [tableFromQuery(name, prepared.text)],
    instead: new Map([[desk.key, name]]),
    checks: [],
  })
}

const sendDelta = (desk: Desk, prepared: PreparedQuery): Promise<Shape | null> =>
  sendQuery(desk, prepared, deltaOf(desk))

function changeOf(
  action: IncrementalAction,
  table: readonly Column[],
  query: readonly Column[],
): SchemaChange {
  const uniqueKey = action.uniqueKey.map(columnName)
  return foreseeChange({ policy: action.onSchemaChange, table, query, uniqueKey })
}

function noteChange(desk: Desk, { problem, remarks }: SchemaChange, hint: string): void {
  const at = configSpot(desk, 'onSchemaChange')
  const about = desk.key
  if (problem !== null)
    desk.problems.push({ kind: 'schema-change', about, message: problem, at, hint })
  for (const message of remarks) desk.remarks.push({ kind: 'schema-change', about, message, at })
}
