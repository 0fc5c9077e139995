-- s.f (incremental, definitions/f.sqlx): merged
begin;
-- query the delta
create temporary table dataform_delta on commit drop as
select id, day from src where is_new
;
analyze dataform_delta;
-- check unique key
select "id", "day", count(*) as rows from dataform_delta group by "id", "day" having count(*) > 1 limit 5;
-- check partition key
select count(*) as rows from dataform_delta where "day" is null having count(*) > 0;
-- create partitions
do $partitions$
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
$partitions$;
-- merge
merge into "s"."f" as t
using dataform_delta as d
on t."id" = d."id"
  and t."day" = d."day"
  and t."day" between (select min("day") from dataform_delta) and (select max("day") from dataform_delta)
when matched and (t."name" is distinct from d."name"::text
  or t."doc"::text is distinct from d."doc"::json::text) then update set
  "name" = d."name",
  "doc" = d."doc"
when not matched then insert ("id", "name", "doc")
  values (d."id", d."name", d."doc");
commit;

-- s.f: drop expired partitions
do $expire$
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
$expire$;
select current_setting('dataform.dropped') as dropped;
