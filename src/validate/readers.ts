/**
 * Views that the run does not make anew and that read columns which would go or change.
 */
import { findInSource, quotedName } from '../compile/find-in-source.js'
import { targetKey } from '../graph/target.js'
import type { Action } from '../graph/types.js'
import type { Session } from '../postgres/session.js'
import type { Finding, RelationChange } from './types.js'

interface ReaderRow {
  readonly relation: string
  readonly column: string
  readonly view: string
}

const READERS_SQL = `
select distinct
  wanted.schema || '.' || wanted.name as relation, a.attname as column, vn.nspname || '.' || v.relname as view
from unnest($1::text[], $2::text[], $3::text[]) as wanted (schema, name, attname)
join pg_catalog.pg_namespace n on n.nspname = wanted.schema
join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = wanted.name
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = wanted.attname
join pg_catalog.pg_depend d
  on d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid and d.refobjsubid = a.attnum
join pg_catalog.pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
join pg_catalog.pg_class v on v.oid = r.ev_class and v.oid <> c.oid
join pg_catalog.pg_namespace vn on vn.oid = v.relnamespace
where v.relkind in ('v', 'm')
order by 1, 2, 3`

/**
 * Finds them for all changes at once.
 * @param changed the changes with the actions that make them
 * @param remade keys of the views that the run makes anew
 */
export async function findReaders(
  session: Session,
  projectDir: string,
  changed: readonly { readonly action: Action; readonly change: RelationChange }[],
  remade: ReadonlySet<string>,
): Promise<{ readonly problems: readonly Finding[]; readonly remarks: readonly Finding[] }> {
  const wanted = changed.flatMap(({ action: { target }, change }) =>
    [...change.removed, ...change.retyped].map(({ name }) => ({ ...target, column: name })),
  )
  if (wanted.length === 0) return { problems: [], remarks: [] }
  const { rows } = await session.query(READERS_SQL, [
    wanted.map(({ schema }) => schema),
    wanted.map(({ name }) => name),
    wanted.map(({ column }) => column),
  ])
  const readers = (rows as unknown as readonly ReaderRow[]).filter(({ view }) => !remade.has(view))
  const problems: Finding[] = []
  const remarks: Finding[] = []
  for (const { action, change } of changed) {
    const key = targetKey(action.target)
    const at = findInSource(projectDir, action.fileName, [quotedName(action.target.name)])
    const removed = new Set(change.removed.map(({ name }) => name))
    for (const { relation, column, view } of readers) {
      if (relation !== key) continue
      const isRemoved = removed.has(column)
      const retyped = change.retyped.find(({ name }) => name === column)
      const reads = `the view ${view} is not part of the run and reads "${column}"`
      const finding: Finding = {
        kind: 'dependent-view',
        about: key,
        message: isRemoved
          ? `${reads}, which would be removed`
          : `${reads}, which becomes ${retyped?.to ?? 'another type'}`,
        at,
        ...(isRemoved
          ? { hint: 'Change the view, drop it, or make it a model of this project.' }
          : {}),
      }
      ;(isRemoved ? problems : remarks).push(finding)
    }
  }
  return { problems, remarks }
}
