-- create schema s

-- s.t (table, definitions/t.sqlx): created
begin;
-- pre-operations
set local work_mem = '64MB';
-- create table
create table "s"."t" with (fillfactor = 90) as (
select 1 as id
);
-- indexes, statistics, comments
create index "t_id_idx" on "s"."t" using btree ("id");
comment on index "s"."t_id_idx" is 'Made by dataform from the config of the model (f1076f77)';
create index "t_lower_name_idx" on "s"."t" using btree ((lower(name))) where id > 0;
comment on index "s"."t_lower_name_idx" is 'Made by dataform from the config of the model (56a1b40e)';
analyze "s"."t";
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
-- audit t_rows: no row may fail
with failing_rows as materialized (
SELECT 'id > 0' AS failing_row_condition, "s"."t".* FROM "s"."t" WHERE NOT (id > 0)
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
-- audit t_key: no row may fail
with failing_rows as materialized (
SELECT * FROM (SELECT id, COUNT(*) AS index_row_count FROM "s"."t" GROUP BY id) AS keys WHERE index_row_count > 1
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
-- foreign keys
-- (under these locks, or not at all for now)
lock table "s"."t" in share row exclusive mode;
alter table "s"."t" add constraint "t_id_fkey" foreign key ("id") references "s"."parent" ("id") on delete cascade;
comment on constraint "t_id_fkey" on "s"."t" is 'Made by dataform from the config of the model (faff847f)';
-- remember what is written
select set_config('dataform.written', (
    select string_agg(concat_ws(' ', c.oid, pg_relation_filenode(c.oid), pg_stat_get_xact_tuples_inserted(c.oid),
      pg_stat_get_xact_tuples_updated(c.oid), pg_stat_get_xact_tuples_deleted(c.oid),
      (select json_agg(a.attname order by a.attnum) from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0),
      (select r.xmin from pg_catalog.pg_rewrite r where r.ev_class = c.oid and r.rulename = '_RETURN')), '; ' order by c.oid)
    from pg_catalog.pg_class c
    where c.oid = to_regclass('"s"."t"') or c.oid in (select relid from pg_catalog.pg_partition_tree(to_regclass('"s"."t"')))
  ), true);
savepoint dataform_post_operations;
-- post-operations
grant select on s.t to public;
-- what the post-operations have written: evaluate the assertions again, if rows have changed (a look at the counts)
-- what follows depends on the answer
commit;

-- a.t_rows (assertion, definitions/t_rows.sqlx): passed
--   evaluated before its model is published

-- a.t_key (assertion, definitions/t_rows.sqlx): passed
--   evaluated before its model is published
