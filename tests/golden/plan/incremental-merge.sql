-- s.t (incremental, definitions/t.sqlx): merged
begin;
-- query the delta
create temporary table dataform_delta on commit drop as
select id, name, doc from src where is_new
;
analyze dataform_delta;
-- check unique key
select "id", count(*) as rows from dataform_delta group by "id" having count(*) > 1 limit 5;
-- merge
merge into "s"."t" as t
using dataform_delta as d
on t."id" = d."id"
when matched and (t."name" is distinct from d."name"::text
  or t."doc"::text is distinct from d."doc"::json::text) then update set
  "name" = d."name",
  "doc" = d."doc"
when not matched then insert ("id", "name", "doc")
  values (d."id", d."name", d."doc");
-- comments
do $comments$
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
$comments$;
commit;
