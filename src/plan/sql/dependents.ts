/**
 * What hangs off a relation that is about to be replaced: the views on it to any depth, with their
 * comments, owners, options, grants and indexes, and the grants and the owner of the relation itself.
 * It is remembered in a transaction-local setting, so nothing is left behind whatever happens.
 */
import type { Target } from '../../graph/types.js'
import { quoteLiteral, quoteQualified } from '../../sql/identifiers.js'
import type { RelationKind } from '../catalog.js'
import { doBlock } from './do-block.js'
import { refuseWhatIsLost, warnOfWhatIsLost } from './losses.js'

/** Kinds of relation that a model can take the place of. */
export type ReplaceableKind = Exclude<RelationKind, 'foreign table' | 'other'>

/** A view that this run makes anew after the action that replaces what it reads. */
export interface RebuiltView {
  /** `schema.name`. */
  readonly key: string
  readonly kind: 'view' | 'materialized view'
  /** Its query as it is now in the project. */
  readonly query: string
}

/** The word for `DROP` and `ALTER`. */
export function kindWord(kind: ReplaceableKind): 'table' | 'view' | 'materialized view' {
  return kind === 'partitioned table' ? 'table' : kind
}

// A grant as a statement with %s in place of the relation's name; the owner's own rights are implied.
const GRANTS = `(select coalesce(jsonb_agg(format('grant %s on %%s to %s%s', g.privilege_type,
      case g.grantee when 0 then 'public' else replace(quote_ident(pg_get_userbyid(g.grantee)), '%', '%%') end,
      case when g.is_grantable then ' with grant option' else '' end)), '[]')
    from aclexplode(c.relacl) g where g.grantee <> c.relowner)`

const COLUMN_COMMENTS = `(select coalesce(jsonb_object_agg(a.attname, x.description), '{}')
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_description x
      on x.classoid = 'pg_class'::regclass and x.objoid = c.oid and x.objsubid = a.attnum
    where a.attrelid = c.oid and a.attnum > 0)`

/**
 * Remembers what depends on the relation, locks it (outermost first: a reader locks a view before what
 * it reads, and the other order deadlocks), and drops the dependents and the relation. What can't be put back
 * fails before anything is touched.
 * @param declaredIndexes names of the indexes that the new table has; others are warned of
 */
export function rememberAndDrop(
  target: Target,
  kind: ReplaceableKind,
  declaredIndexes: readonly string[],
): string {
  const name = quoteQualified(target)
  const root = `${quoteLiteral(name)}::regclass`
  return doBlock(`declare
  path text := current_setting('search_path');
  memory jsonb;
  item jsonb;
  lost text;
begin
  -- A view may read several tables that are swapped at once: whoever has to take views apart does it alone.
  if exists (
    select from pg_catalog.pg_depend d
    join pg_catalog.pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
    where d.refclassid = 'pg_class'::regclass and d.refobjid = ${root} and r.ev_class <> d.refobjid
  ) then
    perform pg_advisory_xact_lock(hashtextextended('dataform:swap', 0));
  end if;
  -- With no search path every name in a definition comes out qualified.
  perform set_config('search_path', '', true);
  with recursive tree as (
    select ${root}::oid as oid, 0 as depth
    union all
    select r.ev_class, tree.depth + 1
    from tree
    join pg_catalog.pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = tree.oid
    join pg_catalog.pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
    where r.ev_class <> tree.oid
  ), deepest as (
    select oid, max(depth) as depth from tree group by oid
  )
  select jsonb_agg(jsonb_build_object(
    'depth', deepest.depth,
    'oid', c.oid::text,
    'name', format('%I.%I', n.nspname, c.relname),
    'key', n.nspname || '.' || c.relname,
    'kind', case c.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end,
    'definition', case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end,
    'options', array_to_string(c.reloptions, ', '),
    'comment', obj_description(c.oid, 'pg_class'),
    'columnComments', ${COLUMN_COMMENTS},
    'owner', pg_get_userbyid(c.relowner),
    'grants', ${GRANTS},
    'indexes', (select coalesce(jsonb_agg(pg_get_indexdef(i.indexrelid)), '[]')
                from pg_catalog.pg_index i where c.relkind = 'm' and i.indrelid = c.oid)
  ) order by deepest.depth desc)
  into memory
  from deepest
  join pg_catalog.pg_class c on c.oid = deepest.oid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace;
${refuseWhatIsLost(target)}
${warnOfWhatIsLost(target, declaredIndexes)}
  for item in select value from jsonb_array_elements(memory) loop
    if item->>'kind' <> 'materialized view' then
      execute format('lock table %s in access exclusive mode', item->>'name');
    end if;
  end loop;
  for item in select value from jsonb_array_elements(memory) where (value->>'depth')::int > 0 loop
    execute format('drop %s %s', item->>'kind', item->>'name');
  end loop;
  drop ${kindWord(kind)} ${name};
  perform set_config('dataform.dependents', memory::text, true);
  perform set_config('search_path', path, true);
end`)
}

