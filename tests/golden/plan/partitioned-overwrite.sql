-- s.f (incremental, definitions/f.sqlx): overwritten
begin;
-- query the delta
create temporary table dataform_delta on commit drop as (
select id, day from src where is_new
);
analyze dataform_delta;
-- look at the delta:
with existing as materialized (
  select pc.oid, pn.nspname, pc.relname,
    coalesce(substring(b.bound from $re$FROM \('([^']+)'\)$re$)::timestamp::date, '-infinity') as first_day,
    coalesce(substring(b.bound from $re$TO \('([^']+)'\)$re$)::timestamp::date, 'infinity') as next_day
  from pg_catalog.pg_inherits i
  join pg_catalog.pg_class pc on pc.oid = i.inhrelid
  join pg_catalog.pg_namespace pn on pn.oid = pc.relnamespace
  cross join lateral (select pg_get_expr(pc.relpartbound, pc.oid) as bound) b
  where i.inhparent = to_regclass('"s"."f"') and b.bound <> 'DEFAULT'
)
select json_build_object(
  'delta', (
    select coalesce(json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
      'isWritable', a.attgenerated = '' and a.attidentity <> 'a',
      'generated', case when a.attgenerated <> '' then (select pg_get_expr(d.adbin, d.adrelid)
        from pg_catalog.pg_attrdef d where d.adrelid = a.attrelid and d.adnum = a.attnum) end) order by a.attnum), '[]')
    from pg_catalog.pg_attribute a
    where a.attrelid = 'pg_temp.dataform_delta'::regclass and a.attnum > 0 and not a.attisdropped
  ),
  'table', (
    select coalesce(json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
      'isWritable', a.attgenerated = '' and a.attidentity <> 'a',
      'generated', case when a.attgenerated <> '' then (select pg_get_expr(d.adbin, d.adrelid)
        from pg_catalog.pg_attrdef d where d.adrelid = a.attrelid and d.adnum = a.attnum) end) order by a.attnum), '[]')
    from pg_catalog.pg_attribute a
    where a.attrelid = '"s"."f"'::regclass and a.attnum > 0 and not a.attisdropped
  ),
  'badKeys', '[]'::json,
  'unplaced', (select count(*) from dataform_delta where "day" is null or not isfinite("day")),
  'partitions', (
    select coalesce(json_agg(json_build_object(
      'from', n.first_day::text, 'to', n.next_day::text, 'name', 'f' || to_char(n.first_day, '"_p"YYYYMMDD') || case when n.first_day < date '0001-01-01' then 'bc' else '' end,
      'existing', (
        select coalesce(json_agg(json_build_object('schema', e.nspname, 'name', e.relname,
          'isSame', e.first_day = n.first_day and e.next_day = n.next_day,
          'covers', e.first_day <= n.first_day and e.next_day >= n.next_day, 'isFixed', exists (
            select from pg_catalog.pg_class pc
            join pg_catalog.pg_inherits i on i.inhrelid = pc.oid
            join pg_catalog.pg_class pp on pp.oid = i.inhparent
            where pc.oid = e.oid and (pc.reltablespace <> 0 or pc.relpersistence <> 'p'
              or pc.relam <> (select oid from pg_catalog.pg_am where amname = current_setting('default_table_access_method'))
              or exists (select from pg_catalog.pg_attribute a where a.attrelid = pc.oid and a.attstattarget > -1)
              or pc.relowner <> (select oid from pg_catalog.pg_roles where rolname = current_user)
              or exists (select from pg_catalog.pg_constraint k where k.confrelid = pc.oid)
              or exists (select own.what from (
  select r.what
  from (values
    ('the owner', pc.relowner <> pp.relowner
      and pc.relowner <> (select oid from pg_catalog.pg_roles where rolname = current_user)),
    ('the grants', pc.relacl is not null),
    ('the row-level security', pc.relrowsecurity or pc.relforcerowsecurity),
    ('the storage settings', pc.reloptions is not null
      or exists (select from pg_catalog.pg_class x where x.oid = pc.reltoastrelid and x.reloptions is not null)),
    ('the tablespace', pc.reltablespace <> pp.reltablespace),
    ('the access method', pc.relam not in (0, pp.relam, (select oid from pg_catalog.pg_am
      where pp.relam = 0 and amname = current_setting('default_table_access_method')))),
    ('the persistence', pc.relpersistence <> pp.relpersistence),
    ('the replica identity', pc.relreplident <> 'd'),
    ('the partitioning', pc.relkind = 'p'),
    ('the foreign server', pc.relkind = 'f'),
    ('the DEFAULT bound', pg_get_expr(pc.relpartbound, pc.oid) = 'DEFAULT'),
    ('the security label', exists (select from pg_catalog.pg_seclabel l
      where l.classoid = 'pg_class'::regclass and l.objoid = pc.oid)),
    ('the place in a subscription', exists (select from pg_catalog.pg_subscription_rel s where s.srrelid = pc.oid))
  ) r(what, is_own)
  where r.is_own
  union all select format('the %s of the column %I', r.what, a.attname)
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_type t on t.oid = a.atttypid
  join pg_catalog.pg_attribute p on p.attrelid = pp.oid and p.attname = a.attname
  left join pg_catalog.pg_attrdef ad on ad.adrelid = a.attrelid and ad.adnum = a.attnum
  left join pg_catalog.pg_attrdef pd on pd.adrelid = p.attrelid and pd.adnum = p.attnum
  cross join lateral (values
    ('NOT NULL', a.attnotnull and not p.attnotnull),
    ('default', pg_get_expr(ad.adbin, ad.adrelid) <> coalesce(pg_get_expr(pd.adbin, pd.adrelid), '')),
    ('grants', a.attacl is not null),
    ('statistics target', coalesce(a.attstattarget, -1) not in (-1, coalesce(p.attstattarget, -1))),
    ('options', a.attoptions is not null),
    ('storage', a.attstorage not in (p.attstorage, t.typstorage)),
    ('compression', a.attcompression not in ('', p.attcompression))
  ) r(what, is_own)
  where a.attrelid = pc.oid and a.attnum > 0 and not a.attisdropped and r.is_own
    and (a.attnotnull or a.atthasdef or a.attacl is not null or a.attoptions is not null or a.attcompression <> ''
      or coalesce(a.attstattarget, -1) <> -1 or a.attstorage <> t.typstorage)
  union all select 'the comment' || coalesce(' of the column ' || quote_ident(a.attname), '')
  from pg_catalog.pg_description s
  left join pg_catalog.pg_attribute a on a.attrelid = s.objoid and a.attnum = s.objsubid and a.attnum > 0
  where s.classoid = 'pg_class'::regclass and s.objoid = pc.oid
  union all (select pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid)
  from pg_catalog.pg_depend d
  where d.refclassid = 'pg_class'::regclass and d.refobjid = pc.oid and d.deptype in ('n', 'a') and not (
    d.classid = 'pg_attrdef'::regclass
    or (d.classid = 'pg_class'::regclass and (d.objid = pc.oid
      or exists (select from pg_catalog.pg_inherits i where i.inhrelid = d.objid)
      or exists (select from pg_catalog.pg_index x where x.indexrelid = d.objid and not x.indisvalid)))
    or (d.classid = 'pg_constraint'::regclass and exists (select from pg_catalog.pg_constraint k
      where k.oid = d.objid and (k.conparentid <> 0 or k.coninhcount > 0)))
    or (d.classid = 'pg_trigger'::regclass and exists (select from pg_catalog.pg_trigger g
      where g.oid = d.objid and (g.tgisinternal or g.tgparentid <> 0)))
  )
  union select format('the use of its row type in %s', pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid))
  from pg_catalog.pg_depend d
  where d.refclassid = 'pg_type'::regclass and d.refobjid = pc.reltype and d.deptype = 'n'
  union select format('the comment on %s', pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid))
  from pg_catalog.pg_depend d
  join pg_catalog.pg_description s on s.classoid = d.classid and s.objoid = d.objid and s.objsubid = 0
  where d.refclassid = 'pg_class'::regclass and d.refobjid = pc.oid and not coalesce(s.description ~ '^Made by dataform from the config of the model \(([0-9a-f]{8})\)$', false))
  union all select format('the settings of the index %s', x.indexrelid::regclass)
  from pg_catalog.pg_index x
  join pg_catalog.pg_class xc on xc.oid = x.indexrelid
  join pg_catalog.pg_inherits i on i.inhrelid = x.indexrelid
  join pg_catalog.pg_class px on px.oid = i.inhparent
  where x.indrelid = pc.oid and (x.indisclustered or x.indisreplident or xc.reltablespace <> px.reltablespace
    or xc.reloptions is distinct from px.reloptions)
  union all select format('the state of the trigger %I', g.tgname)
  from pg_catalog.pg_trigger g
  join pg_catalog.pg_trigger p on p.oid = g.tgparentid
  where g.tgrelid = pc.oid and not g.tgisinternal and g.tgenabled <> p.tgenabled
) own))
          )) order by e.relname), '[]')
        from existing e where e.first_day < n.next_day and e.next_day > n.first_day
      )
    ) order by n.first_day), '[]')
    from (
      select needed.first_day, (needed.first_day + interval '1 month')::date as next_day
      from (select distinct date_trunc('month', "day"::timestamp)::date as first_day
    from dataform_delta where isfinite("day")) needed
    ) n
  ),
  'indexes', (
    select coalesce(json_agg(pg_get_indexdef(x.indexrelid) order by x.indexrelid), '[]') from pg_catalog.pg_index x
    where x.indrelid = '"s"."f"'::regclass
      and not exists (select from pg_catalog.pg_constraint k where k.conindid = x.indexrelid and k.conrelid = x.indrelid)
  ),
  'isRewritten', (
    exists (select from pg_catalog.pg_trigger g where not g.tgisinternal and g.tgenabled <> 'D'
      and (g.tgrelid = '"s"."f"'::regclass or g.tgrelid in (select relid from pg_catalog.pg_partition_tree('"s"."f"'::regclass))))
    or exists (select from pg_catalog.pg_rewrite r where r.ev_class = '"s"."f"'::regclass)
  )
) as facts;
-- as things are:
commit;

-- s.f: at the end of the run
-- expired partitions:
with existing as materialized (
  select pc.oid, pn.nspname, pc.relname,
    coalesce(substring(b.bound from $re$FROM \('([^']+)'\)$re$)::timestamp::date, '-infinity') as first_day,
    coalesce(substring(b.bound from $re$TO \('([^']+)'\)$re$)::timestamp::date, 'infinity') as next_day
  from pg_catalog.pg_inherits i
  join pg_catalog.pg_class pc on pc.oid = i.inhrelid
  join pg_catalog.pg_namespace pn on pn.oid = pc.relnamespace
  cross join lateral (select pg_get_expr(pc.relpartbound, pc.oid) as bound) b
  where i.inhparent = to_regclass('"s"."f"') and b.bound <> 'DEFAULT'
)
select coalesce(json_agg(json_build_object('schema', nspname, 'name', relname) order by first_day), '[]') as facts
from existing where next_day <= date '2025-03-31' - 365;
-- what follows depends on the answer
