/**
 * Materialized views on a relation that is replaced. PostgreSQL can't change what one reads, so each is made anew beside
 * the old one, over the new relation, before anything is locked: filling it may take long. One that this run makes anew
 * later gets the query of the project at once, where that fits: what the project asserts of the view is about that query.
 */
import type { Target } from '../../graph/types.js'
import { quoteIdent, quoteLiteral, quoteQualified } from '../../sql/identifiers.js'
import { redirectRelations } from '../../sql/rename-relations.js'
import type { NewName } from '../../sql/rename-relations.js'
import { fitIdentifier } from '../names.js'
import { doBlock, executed } from '../sql/do-block.js'
import { attach } from './attach.js'
import type { Facts, RelationFacts } from './facts.js'
import type { Replacement } from './types.js'

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
 * @param replaced the relation that all of this is about, what takes its place, and the views that this run makes later
 */
export function prepareViews(
  views: readonly RelationFacts[],
  replaced: Pick<Replacement, 'target' | 'shadow' | 'rebuiltLater'>,
  facts: Facts,
): readonly PreparedView[] {
  const newName = newNames(views, replaced)
  const later = new Map(replaced.rebuiltLater.map((view) => [view.key, view]))
  return views.map((old) => {
    const shadow = shadowOfView(old)
    const asItWas = createView(old, shadow, redirectRelations(old.definition ?? '', newName).sql)
    const project = later.get(key(old))
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
      prepare: [
        project?.kind === 'materialized view'
          ? asInProject(old, shadow, redirectRelations(project.query, newName).sql, asItWas)
          : asItWas,
        ...statements,
      ],
      renames,
    }
  })
}

// What reads the view must find its columns. If the query does not fit (it may need another model that this run has not
// made yet), the view stays as it was until its own action.
function asInProject(old: RelationFacts, shadow: Target, query: string, asItWas: string): string {
  const columns = old.columns.map(
    ({ name, type }) => `(${quoteLiteral(name)}::name, ${quoteLiteral(type)})`,
  )
  return doBlock(`begin
  perform set_config('search_path', current_setting('dataform.search_path'), true);
  execute ${quoteLiteral(createView(old, shadow, query))};
  perform set_config('search_path', '', true);
  if exists (
    values ${columns.join(', ')}
    except
    select attname, format_type(atttypid, atttypmod) from pg_catalog.pg_attribute
    where attrelid = ${quoteLiteral(quoteQualified(shadow))}::regclass and attnum > 0
  ) then
    raise exception 'columns are missing';
  end if;
exception when others then
  ${executed(asItWas)}
end`)
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
