/**
 * Scratch relations: empty temporary stand-ins for everything that the project reads or makes, and the user's texts
 * redirected to them. Reading a stand-in takes no lock on the relation itself.
 */
import { targetKey } from '../graph/target.js'
import { fitIdentifier } from '../plan/names.js'
import { redirectRelations } from '../sql/rename-relations.js'
import type { QualifiedName, Renamed } from '../sql/rename-relations.js'

/** The schema of a session's temporary relations, whatever its real name is. */
export const SCRATCH_SCHEMA = 'pg_temp'

/** What else there may be of one relation: its query, what it was before, what it would be anew, rows to come. */
export const ROLES = ['query', 'self', 'full', 'delta'] as const

/**
 * The scratch relation of `schema.name`. Its name has a dot in it, so it is in nobody's way, and messages of the
 * server that name it are understood.
 * @param role what else there is of the same relation, such as its delta
 */
export function scratchOf(key: string, role = ''): QualifiedName {
  return { schema: SCRATCH_SCHEMA, name: fitIdentifier(role === '' ? key : `${key} ${role}`) }
}

/** A text that reads scratch relations. */
export interface Redirected extends Renamed {
  /** The keys of the relations that it names, whose stand-ins it reads. */
  readonly mentions: ReadonlySet<string>
}

/**
 * Makes a text read the stand-ins.
 * @param isKnown whether there is a stand-in for a relation
 * @param instead other stand-ins, by key: what `self()` is at that moment
 */
export function redirect(
  text: string,
  isKnown: (key: string) => boolean,
  instead: ReadonlyMap<string, QualifiedName> = new Map(),
): Redirected {
  const mentions = new Set<string>()
  const renamed = redirectRelations(text, (old) => {
    const key = targetKey(old)
    const other = instead.get(key)
    if (other !== undefined) return other
    if (!isKnown(key)) return undefined
    mentions.add(key)
    return scratchOf(key)
  })
  return { ...renamed, mentions }
}

/** All that looks like `schema.name` in a text; columns that are qualified by a table look so too. */
export function namesIn(text: string): readonly QualifiedName[] {
  const names: QualifiedName[] = []
  redirectRelations(text, (old) => {
    names.push(old)
    return undefined
  })
  return names
}
