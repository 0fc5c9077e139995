-- s.f (incremental, definitions/f.sqlx): appended
--   warning: the index f_id_idx is built: it is declared and was missing
--   warning: the index f_old_idx is no longer declared and is dropped
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
          'covers', e.first_day <= n.first_day and e.next_day >= n.next_day, 'isFixed', true) order by e.relname), '[]')
        from existing e where e.first_day < n.next_day and e.next_day > n.first_day
      )
    ) order by n.first_day), '[]')
    from (
      select needed.first_day, (needed.first_day + interval '1 month')::date as next_day
      from (select distinct date_trunc('month', "day"::timestamp)::date as first_day
    from dataform_delta where isfinite("day")) needed
    ) n
  ),
  'indexes', '[]'::json,
  'isRewritten', (
    exists (select from pg_catalog.pg_trigger g where not g.tgisinternal and g.tgenabled <> 'D'
      and (g.tgrelid = '"s"."f"'::regclass or g.tgrelid in (select relid from pg_catalog.pg_partition_tree('"s"."f"'::regclass))))
    or exists (select from pg_catalog.pg_rewrite r where r.ev_class = '"s"."f"'::regclass)
  )
) as facts;
-- as things are:
-- append
insert into "s"."f" ("id", "name", "doc", "day")
select "id", "name", "doc", "day" from dataform_delta;
commit;
begin;
-- build the index f_id_idx
-- (under these locks, or not at all for now)
lock table only "s"."f" in access exclusive mode;
create index "f_id_idx" on only "s"."f" using btree ("id");
comment on index "s"."f_id_idx" is 'Made by dataform from the config of the model (3d3037e9)';
commit;
-- partitions without the index f_id_idx:
select coalesce(json_agg(json_build_object('schema', n.nspname, 'name', c.relname,
  'isDone', exists (select from pg_catalog.pg_index x join pg_catalog.pg_inherits xi on xi.inhrelid = x.indexrelid
    where x.indrelid = c.oid and xi.inhparent = '"s"."f_id_idx"'::regclass)) order by c.relname), '[]') as facts
from pg_catalog.pg_inherits i
join pg_catalog.pg_class c on c.oid = i.inhrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where i.inhparent = '"s"."f"'::regclass;
-- what follows depends on the answer
begin;
-- drop the index f_old_idx
-- (under these locks, or not at all for now)
lock table "s"."f" in access exclusive mode;
drop index if exists "s"."f_old_idx";
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
