/**
 * Views and materialized views.
 */
import type { ViewAction } from '../graph/types.js'
import { quoteQualified } from '../sql/identifiers.js'
import { replaceRelation } from './build.js'
import type { Relation } from './catalog.js'
import type { PostgresOptions } from './options.js'
import { commentsThatDiffer } from './sql/comments.js'
import type { RebuiltView, ReplaceableKind } from './sql/dependents.js'
import { createIndex, wantedIndexes } from './sql/indexes.js'
import type { SqlStep, Step } from './types.js'
import { around, asSubquery, userSteps } from './user-sql.js'

/** SQLSTATE of a `CREATE OR REPLACE VIEW` that would drop or change a column. */
const INVALID_TABLE_DEFINITION = '42P16'

/** The steps of a view: replaced in place where PostgreSQL allows it. */
export function viewSteps(
  action: ViewAction,
  existing: Relation | undefined,
  options: PostgresOptions,
  rebuiltLater: readonly RebuiltView[],
): readonly Step[] {
  // A view that is replaced in place keeps its comments; what is made anew has lost them.
  const comments = action.materialized
    ? commentsThatDiffer(action, 'materialized view', undefined)
    : commentsThatDiffer(action, 'view', existing?.kind === 'view' ? existing : undefined)
  return [
    ...userSteps('pre-operations', action.preOps),
    ...(action.materialized
      ? materializedSteps(action, existing, options, rebuiltLater)
      : plainSteps(action, existing, rebuiltLater)),
    ...(comments === '' ? [] : [{ kind: 'sql', label: 'comments', sql: comments } as const]),
    ...userSteps('post-operations', action.postOps),
  ]
}

function plainSteps(
  action: ViewAction,
  existing: Relation | undefined,
  rebuiltLater: readonly RebuiltView[],
): readonly Step[] {
  const name = quoteQualified(action.target)
  // Replacing a view without naming its options would reset them (security_invoker, say).
  const kept = existing?.kind === 'view' ? existing.options : []
  const options = kept.length === 0 ? '' : ` with (${kept.join(', ')})`
  const create: SqlStep = {
    kind: 'sql',
    label: 'create view',
    ...around(`create or replace view ${name}${options} as (`, asSubquery(action.query), ')'),
  }
  if (existing === undefined) return [create]
  const replace = replaceRelation(
    action.target,
    existing.kind as ReplaceableKind,
    'view',
    create,
    rebuiltLater,
  )
  return existing.kind === 'view'
    ? [{ ...create, instead: { sqlstate: INVALID_TABLE_DEFINITION, steps: replace } }]
    : replace
}

function materializedSteps(
  action: ViewAction,
  existing: Relation | undefined,
  options: PostgresOptions,
  rebuiltLater: readonly RebuiltView[],
): readonly Step[] {
  const name = quoteQualified(action.target)
  const indexes = wantedIndexes(action.target, [], [], options.indexes, null)
  const create: SqlStep = {
    kind: 'sql',
    label: 'create materialized view',
    ...around(
      `create materialized view ${name} as (`,
      asSubquery(action.query),
      [
        ');',
        ...indexes.map((index) => createIndex(action.target, index.name, index.definition)),
      ].join('\n'),
    ),
  }
  const analyze: SqlStep = { kind: 'sql', label: 'statistics', sql: `analyze ${name}` }
  const made =
    existing === undefined
      ? [create]
      : replaceRelation(
          action.target,
          existing.kind as ReplaceableKind,
          'materialized view',
          create,
          rebuiltLater,
          indexes.map((index) => index.name),
        )
  return [...made, analyze]
}
