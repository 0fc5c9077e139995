-- s.t (incremental, definitions/t.sqlx): appended
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
