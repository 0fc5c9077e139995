/**
 * The gate of views that get other rows, or another query, together with what they read: what the project asserts of
 * them has to hold before the replacement is published, for their own actions come too late to hold anything back.
 */
import { targetKey } from '../../graph/target.js'
import type { Target } from '../../graph/types.js'
import type { NewName } from '../../sql/rename-relations.js'
import { auditStep } from '../assertion.js'
import { holdsBack } from '../options.js'
import type { AuditStep } from '../types.js'
import type { RelationFacts } from './facts.js'
import { newNames, shadowOfView } from './matviews.js'
import type { Replacement } from './types.js'

/** The audits of materialized views that wait, filled, beside the old ones; nothing is locked yet. */
export function auditPrepared(
  views: readonly RelationFacts[],
  replacement: Replacement,
): readonly AuditStep[] {
  const others = newNames(views, replacement)
  return views
    .filter((view) => view.isPopulated)
    .flatMap((view) => auditsOf(view, shadowOfView(view), replacement, others))
}

/**
 * The audits of views that are dropped and made anew, under their own names: those that hold rows, and those that may have
 * got the query which they have in the project now.
 */
export function auditRemade(
  views: readonly RelationFacts[],
  replacement: Pick<Replacement, 'rebuiltLater' | 'viewGate'>,
): readonly AuditStep[] {
  return views
    .filter((view) =>
      view.kind === 'materialized view'
        ? view.isPopulated
        : replacement.rebuiltLater.has(targetKey(view)),
    )
    .flatMap((view) => auditsOf(view, view, replacement))
}

function auditsOf(
  view: Target,
  on: Target,
  { viewGate }: Pick<Replacement, 'viewGate'>,
  others?: NewName,
): readonly AuditStep[] {
  return (viewGate.audits.get(targetKey(view)) ?? []).filter(holdsBack).map((assertion) => ({
    ...auditStep(assertion, on, viewGate.sampleRows, others),
    mayNotFit: true,
  }))
}
