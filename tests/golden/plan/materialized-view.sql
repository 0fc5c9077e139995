-- s.m (view, definitions/m.sqlx): replaced
begin;
-- drop materialized view
do $dataform$
declare
  path text := current_setting('search_path');
  memory jsonb;
  item jsonb;
  lost text;
begin
  -- A view may read several tables that are swapped at once: whoever has to take views apart does it alone.
  if exists (
    select from pg_catalog.pg_depend d
    join pg_catalog.pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
    where d.refclassid = 'pg_class'::regclass and d.refobjid = '"s"."m"'::regclass and r.ev_class <> d.refobjid
  ) then
    perform pg_advisory_xact_lock(hashtextextended('dataform:swap', 0));
  end if;
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
    'oid', c.oid::text,
    'name', format('%I.%I', n.nspname, c.relname),
    'key', n.nspname || '.' || c.relname,
    'kind', case c.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end,
    'definition', case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end,
    'options', array_to_string(c.reloptions, ', '),
    'comment', obj_description(c.oid, 'pg_class'),
    'columnComments', (select coalesce(jsonb_object_agg(a.attname, x.description), '{}')
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_description x
      on x.classoid = 'pg_class'::regclass and x.objoid = c.oid and x.objsubid = a.attnum
    where a.attrelid = c.oid and a.attnum > 0),
    'owner', pg_get_userbyid(c.relowner),
    'grants', (select coalesce(jsonb_agg(format('grant %s on %%s to %s%s', g.privilege_type,
      case g.grantee when 0 then 'public' else replace(quote_ident(pg_get_userbyid(g.grantee)), '%', '%%') end,
      case when g.is_grantable then ' with grant option' else '' end)), '[]')
    from aclexplode(c.relacl) g where g.grantee <> c.relowner),
    'indexes', (select coalesce(jsonb_agg(pg_get_indexdef(i.indexrelid)), '[]')
                from pg_catalog.pg_index i where c.relkind = 'm' and i.indrelid = c.oid)
  ) order by deepest.depth desc)
  into memory
  from deepest
  join pg_catalog.pg_class c on c.oid = deepest.oid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace;
  select string_agg(what, ', ' order by what) into lost from (
    select (item_of->>'oid')::oid as oid, item_of->>'name' as name
    from jsonb_array_elements(memory) item_of
  ) r cross join lateral (
    select format('the row-level security of %s', r.name) as what
    from pg_catalog.pg_class where oid = r.oid and relrowsecurity
    union all
    select format('the policy %I on %s', polname, r.name) from pg_catalog.pg_policy where polrelid = r.oid
    union all
    select format('the trigger %I on %s', tgname, r.name)
    from pg_catalog.pg_trigger where tgrelid = r.oid and not tgisinternal
    union all
    select format('the rule %I on %s', rulename, r.name)
    from pg_catalog.pg_rewrite where ev_class = r.oid and rulename <> '_RETURN'
    union all
    select format('the grants on the column %I of %s', attname, r.name)
    from pg_catalog.pg_attribute where attrelid = r.oid and attacl is not null and not attisdropped
    union all
    select format('the membership of %s in the publication %I', r.name, p.pubname)
    from pg_catalog.pg_publication_rel m join pg_catalog.pg_publication p on p.oid = m.prpubid
    where m.prrelid = r.oid
    union all
    select format('the foreign key %I of %s', conname, conrelid::regclass)
    from pg_catalog.pg_constraint where confrelid = r.oid and contype = 'f' and conrelid <> r.oid
  ) found;
  if lost is not null then
    raise exception 'replacing % would lose %', '"s"."m"', lost
      using errcode = 'feature_not_supported',
        hint = 'These are not kept through a rebuild yet. Drop them first, or make the model incremental.';
  end if;
  select string_agg(what, ', ' order by what) into lost from (
    select format('the index %I', c.relname) as what
    from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
    where i.indrelid = '"s"."m"'::regclass and true
      and not exists (select from pg_catalog.pg_constraint where conindid = i.indexrelid and conrelid = i.indrelid)
    union all
    select format('the constraint %I', conname) from pg_catalog.pg_constraint where conrelid = '"s"."m"'::regclass and contype <> 't'
    union all
    select format('the statistics %I', stxname) from pg_catalog.pg_statistic_ext where stxrelid = '"s"."m"'::regclass
  ) found;
  if lost is not null then
    raise warning '%: the rebuild drops %, which the model does not declare', '"s"."m"', lost;
  end if;
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
$dataform$;
-- create materialized view
create materialized view "s"."m" as (
select 1 as id
);
-- restore dependents
do $dataform$
declare
  later constant jsonb := '{}';
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
          raise exception 'the view % does not fit the new %: %', item->>'name', '"s"."m"', sqlerrm
            using errcode = sqlstate, hint = 'Change the view, drop it, or make it a model of this project.';
        end if;
        is_made := false;
      end;
      if not is_made and later->(item->>'key')->>'kind' = item->>'kind' then
        begin
          execute head || (later->(item->>'key')->>'query');
          is_made := true;
        exception when others then
          raise warning 'the view % fits the new % neither as it was nor as it will be; it is missing until its own action', item->>'name', '"s"."m"';
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
        case when (item->>'depth')::int > 0 then item->>'kind' else 'materialized view' end,
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
end
$dataform$;
-- statistics
analyze "s"."m";
commit;
