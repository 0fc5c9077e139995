/**
 * Materialized views on a relation that is replaced. PostgreSQL can't change what one reads, so each is made anew beside
 * the old one, over the new relation, before anything is locked: filling it may take long.
 */
import type { Target } from '../../graph/types.js'
import { quoteIdent, quoteQualified } from '../../sql/identifiers.js'
import { redirectRelations } from '../../sql/rename-relations.js'
import type { NewName } from '../../sql/rename-relations.js'
import { fitIdentifier } from '../names.js'
import { attach } from './attach.js'
import type { Facts, RelationFacts } from './facts.js'

/** A materialized view that waits to take the place of the old one. */
export interface PreparedView {
  readonly old: RelationFacts
  readonly shadow: Target
  readonly prepare: readonly string[]
  readonly renames: readonly string[]
}

/** The name under which the new one waits. */
export function shadowOfView(view: RelationFacts): Target {
  return { schema: view.schema, name: fitIdentifier(`dataform_shadow_${view.oid}`) }
}

/**
 * @param views in an order in which each comes after what it reads
 * @param replaced the relation that all of this is about, and what takes its place
 */
export function prepareViews(
  views: readonly RelationFacts[],
  replaced: { readonly target: Target; readonly shadow: Target },
  facts: Facts,
): readonly PreparedView[] {
  const newName = newNames(views, replaced)
  return views.map((old) => {
    const shadow = shadowOfView(old)
    const query = redirectRelations(old.definition ?? '', newName)
    const { statements, renames } = attach(old, {
      onto: shadow,
      ontoKind: 'materialized view',
      columns: new Set(old.columns.map((column) => column.name)),
      currentUser: facts.currentUser,
      hasDefaultPrivileges: facts.hasDefaultPrivileges,
      declared: null,
    })
    return {
      old,
      shadow,
      prepare: [createView(old, shadow, query.sql), ...statements],
      renames,
    }
  })
}

/** Under which names the new relation and the views that are made anew over it wait. */
export function newNames(
  views: readonly RelationFacts[],
  replaced: { readonly target: Target; readonly shadow: Target },
): NewName {
  const names = new Map([
    [key(replaced.target), replaced.shadow],
    ...views.map((view) => [key(view), shadowOfView(view)] as const),
  ])
  return (name) => names.get(key(name))
}

const key = (name: Target): string => `${name.schema}.${name.name}`

/** Makes a view anew; a materialized one in the old one's tablespace, and filled if the old one is. */
export function createView(old: RelationFacts, onto: Target, query: string): string {
  const body = query.trim().replace(/;$/, '')
  if (old.kind === 'view') return `create view ${quoteQualified(onto)} as\n${body};`
  const tablespace = old.tablespace === null ? '' : ` tablespace ${quoteIdent(old.tablespace)}`
  const data = old.isPopulated ? '' : '\nwith no data'
  return `create materialized view ${quoteQualified(onto)}${tablespace} as\n${body}${data};`
}

/** ` with (...)`, or nothing. */
export function withOptions(old: Pick<RelationFacts, 'options'>): string {
  return old.options.length === 0 ? '' : ` with (${old.options.join(', ')})`
}
