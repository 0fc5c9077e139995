-- create schema s

-- s.f (incremental, definitions/f.sqlx): created
begin;
-- query
create temporary table dataform_delta on commit drop as (
select id, day from src
);
-- check partition key
select count(*) as rows from dataform_delta where "day" is null having count(*) > 0;
-- create partitions
drop table if exists "s"."dataform_shadow_8fa14cdd754f";
create table "s"."dataform_shadow_8fa14cdd754f" (like dataform_delta) partition by range ("day");
do $dataform$
declare
  first_day date;
  name text;
begin
  for first_day in select distinct date_trunc('month', "day"::timestamp)::date from dataform_delta order by 1 loop
    name := 'dataform_shadow_8fa14cdd754f' || to_char(first_day, '"_p"YYYYMMDD');
    if to_regclass(format('%I.%I', 's', name)) is null then
      execute format('create table %I.%I partition of "s"."dataform_shadow_8fa14cdd754f" for values from (%L) to (%L)',
        's', name, first_day, (first_day + interval '1 month')::date);
    end if;
  end loop;
end
$dataform$;
-- fill partitions
insert into "s"."dataform_shadow_8fa14cdd754f" select * from dataform_delta;
-- drop temporary table
drop table dataform_delta;
-- indexes, statistics, comments
create unique index "dataform_shadow_8fa14cdd754f_0" on "s"."dataform_shadow_8fa14cdd754f" using btree ("id", "day");
analyze "s"."dataform_shadow_8fa14cdd754f";
-- swap
alter table "s"."dataform_shadow_8fa14cdd754f" rename to "f";
alter index "s"."dataform_shadow_8fa14cdd754f_0" rename to "f_id_day_key";
do $dataform$
declare
  part name;
begin
  for part in
    select c.relname from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
    where i.inhparent = '"s"."f"'::regclass
  loop
    execute format('alter table %I.%I rename to %I', 's', part,
      'f' || substr(part, 29));
  end loop;
end
$dataform$;
commit;

-- s.f: drop expired partitions
do $dataform$
declare
  part record;
  dropped text := '';
begin
  for part in
    select c.oid::regclass as name
    from pg_catalog.pg_inherits i
    join pg_catalog.pg_class c on c.oid = i.inhrelid
    where i.inhparent = to_regclass('"s"."f"')
      and substring(pg_get_expr(c.relpartbound, c.oid) from $re$TO \('([^']+)'\)$re$)::date <= date '2025-03-31' - 365
    order by 1
  loop
    dropped := concat_ws(', ', nullif(dropped, ''), part.name);
    execute format('drop table %s', part.name);
  end loop;
  perform set_config('dataform.dropped', dropped, true);
end
$dataform$;
select current_setting('dataform.dropped') as dropped;
