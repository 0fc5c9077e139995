/**
 * What hangs off a relation and belongs to others: a role for which the current one may not act, or another session.
 * Known before anything is built on it or locked.
 */
import { quoteIdent } from '../../sql/identifiers.js'
import type { Facts, RelationFacts } from './facts.js'
import type { Refusal } from './types.js'

interface Thing {
  readonly what: string
  readonly owner: string
  readonly isMine: boolean
  readonly verb: 'replace' | 'change'
}

/**
 * The first thing that a replacement has to change and may not; null if there is none.
 * @param replaced the relations that are made anew
 * @param touched views that get their query again
 */
export function somebodyElses(
  replaced: readonly RelationFacts[],
  touched: readonly RelationFacts[],
  facts: Facts,
): Refusal | null {
  const relations = [...replaced, ...touched]
  const temporary = relations.find((relation) => relation.session !== null)
  if (temporary !== undefined)
    return {
      message: `the temporary ${temporary.kind} ${temporary.name} of the session with pid ${String(temporary.session)} reads ${nameOf(replaced[0])}, and no other session can change it`,
      hint: 'Wait for that session to end, or drop the view in it.',
    }
  const things: readonly Thing[] = [
    ...relations.map(({ kind, owner, isMine, ...name }) => ({
      what: `${kind} ${nameOf(name)}`,
      owner,
      isMine,
      verb: 'replace' as const,
    })),
    ...replaced.flatMap(partsElsewhere),
  ]
  const foreign = things.find((thing) => !thing.isMine)
  if (foreign !== undefined)
    return {
      message: `the ${foreign.what} belongs to ${foreign.owner}, and ${facts.currentUser} may not ${foreign.verb} it`,
      hint: `Grant the role: GRANT ${quoteIdent(foreign.owner)} TO ${quoteIdent(facts.currentUser)}.`,
    }
  const closed = replaced
    .flatMap((relation) => relation.constraints)
    .find(({ reference }) => reference?.isAllowed === false)?.reference
  return closed == null
    ? null
    : {
        message: `a foreign key of ${nameOf(replaced[0])} refers to ${nameOf(closed)}, and ${facts.currentUser} may not make one`,
        hint: `Grant the right: GRANT REFERENCES ON ${nameOf(closed)} TO ${quoteIdent(facts.currentUser)}.`,
      }
}

const nameOf = (name: { readonly schema: string; readonly name: string } | undefined): string =>
  `${name?.schema ?? ''}.${name?.name ?? ''}`

const partsElsewhere = (relation: RelationFacts): readonly Thing[] =>
  [
    ...relation.incoming.map((key) => ({
      what: `table ${nameOf(key.table)}, whose foreign key ${key.name} refers to ${nameOf(relation)},`,
      owner: key.owner,
      isMine: key.isMine,
    })),
    ...relation.bound,
    ...relation.publications.map(({ name, owner, isMine }) => ({
      what: `publication ${name}`,
      owner,
      isMine,
    })),
  ].map(({ what, owner, isMine }) => ({ what, owner, isMine, verb: 'change' as const }))
