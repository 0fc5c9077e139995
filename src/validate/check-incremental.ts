/**
 * Incremental tables: both queries, and what a later run makes of the table that is there.
 */
import type { IncrementalAction } from '../graph/types.js'
import { columnName, quoteIdent, quoteQualified } from '../sql/identifiers.js'
import type { QualifiedName } from '../sql/rename-relations.js'
import { buildModel } from './build-model.js'
import {
  analysisAround,
  ownAnalysis,
  tableFromColumns,
  tableFromQuery,
} from './checked-statement.js'
import { checkDescriptions, checkStorage } from './config-checks.js'
import { configSpot } from './config-place.js'
import type { Column, ExistingRelation, Shape } from './existing.js'
import {
  checkAfterwards,
  fullRun,
  isPrepared,
  prepareQuery,
  relationOf,
  sendQuery,
} from './query-run.js'
import type { Afterwards, PreparedQuery, QueryRun } from './query-run.js'
import { schemaChange } from './schema-change.js'
import type { SchemaChange } from './schema-change.js'
import { scratchOf } from './scratch.js'
import { causeOf, copyOf, standIn } from './stand-in.js'
import { isUnsound } from './unsound.js'
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
  if (!isPrepared(prepared)) return standIn(desk, prepared, action.incrementalQuery)
  const delta = await sendDelta(desk, prepared)
  if (delta === null) return standIn(desk, causeOf(desk), action.incrementalQuery)
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
  return { ...made, doubt: prepared.doubts[0] ?? null }
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

const deltaOf = (desk: Desk): QualifiedName => scratchOf(desk.key, 'delta')

const sendDelta = (desk: Desk, prepared: PreparedQuery): Promise<Shape | null> =>
  sendQuery(desk, prepared, deltaOf(desk))

function changeOf(
  action: IncrementalAction,
  table: readonly Column[],
  query: readonly Column[],
): SchemaChange {
  const uniqueKey = action.uniqueKey.map(columnName)
  return schemaChange({ policy: action.onSchemaChange, table, query, uniqueKey })
}

function noteChange(desk: Desk, { problems, remarks }: SchemaChange, hint: string): void {
  const at = configSpot(desk, 'onSchemaChange')
  const about = desk.key
  for (const message of problems)
    desk.problems.push({ kind: 'schema-change', about, message, at, hint })
  for (const message of remarks) desk.remarks.push({ kind: 'schema-change', about, message, at })
}

/** What writing the delta needs: columns that can be cast, keys that can be compared, conditions that make sense. */
async function checkWriting(
  desk: Desk,
  action: IncrementalAction,
  prepared: PreparedQuery,
  change: SchemaChange,
): Promise<void> {
  const checks = change.problems.length > 0 ? [] : retypedChecks(desk, action, change)
  await checkAfterwards(desk, prepared, {
    setUp: [relationOf(deltaOf(desk), prepared.text)],
    checks: [...checks, ...predicateChecks(desk, action)],
  })
}

function retypedChecks(
  desk: Desk,
  action: IncrementalAction,
  { retyped }: SchemaChange,
): Afterwards['checks'] {
  const table = quoteQualified(scratchOf(desk.key))
  const delta = quoteQualified(deltaOf(desk))
  const key = action.uniqueKey.map(columnName)
  return retyped.flatMap((column) => {
    const { name } = column.table
    const quoted = quoteIdent(name)
    const types = `"${name}" is ${column.table.type} in the table and ${column.query.type} in the incremental query`
    const at = configSpot(desk, 'onSchemaChange')
    const problem = (message: string) => (): void => {
      desk.problems.push({
        kind: 'schema-change',
        about: desk.key,
        message,
        at,
        hint: 'Cast it in the query, or run it once with --full-refresh.',
      })
    }
    const assignment = {
      statement: ownAnalysis(`insert into ${table} (${quoted}) select ${quoted} from ${delta}`),
      onFailure: problem(`${types}, and is not cast by itself`),
      onSuccess: () => {
        desk.remarks.push({
          kind: 'schema-change',
          about: desk.key,
          message: `${types}: values are cast`,
          at,
        })
      },
    }
    const comparison = {
      statement: ownAnalysis(
        `select from ${table} as d join ${delta} as s on d.${quoted} = s.${quoted}`,
      ),
      onFailure: problem(`${types}, and the key can't be compared`),
    }
    return key.includes(name) ? [assignment, comparison] : [assignment]
  })
}

// As the stock command writes them: the filter has the target's alias in front, predicates have what they name.
function predicateChecks(desk: Desk, action: IncrementalAction): Afterwards['checks'] {
  const from = `select from ${quoteQualified(scratchOf(desk.key))} as dataform_dest, ${quoteQualified(deltaOf(desk))} as dataform_source where (`
  const filter = action.updatePartitionFilter ?? ''
  const conditions = [
    { option: 'updatePartitionFilter', head: `${from}dataform_dest.`, whole: filter.trim() },
    ...action.incrementalPredicates.map((whole) => ({
      option: 'incrementalPredicates',
      head: from,
      whole,
    })),
  ]
  return conditions.flatMap(({ option, head, whole }) => {
    if (whole.trim() === '' || isUnsound(desk, whole)) return []
    const text = { whole, start: 0, redirected: desk.redirect(whole) }
    const statement = analysisAround(head, text, ')')
    return [{ statement, otherwise: configSpot(desk, option) }]
  })
}
