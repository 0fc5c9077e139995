-- s.f (incremental, definitions/f.sqlx): merged
begin;
-- query the delta
create temporary table dataform_delta on commit drop as (
select id, day from src where is_new
);
analyze dataform_delta;
-- check unique key
select count(*) as rows from dataform_delta where "id" is null or "day" is null having count(*) > 0;
-- check unique key
select "id", "day", count(*) as rows from dataform_delta group by "id", "day" having count(*) > 1 limit 5;
-- create missing indexes
create unique index "f_id_day_key" on "s"."f" using btree ("id", "day");
-- check partition key
select count(*) as rows from dataform_delta where "day" is null having count(*) > 0;
-- create partitions
do $dataform$
declare
  first_day date;
  name text;
begin
  for first_day in select distinct date_trunc('month', "day"::timestamp)::date from dataform_delta order by 1 loop
    name := 'f' || to_char(first_day, '"_p"YYYYMMDD');
    if to_regclass(format('%I.%I', 's', name)) is null then
      execute format('create table %I.%I partition of "s"."f" for values from (%L) to (%L)',
        's', name, first_day, (first_day + interval '1 month')::date);
    end if;
  end loop;
end
$dataform$;
-- merge
merge into "s"."f" as dataform_dest
using dataform_delta as dataform_source
on dataform_dest."id" = dataform_source."id"
  and dataform_dest."day" = dataform_source."day"
  and dataform_dest."day" between (select min("day") from dataform_delta) and (select max("day") from dataform_delta)
when matched and row(dataform_dest."name", dataform_dest."doc")::record *<> row(dataform_source."name"::text, dataform_source."doc"::json)::record then update set
  "name" = dataform_source."name",
  "doc" = dataform_source."doc"
when not matched then insert ("id", "name", "doc")
  values (dataform_source."id", dataform_source."name", dataform_source."doc");
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
