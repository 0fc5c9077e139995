/**
 * Views. The query is made a view under another name first: so it is known whether anything changes at all, and the
 * audits look at it before anybody else does.
 */
import type { ViewAction } from '../graph/types.js'
import { quoteQualified } from '../sql/identifiers.js'
import { auditStep } from './assertion.js'
import type { Relation } from './catalog.js'
import { shadowOf } from './names.js'
import { fitsInPlace } from './replace/changes.js'
import type { ViewShape, ViewShapes } from './replace/facts.js'
import { readShapes } from './replace/facts-sql.js'
import { lockAlone } from './replace/lock-alone.js'
import { withOptions } from './replace/matviews.js'
import { LOOK, swapSteps } from './replace/swap-steps.js'
import { NO_KEYS } from './replace/types.js'
import { columnComments, commentOn, commentsThatDiffer } from './sql/comments.js'
import { sqlStep } from './steps.js'
import type { Decision, Step } from './types.js'
import { around, asSubquery } from './user-sql.js'
import { preview } from './view-input.js'
import type { ViewInput } from './view-input.js'

/** The steps of a view, without pre- and post-operations. */
export function plainSteps(input: ViewInput): readonly Step[] {
  const { action, existing, audits, sampleRows, previewFacts } = input
  const onto = existing === undefined ? action.target : shadowOf(action.target)
  const make: Step = {
    kind: 'sql',
    label: 'create view',
    ...around(`create view ${quoteQualified(onto)} as (`, asSubquery(action.query), ');'),
    statements: 1,
  }
  const checks = audits.map((assertion) => auditStep(assertion, onto, sampleRows))
  const comments = commentOn(onto, 'view', action.description, columnComments(action))
  if (existing === undefined)
    return [make, ...(comments.length === 0 ? [] : [sqlStep('comments', comments)]), ...checks]
  return [
    make,
    ...checks,
    {
      kind: 'decide',
      label: 'what is there',
      sql: readShapes(action.target, onto),
      brief: LOOK,
      decide: (facts) => decideView(input, existing, comments, facts as ViewShapes),
      ...preview(previewFacts, action.target, (old) =>
        // The new query is taken for another one that gives the same columns.
        decideView(input, existing, comments, { old, next: { ...old, definition: action.query } }),
      ),
    },
  ]
}

function decideView(
  input: ViewInput,
  existing: Relation,
  comments: readonly string[],
  { old, next }: ViewShapes,
): Decision {
  const { action } = input
  const shadow = shadowOf(action.target)
  const differing = commentsThatDiffer(action, 'view', existing)
  const tidyUp = `drop view ${quoteQualified(shadow)};`
  if (old.kind === 'view' && old.definition === next.definition)
    return { steps: [sqlStep('nothing has changed', [tidyUp, ...differing])], outcome: 'unchanged' }
  if (old.kind === 'view' && fitsInPlace(old, next) && old.isMine)
    return { steps: [replaceInPlace(action, old, tidyUp, differing)] }
  const steps = swapSteps({
    replacement: {
      target: action.target,
      shadow,
      kind: 'view',
      declared: {
        comment: action.description !== '',
        columnComments: new Set(columnComments(action).keys()),
        options: new Set(),
        indexes: new Set(),
      },
      renames: [],
      keys: NO_KEYS,
      rebuiltLater: input.rebuiltLater,
      viewGate: input.viewGate,
    },
    bareStamp: null,
    previewFacts: input.previewFacts,
  })
  return {
    steps: [...(comments.length === 0 ? [] : [sqlStep('comments', comments)]), ...steps],
  }
}

// Replacing a view without naming its options would reset them (security_invoker, say).
function replaceInPlace(
  action: ViewAction,
  old: ViewShape,
  tidyUp: string,
  comments: readonly string[],
): Step {
  const name = quoteQualified(action.target)
  const before = `${tidyUp}\ncreate or replace view ${name}${withOptions(old)} as (`
  return {
    kind: 'sql',
    label: 'replace view',
    ...around(before, asSubquery(action.query), [');', ...comments].join('\n')),
    statements: 2 + comments.length,
    locks: [lockAlone({ ...action.target, kind: 'view', owner: old.owner })],
  }
}
