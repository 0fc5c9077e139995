-- s.t (incremental, definitions/t.sqlx): merged
begin;
-- query the delta
create temporary table dataform_delta on commit drop as (
select id, name, doc from src where is_new
);
analyze dataform_delta;
-- check unique key
select count(*) as rows from dataform_delta where "id" is null having count(*) > 0;
-- check unique key
select "id", count(*) as rows from dataform_delta group by "id" having count(*) > 1 limit 5;
-- create missing indexes
create unique index "t_id_key" on "s"."t" using btree ("id");
-- merge
merge into "s"."t" as dataform_dest
using dataform_delta as dataform_source
on dataform_dest."id" = dataform_source."id"
when matched and row(dataform_dest."name", dataform_dest."doc")::record *<> row(dataform_source."name"::text, dataform_source."doc"::json)::record then update set
  "name" = dataform_source."name",
  "doc" = dataform_source."doc"
when not matched then insert ("id", "name", "doc")
  values (dataform_source."id", dataform_source."name", dataform_source."doc");
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
