-- s.m (view, definitions/m.sqlx): replaced
begin;
-- drop materialized view
do $remember$
declare
  path text := current_setting('search_path');
  memory jsonb;
  item jsonb;
begin
  -- With no search path every name in a definition comes out qualified.
  perform set_config('search_path', '', true);
  with recursive tree as (
    select '"s"."m"'::regclass::oid as oid, 0 as depth
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
    'name', format('%I.%I', n.nspname, c.relname),
    'key', n.nspname || '.' || c.relname,
    'kind', case c.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end,
    'definition', case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end,
    'options', array_to_string(c.reloptions, ', '),
    'comment', obj_description(c.oid, 'pg_class'),
    'owner', pg_get_userbyid(c.relowner),
    'grants', (select coalesce(jsonb_agg(format('grant %s on %%s to %s%s', g.privilege_type,
      case g.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end,
      case when g.is_grantable then ' with grant option' else '' end)), '[]')
    from aclexplode(c.relacl) g where g.grantee <> c.relowner),
    'indexes', (select coalesce(jsonb_agg(pg_get_indexdef(i.indexrelid)), '[]')
                from pg_catalog.pg_index i where c.relkind = 'm' and i.indrelid = c.oid)
  ) order by deepest.depth desc)
  into memory
  from deepest
  join pg_catalog.pg_class c on c.oid = deepest.oid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace;

  for item in select value from jsonb_array_elements(memory) loop
    if item->>'kind' <> 'materialized view' then
      execute format('lock table %s in access exclusive mode', item->>'name');
    end if;
  end loop;
  for item in select value from jsonb_array_elements(memory) where (value->>'depth')::int > 0 loop
    execute format('drop %s %s', item->>'kind', item->>'name');
  end loop;
  drop materialized view "s"."m";
  perform set_config('dataform.dependents', memory::text, true);
  perform set_config('search_path', path, true);
end
$remember$;
-- create materialized view
create materialized view "s"."m" as
select 1 as id
;
-- restore dependents
do $restore$
declare
  item jsonb;
  statement text;
begin
  for item in
    select value from jsonb_array_elements(current_setting('dataform.dependents')::jsonb)
    order by (value->>'depth')::int
  loop
    begin
      if (item->>'depth')::int > 0 then
        execute format('create %s %s%s as %s', item->>'kind', item->>'name',
          case when item->>'options' <> '' then format(' with (%s)', item->>'options') else '' end,
          item->>'definition');
        if item->>'comment' is not null then
          execute format('comment on %s %s is %L', item->>'kind', item->>'name', item->>'comment');
        end if;
        for statement in select value from jsonb_array_elements_text(item->'indexes') loop
          execute statement;
        end loop;
      end if;
      execute format('alter %s %s owner to %I',
        case when (item->>'depth')::int > 0 then item->>'kind' else 'materialized view' end,
        item->>'name', item->>'owner');
      for statement in select value from jsonb_array_elements_text(item->'grants') loop
        execute format(statement, item->>'name');
      end loop;
    exception when undefined_column or undefined_table or undefined_function or datatype_mismatch
        or invalid_table_definition then
      if not coalesce(item->>'key' in (null), false) then
        raise exception 'the view % does not fit the new %: %', item->>'name', '"s"."m"', sqlerrm
          using errcode = sqlstate, hint = 'Change the view, drop it, or make it a model of this project.';
      end if;
    end;
  end loop;
end
$restore$;
-- statistics
analyze "s"."m";
commit;
