-- s.t (incremental, definitions/t.sqlx): merged
--   warning: the index t_id_key is built: its declaration has changed
begin;
-- query the delta
create temporary table dataform_delta on commit drop as (
select id, name, doc from src where is_new
);
analyze dataform_delta;
-- look at the delta:
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
    where a.attrelid = '"s"."t"'::regclass and a.attnum > 0 and not a.attisdropped
  ),
  'badKeys', (
    select coalesce(json_agg(bad), '[]') from (
      select "id", count(*) as rows from dataform_delta group by "id"
      having count(*) > 1 or not (row("id") is not null) limit 5
    ) bad
  ),
  'unplaced', 0,
  'partitions', '[]'::json,
  'indexes', '[]'::json,
  'isRewritten', (
    exists (select from pg_catalog.pg_trigger g where not g.tgisinternal and g.tgenabled <> 'D'
      and (g.tgrelid = '"s"."t"'::regclass or g.tgrelid in (select relid from pg_catalog.pg_partition_tree('"s"."t"'::regclass))))
    or exists (select from pg_catalog.pg_rewrite r where r.ev_class = '"s"."t"'::regclass)
  )
) as facts;
-- as things are:
-- audit t_rows: no row may fail
with failing_rows as materialized (
SELECT 'id > 0' AS failing_row_condition, "t".* FROM "pg_temp"."dataform_delta" as "t" WHERE NOT (id > 0)
)
select
  (select count(*) from failing_rows) as failing_rows,
  (
    select coalesce(json_agg((
      select json_object_agg(key, case when length(value::text) > 500 then to_json(left(value::text, 500) || '…') else value end)
      from json_each(to_json(s))
    )), '[]')
    from (select * from failing_rows limit 5) s
  ) as sample;
-- merge
merge into "s"."t" as dataform_dest
using dataform_delta as dataform_source
on dataform_dest."id" = dataform_source."id"
  and (
dataform_dest.id > 5
)
  and (
dataform_dest.id < 9
)
when matched and row(dataform_dest."name", dataform_dest."doc")::record *<> row(dataform_source."name"::text, dataform_source."doc"::json)::record then update set
  "name" = dataform_source."name",
  "doc" = dataform_source."doc"
when not matched then insert ("id", "name", "doc")
  values (dataform_source."id", dataform_source."name", dataform_source."doc");
-- audit t_key: no row may fail
with failing_rows as materialized (
select * from (
  select id, count(*) as index_row_count
  from (
    select found.*
    from (select distinct id from dataform_delta) as arrived
    cross join lateral (
      select present.id from "s"."t" as present where present.id = arrived.id offset 0
    ) as found
    union all
    select id from "s"."t" where not (row(id) is not null) and exists (select from dataform_delta where not (row(id) is not null))
  ) as rows
  group by id
) as keys
where index_row_count > 1
)
select
  (select count(*) from failing_rows) as failing_rows,
  (
    select coalesce(json_agg((
      select json_object_agg(key, case when length(value::text) > 500 then to_json(left(value::text, 500) || '…') else value end)
      from json_each(to_json(s))
    )), '[]')
    from (select * from failing_rows limit 5) s
  ) as sample;
-- comments
do $dataform$
declare
  item record;
begin
  for item in
    select d.key as name, d.value as description, a.attname is null as is_missing
    from jsonb_each_text('{"id":"The key."}'::jsonb) d
    left join pg_catalog.pg_attribute a
      on a.attrelid = '"s"."t"'::regclass and a.attname = d.key and a.attnum > 0 and not a.attisdropped
  loop
    if item.is_missing then
      raise warning 'column % is described, but the query does not give it', item.name;
    else
      execute format('comment on column "s"."t".%I is %L', item.name, item.description);
    end if;
  end loop;
end
$dataform$;
commit;
-- build the index t_id_key
drop index concurrently if exists "s"."dataform_new_t_id_key";
-- build the index t_id_key
create unique index concurrently "dataform_new_t_id_key" on "s"."t" using btree ("id");
-- build the index t_id_key
comment on index "s"."dataform_new_t_id_key" is 'Made by dataform from the config of the model (4aedfefc)';
-- build the index t_id_key
drop index concurrently if exists "s"."t_id_key";
-- build the index t_id_key
alter index "s"."dataform_new_t_id_key" rename to "t_id_key";

-- a.t_rows (assertion, definitions/t_rows.sqlx): passed
--   evaluated before its model is published

-- a.t_key (assertion, definitions/t_rows.sqlx): passed
--   evaluated before its model is published
