/**
 * One of the ways in which a model is run: its query, with what comes before and after it.
 */
import type { SourceSpot } from '../failure/types.js'
import type { IncrementalAction, TableAction, ViewAction } from '../graph/types.js'
import { asSubquery } from '../plan/user-sql.js'
import type { QualifiedName } from '../sql/rename-relations.js'
import { tableFromQuery, viewFromQuery } from './checked-statement.js'
import type { CheckedStatement, UserText } from './checked-statement.js'
import type { Shape } from './existing.js'
import type { Failure } from './error-place.js'
import type { Cause, Doubt, Unexecuted } from './judge.js'
import { preludeOf } from './prelude.js'
import type { Prelude } from './prelude.js'
import { notCopied } from './stand-in.js'
import { isUnsound } from './unsound.js'
import { changesData } from './changed-relations.js'
import type { Desk } from './world.js'

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

/**
 * Redirects a query and its pre-operations and waits for what they read.
 * @returns why it can't be checked, if it can't; that is noted
 */
export async function prepareQuery(desk: Desk, run: QueryRun): Promise<PreparedQuery | Cause> {
  if (isUnsound(desk, run.query)) return desk.ownCause
  const sql = asSubquery(run.query)
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
    unexecuted: [...prelude.unexecuted, ...desk.world.unexecutedBefore(desk.subject)],
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
    doubts: prepared.doubts,
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
