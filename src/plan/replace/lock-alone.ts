import { quoteIdent, quoteQualified } from '../../sql/identifiers.js'
import type { RelationFacts } from './facts.js'
import { kindWord } from './types.js'

/**
 * A statement that takes the exclusive lock on one relation. LOCK TABLE would lock what a view reads as well, and can't
 * lock a materialized view: to give a relation the owner that it has does nothing, under the lock that is needed.
 */
export function lockAlone(
  relation: Pick<RelationFacts, 'schema' | 'name' | 'kind' | 'owner'>,
): string {
  return `alter ${kindWord(relation.kind)} ${quoteQualified(relation)} owner to ${quoteIdent(relation.owner)}`
}
