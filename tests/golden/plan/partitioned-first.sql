-- create schema s

-- s.f (incremental, definitions/f.sqlx): created
begin;
-- query
create temporary table dataform_delta on commit drop as (
select id, day from src
);
-- check partition key:
select count(*)::int as facts from dataform_delta where "day" is null or not isfinite("day");
-- as things are:
-- create partitions
create table "s"."f" (like dataform_delta) partition by range ("day");
do $dataform$
declare
  first_day date;
begin
  for first_day in select distinct date_trunc('month', "day"::timestamp)::date as first_day
    from dataform_delta where isfinite("day") order by 1 loop
    execute format('create table %I.%I partition of "s"."f" for values from (%L) to (%L)',
      's', 'f' || to_char(first_day, '"_p"YYYYMMDD') || case when first_day < date '0001-01-01' then 'bc' else '' end,
      first_day, (first_day + interval '1 month')::date);
  end loop;
end
$dataform$;
-- fill partitions
insert into "s"."f" select * from dataform_delta;
-- drop temporary table
drop table dataform_delta;
-- indexes, statistics, comments
create unique index "f_id_day_key" on "s"."f" using btree ("id", "day");
comment on index "s"."f_id_day_key" is 'Made by dataform from the config of the model (8c9869ca)';
analyze "s"."f";
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
