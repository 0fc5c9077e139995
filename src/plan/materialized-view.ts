/**
 * Materialized views: refreshed, unless their definition has changed.
 */
import type { Target } from '../graph/types.js'
import { quoteQualified } from '../sql/identifiers.js'
import { withoutOwnAliases } from '../sql/rename-relations.js'
import { auditStep } from './assertion.js'
import { shadowOf } from './names.js'
import type { ViewShape, ViewShapes } from './replace/facts.js'
import { readShapes } from './replace/facts-sql.js'
import { LOOK, swapSteps } from './replace/swap-steps.js'
import { NO_KEYS } from './replace/types.js'
import { columnComments, commentOn, commentsThatDiffer } from './sql/comments.js'
import { createIndexes, renameIndexes, shadowIndexName, wantedIndexes } from './sql/indexes.js'
import type { IndexPlan } from './sql/indexes.js'
import { isManaged, managedComment } from './sql/managed.js'
import { sqlStep } from './steps.js'
import type { Decision, Step } from './types.js'
import { around, asSubquery } from './user-sql.js'
import { preview } from './view-input.js'
import type { ViewInput } from './view-input.js'

/** The steps of a materialized view, without pre- and post-operations. */
export function materializedSteps(input: ViewInput): readonly Step[] {
  const { action, existing, previewFacts } = input
  const indexes = wantedIndexes(action.target, [], [], input.options.indexes, null)
  if (existing === undefined)
    return buildSteps(input, action.target, indexes, (index) => index.name)
  const shadow = shadowOf(action.target)
  const rebuild = [
    ...buildSteps(input, shadow, indexes, (_, position) => shadowIndexName(shadow, position)),
    ...swapSteps({
      replacement: {
        target: action.target,
        shadow,
        kind: 'materialized view',
        declared: {
          comment: action.description !== '',
          columnComments: new Set(columnComments(action).keys()),
          options: new Set(),
          indexes: new Set(indexes.map((index) => index.name)),
        },
        renames: renameIndexes(shadow, indexes),
        keys: NO_KEYS,
        rebuiltLater: input.rebuiltLater,
        viewGate: input.viewGate,
      },
      bareStamp: null,
      previewFacts,
    }),
  ]
  if (existing.kind !== 'materialized view') return rebuild
  return [
    {
      kind: 'sql',
      label: 'the definition as it is now',
      ...around(`create view ${quoteQualified(shadow)} as (`, asSubquery(action.query), ');'),
      statements: 1,
    },
    {
      kind: 'decide',
      label: 'has it changed',
      sql: readShapes(action.target, shadow),
      brief: LOOK,
      decide: (facts) => decide(input, indexes, shadow, rebuild, facts as ViewShapes),
      ...preview(previewFacts, action.target, (old) =>
        decide(input, indexes, shadow, rebuild, { old, next: old }),
      ),
    },
  ]
}

function buildSteps(
  { action, audits, sampleRows }: ViewInput,
  onto: Target,
  indexes: readonly IndexPlan[],
  nameOf: (index: IndexPlan, position: number) => string,
): readonly Step[] {
  const name = quoteQualified(onto)
  return [
    {
      kind: 'sql',
      label: 'create materialized view',
      ...around(`create materialized view ${name} as (`, asSubquery(action.query), ');'),
      statements: 1,
      countsRows: true,
    },
    sqlStep('indexes, statistics, comments', [
      ...createIndexes(onto, indexes, nameOf),
      `analyze ${name};`,
      ...commentOn(onto, 'materialized view', action.description, columnComments(action)),
    ]),
    ...audits.map((assertion) => auditStep(assertion, onto, sampleRows)),
  ]
}

function decide(
  input: ViewInput,
  indexes: readonly IndexPlan[],
  shadow: Target,
  rebuild: readonly Step[],
  { old, next }: ViewShapes,
): Decision {
  const { action, audits, sampleRows, existing } = input
  const tidyUp = sqlStep('tidy up', [`drop view ${quoteQualified(shadow)};`])
  const isSame = definitionOf(old) === definitionOf(next) && hasIndexes(old, indexes)
  // Without a unique index a refresh would keep readers out for as long as the query runs; a new one beside it does not.
  if (!isSame || !isDistinguishable(old))
    return { steps: [tidyUp, ...rebuild], outcome: isSame ? 'refreshed' : 'rebuilt' }
  const name = quoteQualified(action.target)
  return {
    steps: [
      tidyUp,
      sqlStep('refresh', [`refresh materialized view concurrently ${name};`]),
      ...audits.map((assertion) => auditStep(assertion, action.target, sampleRows)),
      ...[commentsThatDiffer(action, 'materialized view', existing)]
        .filter((comments) => comments.length > 0)
        .map((comments) => sqlStep('comments', comments)),
    ],
    outcome: 'refreshed',
  }
}

// One that was made over a table before that took its place names the table twice.
const definitionOf = (view: ViewShape): string => withoutOwnAliases(view.definition ?? '')

/** True if the indexes that the engine made are those that the config declares. */
function hasIndexes(old: ViewShape, wanted: readonly IndexPlan[]): boolean {
  const managed = new Map(
    old.indexes
      .filter((index) => isManaged(index.comment))
      .map((index) => [index.name, index.isValid ? index.comment : null]),
  )
  return (
    managed.size === wanted.length &&
    wanted.every(({ name, definition }) => managed.get(name) === managedComment(definition))
  )
}

// What REFRESH ... CONCURRENTLY asks for: a unique index on plain columns and over all rows.
function isDistinguishable(old: ViewShape): boolean {
  return (
    old.isPopulated &&
    old.indexes.some(
      ({ definition, isValid }) =>
        isValid &&
        /^CREATE UNIQUE INDEX .* USING btree \([^()]*\)( INCLUDE \([^()]*\))?( NULLS NOT DISTINCT)?$/.test(
          definition,
        ),
    )
  )
}
