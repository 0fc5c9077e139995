/**
 * Tables and views, and incremental tables that are built from scratch: the query makes the scratch relation.
 */
import { spotInText } from '../compile/compiled-spot.js'
import type { SourceSpot } from '../failure/types.js'
import type { IncrementalAction, TableAction, ViewAction } from '../graph/types.js'
import { asSubquery } from '../plan/user-sql.js'
import { strayParenthesis } from '../sql/split-statements.js'
import type { QualifiedName } from '../sql/rename-relations.js'
import { tableFromColumns, tableFromQuery, viewFromQuery } from './checked-statement.js'
import type { CheckedStatement, UserText } from './checked-statement.js'
import { checkDescriptions, checkStorage } from './config-checks.js'
import type { Shape } from './existing.js'
import type { Cause, Doubt, Failure, Unexecuted } from './judge.js'
import { preludeOf } from './prelude.js'
import type { Prelude } from './prelude.js'
import { scratchOf } from './scratch.js'
import { changesData } from './user-statement.js'
import type { Desk, Made } from './world.js'

/** An action with a query of its own. */
export type Model = TableAction | ViewAction | IncrementalAction

/** A query, with the statements around it, as one of the two ways in which a model is run. */
export interface QueryRun {
  readonly query: string
  readonly preOps: readonly string[]
  readonly postOps: readonly string[]
  /** `pre_operations`, for people. */
  readonly preLabel: string
  readonly postLabel: string
  /** What `self()` is while the query runs; by default the scratch relation of the model. */
  readonly instead?: ReadonlyMap<string, QualifiedName>
  /** To be there before the first statement. */
  readonly setUp: readonly CheckedStatement[]
}

/** A query that is ready to be sent. */
export interface PreparedQuery {
  readonly run: QueryRun
  readonly text: UserText
  readonly prelude: Prelude
  readonly unexecuted: readonly Unexecuted[]
  readonly doubts: readonly Doubt[]
}

/** True for what `prepareQuery` gives of a query that can be sent. */
export function isPrepared(prepared: PreparedQuery | Cause): prepared is PreparedQuery {
  return 'prelude' in prepared
}

/** Notes a parenthesis that would end those around the text; it must not be sent. */
export function strayProblem(desk: Desk, text: string): boolean {
  const stray = strayParenthesis(text)
  if (stray < 0) return false
  const { projectDir } = desk.world
  desk.problems.push({
    kind: 'sql',
    about: desk.key,
    message: 'syntax error at or near ")"',
    at: spotInText(projectDir, desk.action.fileName, text, stray),
    sqlstate: '42601',
  })
  return true
}

/**
 * Redirects a query and its pre-operations and waits for what they read.
 * @returns why it can't be checked, if it can't; that is noted
 */
export async function prepareQuery(desk: Desk, run: QueryRun): Promise<PreparedQuery | Cause> {
  const sql = asSubquery(run.query)
  if (strayProblem(desk, sql)) return desk.ownCause
  const redirected = desk.redirect(sql, run.instead)
  const { missing, doubts } = await desk.reads([redirected])
  if (missing !== null) {
    desk.cannotCheck(missing)
    return missing
  }
  const prelude = await preludeOf(desk, run.preOps, run.preLabel, run.instead)
  return {
    run,
    text: { whole: run.query, start: 0, redirected },
    prelude,
    unexecuted: [...prelude.unexecuted, ...desk.world.unexecutedBefore(desk.action)],
    doubts: [...doubts, ...prelude.doubts],
  }
}

/**
 * Sends a query with what comes before it; nothing of it stays.
 * @param name of the relation that is made of the query
 * @returns that relation's shape; null if the query can't be checked or is wrong, which is noted
 */
export async function sendQuery(
  desk: Desk,
  prepared: PreparedQuery,
  name: QualifiedName,
): Promise<Shape | null> {
  const { run, prelude, doubts } = prepared
  const main = relationOf(name, prepared.text)
  const broken: Unexecuted[] = []
  const shapes = await desk.attempt(
    {
      statements: [...run.setUp, ...prelude.statements, main, ...prelude.renames],
      shapesOf: [name.name],
    },
    (failure) => {
      if (run.setUp.includes(failure.statement)) {
        desk.cannotCheck(notCopied(desk, failure.error.message))
        return 'give up'
      }
      const isMain = failure.statement === main
      desk.judge(failure, { doubts, unexecuted: [...prepared.unexecuted, ...broken] })
      if (!isMain) broken.push(brokenBy(desk, failure))
      return isMain ? 'give up' : 'go on'
    },
  )
  return shapes?.get(name.name) ?? null
}

/** An empty relation with the columns of a query. A view can't have a query that changes data, a table can. */
export function relationOf(name: QualifiedName, text: UserText): CheckedStatement {
  return changesData(text.redirected.sql) ? tableFromQuery(name, text) : viewFromQuery(name, text)
}

