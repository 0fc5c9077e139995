/**
 * Materialized views on a relation that is replaced. PostgreSQL can't change what one reads, so each is made anew beside
 * the old one, over the new relation, before anything is locked: filling it may take long. One that this run makes anew
 * later gets the query of the project at once, where that fits: what the project asserts of the view is about that query.
 */
import { targetKey } from '../../graph/target.js'
import type { Target } from '../../graph/types.js'
import { quoteIdent, quoteLiteral, quoteQualified } from '../../sql/identifiers.js'
import { namesAsValue, redirectRelations } from '../../sql/rename-relations.js'
import type { NewName } from '../../sql/rename-relations.js'
import { fitIdentifier } from '../names.js'
import { doBlock, executed } from '../sql/do-block.js'
import { withUsersPath } from '../sql/search-path.js'
import { attach } from './attach.js'
import type { Facts, RelationFacts } from './facts.js'
import type { Refusal, Replacement } from './types.js'

/** A materialized view that waits to take the place of the old one. */
export interface PreparedView {
  readonly old: RelationFacts
  readonly shadow: Target
  readonly prepare: readonly string[]
  /** When it has its name. */
  readonly named: readonly string[]
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
  return views.map((old) => {
    const shadow = shadowOfView(old)
    const query = redirectRelations(old.definition ?? '', newName).sql
    const isOld = readsOld([replaced.target, ...views], shadow)
    const asItWas = createOver(replaced, old, query, isOld)
    const project = replaced.rebuiltLater.get(targetKey(old))
    const { statements, named, renames } = attach(old, {
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
          ? asInProject(
              old,
              shadow,
              { query: redirectRelations(project.query, newName).sql, isOld },
              asItWas,
            )
          : asItWas,
        ...statements,
      ],
      named,
      renames,
    }
  })
}

// What reads the view must find its columns. If the query does not fit (it may need another model that this run has not
// made yet), the view stays as it was until its own action.
function asInProject(
  old: RelationFacts,
  shadow: Target,
  { query, isOld }: { readonly query: string; readonly isOld: string },
  asItWas: string,
): string {
  const columns = old.columns.map(
    ({ name, type }) => `(${quoteLiteral(name)}::name, ${quoteLiteral(type)})`,
  )
  return doBlock(`begin
  ${withUsersPath(createView(old, shadow, query))}
  if exists (
    values ${columns.join(', ')}
    except
    select attname, format_type(atttypid, atttypmod) from pg_catalog.pg_attribute
    where attrelid = ${quoteLiteral(quoteQualified(shadow))}::regclass and attnum > 0
  ) or ${isOld} then
    raise exception 'it does not fit';
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
    [targetKey(replaced.target), replaced.shadow],
    ...views.map((view) => [targetKey(view), shadowOfView(view)] as const),
  ])
  return (name) => names.get(targetKey(name))
}

/** The first view whose query has the relation's number as a value, which no other name can stand for; null if none has. */
export function spoiled(views: readonly RelationFacts[], target: Target): Refusal | null {
  const view = views.find(({ definition }) => namesAsValue(definition ?? '', target))
  return view === undefined
    ? null
    : {
        message: `the materialized view ${targetKey(view)} has ${targetKey(target)} as a value ('${targetKey(target)}'::regclass), which can't be made to mean the new table`,
        hint: NAMES_HINT,
      }
}

const NAMES_HINT =
  'Drop the view and make it again after the run, or make it a model of this project.'

// An SQL condition: the view that was made reads one of the relations that go.
function readsOld(relations: readonly Target[], view: Target): string {
  const oids = relations.map((name) => `to_regclass(${quoteLiteral(quoteQualified(name))})`)
  return `exists (select from pg_catalog.pg_rewrite r
    join pg_catalog.pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
    where r.ev_class = ${quoteLiteral(quoteQualified(view))}::regclass and d.refclassid = 'pg_class'::regclass
      and d.refobjid in (${oids.join(', ')}))`
}

// Exchanged names are known to be right when what is made reads nothing of the old. Names may be alike: an alias like the
// schema with a column like the table, or a value; then PostgreSQL says so, or what is made still reads the old one.
function createOver(
  { target, shadow }: { readonly target: Target; readonly shadow: Target },
  old: RelationFacts,
  query: string,
  isOld: string,
): string {
  const misread = `the materialized view ${targetKey(old)} can't be made anew over the new ${targetKey(target)}, because a name in its query can be read in two ways`
  const raise = (why: string): string =>
    `raise exception '%', ${why} using errcode = 'feature_not_supported', hint = ${quoteLiteral(NAMES_HINT)};`
  return doBlock(`begin
  begin
    ${executed(createView(old, shadowOfView(old), query))}
  exception when syntax_error_or_access_rule_violation then
    if sqlstate = '42501' then raise; end if;
    ${raise(`${quoteLiteral(`${misread}: `)} || replace(sqlerrm, ${quoteLiteral(shadow.name)}, ${quoteLiteral(target.name)})`)}
  end;
  if ${isOld} then
    ${raise(quoteLiteral(misread))}
  end if;
end`)
}

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