/**
 * Puts back what `rememberAndDrop` remembered, innermost first. A view that no longer fits gets the query that it
 * has in the project now, if this run makes it anew later; if that does not fit yet either, it is left to its own
 * action. Any other view that no longer fits fails the action.
 */
export function restoreDependents(
  target: Target,
  kind: ReplaceableKind,
  rebuiltLater: readonly RebuiltView[],
): string {
  const later = Object.fromEntries(
    rebuiltLater.map((view) => [view.key, { kind: view.kind, query: view.query }]),
  )
  return doBlock(`declare
  later constant jsonb := ${quoteLiteral(JSON.stringify(later))};
  item jsonb;
  statement text;
  comment record;
  head text;
  is_made boolean;
begin
  for item in
    select value from jsonb_array_elements(current_setting('dataform.dependents')::jsonb)
    order by (value->>'depth')::int
  loop
    is_made := true;
    if (item->>'depth')::int > 0 then
      head := format('create %s %s%s as ', item->>'kind', item->>'name',
        case when item->>'options' <> '' then format(' with (%s)', item->>'options') else '' end);
      begin
        execute head || (item->>'definition');
        for statement in select value from jsonb_array_elements_text(item->'indexes') loop
          execute statement;
        end loop;
      exception when others then
        if not later ? (item->>'key') then
          raise exception 'the view % does not fit the new %: %', item->>'name', ${quoteLiteral(quoteQualified(target))}, sqlerrm
            using errcode = sqlstate, hint = 'Change the view, drop it, or make it a model of this project.';
        end if;
        is_made := false;
      end;
      if not is_made and later->(item->>'key')->>'kind' = item->>'kind' then
        begin
          execute head || (later->(item->>'key')->>'query');
          is_made := true;
        exception when others then
          raise warning 'the view % fits the new % neither as it was nor as it will be; it is missing until its own action', item->>'name', ${quoteLiteral(quoteQualified(target))};
        end;
      end if;
      if is_made then
        if item->>'comment' is not null then
          execute format('comment on %s %s is %L', item->>'kind', item->>'name', item->>'comment');
        end if;
        for comment in
          select key, value from jsonb_each_text(item->'columnComments')
          where exists (select from pg_catalog.pg_attribute
            where attrelid = (item->>'name')::regclass and attname = key)
        loop
          execute format('comment on column %s.%I is %L', item->>'name', comment.key, comment.value);
        end loop;
      end if;
    end if;
    if is_made then
      execute format('alter %s %s owner to %I',
        case when (item->>'depth')::int > 0 then item->>'kind' else ${quoteLiteral(kindWord(kind))} end,
        item->>'name', item->>'owner');
      -- Default privileges may have given what the old relation did not have.
      for statement in
        select distinct format('revoke all on %s from %s', item->>'name',
          case g.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end)
        from pg_catalog.pg_class c, aclexplode(c.relacl) g
        where c.oid = (item->>'name')::regclass and g.grantee <> c.relowner
      loop
        execute statement;
      end loop;
      for statement in select value from jsonb_array_elements_text(item->'grants') loop
        execute format(statement, item->>'name');
      end loop;
    end if;
  end loop;
end`)
}