function brokenBy(desk: Desk, { statement }: Failure): Unexecuted {
  return { text: statement.sql, ...desk.ownCause }
}

/** What is checked after a query, besides its post-operations. */
export interface Afterwards {
  /** What is needed besides the temporary tables of the pre-operations. */
  readonly setUp: readonly CheckedStatement[]
  /** What `self()` is in the post-operations; by default the scratch relation of the model. */
  readonly instead?: ReadonlyMap<string, QualifiedName>
  /** Statements of the engine's own. */
  readonly checks: readonly {
    readonly statement: CheckedStatement
    /** By default the error is judged like any other, and placed here. */
    readonly otherwise?: SourceSpot
    readonly onFailure?: () => void
    readonly onSuccess?: () => void
  }[]
}

/** Checks what comes after a query; nothing of it stays. */
export async function checkAfterwards(
  desk: Desk,
  prepared: PreparedQuery,
  { setUp, instead, checks }: Afterwards = { setUp: [], checks: [] },
): Promise<void> {
  const { run, prelude } = prepared
  const post = await preludeOf(desk, run.postOps, run.postLabel, instead, prelude)
  const own = new Map(checks.map((check) => [check.statement, check]))
  if (post.statements.length + own.size === 0) return
  const isPost = new Set(post.statements)
  const circumstances = {
    doubts: [...prepared.doubts, ...post.doubts],
    unexecuted: [...prepared.unexecuted, ...post.unexecuted],
  }
  const failed = new Set<CheckedStatement>()
  await desk.attempt(
    {
      statements: [
        ...run.setUp,
        ...prelude.creates,
        ...setUp,
        ...own.keys(),
        ...post.statements,
        ...prelude.renames,
        ...post.renames,
      ],
    },
    (failure) => {
      failed.add(failure.statement)
      const check = own.get(failure.statement)
      if (check?.onFailure !== undefined) check.onFailure()
      else if (check !== undefined || isPost.has(failure.statement))
        desk.judge(failure, {
          ...circumstances,
          ...(check?.otherwise === undefined ? {} : { otherwise: check.otherwise }),
        })
      // What comes before has been judged.
      return 'go on'
    },
  )
  for (const { statement, onSuccess } of checks) if (!failed.has(statement)) onSuccess?.()
}

/** The run of a model's full query. */
export function fullRun(action: Model): QueryRun {
  return {
    query: action.query,
    preOps: action.preOps,
    postOps: action.postOps,
    preLabel: 'pre_operations',
    postLabel: 'post_operations',
    setUp: [],
  }
}

/** Checks a model whose query makes its relation. */
export async function buildModel(desk: Desk, action: Model): Promise<Made> {
  const prepared = await prepareQuery(desk, readingItself(desk, action))
  if (!isPrepared(prepared)) return standIn(desk, prepared, action.query)
  const shape = await sendQuery(desk, prepared, scratchOf(desk.key, 'query'))
  if (shape === null) return standIn(desk, causeOf(desk), action.query)
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

/** Why dependents can't know the relation: its own problem, or the one that kept it from being checked. */
export function causeOf(desk: Desk): Cause {
  const unchecked = desk.notChecked.find(({ what }) => what === 'action')
  return desk.problems.length > 0 || unchecked === undefined
    ? desk.ownCause
    : {
        reason: unchecked.because === null ? `because of ${desk.key}` : unchecked.reason,
        because: unchecked.because ?? desk.key,
      }
}

/**
 * The relation as it is in the database, for dependents of an action that could not be checked.
 * @param text what would make it otherwise; null if that can't be known
 * @param key the relation's, if it is not the action's own
 */
export async function standIn(
  desk: Desk,
  cause: Cause,
  text: string | null,
  key = desk.key,
): Promise<Made> {
  const existing = desk.world.existing.get(key)
  if (existing === undefined) return { isThere: false, cause }
  const copied = await copyOf(desk, existing, key)
  return copied.isThere ? { ...copied, doubt: { ...cause, text } } : copied
}

/**
 * Makes the scratch relation that dependents read.
 * @param key the relation's, if it is not the action's own
 */
export async function copyOf(desk: Desk, shape: Shape, key = desk.key): Promise<Made> {
  const statement = tableFromColumns(scratchOf(key), shape)
  const result = await desk.world.batch.run({ statements: [statement], isKept: true })
  return result.ok
    ? { isThere: true, shape, doubt: null }
    : { isThere: false, cause: notCopied(desk, result.error.message) }
}

function notCopied(desk: Desk, message: string): Cause {
  return { reason: `the columns of ${desk.key} can't be copied: ${message}`, because: null }
}
