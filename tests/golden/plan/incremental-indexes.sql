-- s.t (incremental, definitions/t.sqlx): appended
--   warning: the index t_name_idx is built: its declaration has changed
--   warning: the index t_doc_idx is built: an earlier attempt failed
--   warning: the index t_id_idx is built: it is declared and was missing
--   warning: the index t_old_idx is no longer declared and is dropped
--   warning: the index by_hand is kept, but the model does not declare it
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
  'badKeys', '[]'::json,
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
-- append
insert into "s"."t" ("id", "name", "doc")
select "id", "name", "doc" from dataform_delta;
-- comments
comment on table "s"."t" is 'One row a thing; don''t panic.';
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
-- build the index t_name_idx
drop index concurrently if exists "s"."dataform_new_t_name_idx";
-- build the index t_name_idx
create index concurrently "dataform_new_t_name_idx" on "s"."t" using hash ("name");
-- build the index t_name_idx
comment on index "s"."dataform_new_t_name_idx" is 'Made by dataform from the config of the model (40dcb63d)';
-- build the index t_name_idx
drop index concurrently if exists "s"."t_name_idx";
-- build the index t_name_idx
alter index "s"."dataform_new_t_name_idx" rename to "t_name_idx";
-- build the index t_doc_idx
drop index concurrently if exists "s"."dataform_new_t_doc_idx";
-- build the index t_doc_idx
create index concurrently "dataform_new_t_doc_idx" on "s"."t" using gin ("doc" jsonb_path_ops);
-- build the index t_doc_idx
comment on index "s"."dataform_new_t_doc_idx" is 'Made by dataform from the config of the model (8a081beb)';
-- build the index t_doc_idx
drop index concurrently if exists "s"."t_doc_idx";
-- build the index t_doc_idx
alter index "s"."dataform_new_t_doc_idx" rename to "t_doc_idx";
-- build the index t_id_idx
drop index concurrently if exists "s"."dataform_new_t_id_idx";
-- build the index t_id_idx
create index concurrently "dataform_new_t_id_idx" on "s"."t" using btree ("id" desc nulls last) where id > 0;
-- build the index t_id_idx
comment on index "s"."dataform_new_t_id_idx" is 'Made by dataform from the config of the model (eec03982)';
-- build the index t_id_idx
alter index "s"."dataform_new_t_id_idx" rename to "t_id_idx";
-- drop the index t_old_idx
drop index concurrently "s"."t_old_idx";
