/**
 * Tables and views, and incremental tables that are built from scratch: the query makes the scratch relation.
 */
import { tableFromColumns } from './checked-statement.js'
import { checkDescriptions, checkStorage, hasSystemNames } from './config-checks.js'
import { checkAfterwards, fullRun, isPrepared, prepareQuery, sendQuery } from './query-run.js'
import type { Model, QueryRun } from './query-run.js'
import { scratchOf } from './scratch.js'
import { causeOf, copyOf, standIn } from './stand-in.js'
import type { Desk, Made } from './world.js'

/** Checks a model whose query makes its relation. */
export async function buildModel(desk: Desk, action: Model): Promise<Made> {
  const prepared = await prepareQuery(desk, readingItself(desk, action))
  if (!isPrepared(prepared)) return standIn(desk, prepared, action.query)
  const shape = await sendQuery(desk, prepared, scratchOf(desk.key, 'query'))
  if (shape === null) return standIn(desk, causeOf(desk), action.query)
  const isTable = action.type !== 'view' || action.materialized
  if (isTable && hasSystemNames(desk, shape.columns))
    return standIn(desk, desk.ownCause, action.query)
  const made = await copyOf(desk, shape)
  if (!made.isThere) return made
  await checkAfterwards(desk, prepared)
  checkDescriptions(desk, shape.columns)
  await checkStorage(desk, action, shape.columns)
  return { ...made, doubt: prepared.doubts[0] ?? null }
}

// A table may read what it was before.
function readingItself(desk: Desk, action: Model): QueryRun {
  const run = fullRun(action)
  const { existing } = desk
  const isOfItself = [run.query, ...run.preOps].some((text) =>
    desk.redirect(text).mentions.has(desk.key),
  )
  if (!isOfItself || existing === undefined) return run
  const self = scratchOf(desk.key, 'self')
  const setUp = [tableFromColumns(self, existing)]
  return { ...run, setUp, instead: new Map([[desk.key, self]]) }
}
