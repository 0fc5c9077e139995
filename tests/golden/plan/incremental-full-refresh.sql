-- s.t (incremental, definitions/t.sqlx): rebuilt
begin;
-- create table
create table "s"."dataform_shadow_e358efa489f5" as (
select id, name, doc from src
);
-- indexes, statistics, comments
create unique index "dataform_shadow_e358efa489f5_0" on "s"."dataform_shadow_e358efa489f5" using btree ("id");
comment on index "s"."dataform_shadow_e358efa489f5_0" is 'Made by dataform from the config of the model (4aedfefc)';
analyze "s"."dataform_shadow_e358efa489f5";
comment on table "s"."dataform_shadow_e358efa489f5" is 'One row a thing; don''t panic.';
do $dataform$
declare
  item record;
begin
  for item in
    select d.key as name, d.value as description, a.attname is null as is_missing
    from jsonb_each_text('{"id":"The key."}'::jsonb) d
    left join pg_catalog.pg_attribute a
      on a.attrelid = '"s"."dataform_shadow_e358efa489f5"'::regclass and a.attname = d.key and a.attnum > 0 and not a.attisdropped
  loop
    if item.is_missing then
      raise warning 'column % is described, but the query does not give it', item.name;
    else
      execute format('comment on column "s"."dataform_shadow_e358efa489f5".%I is %L', item.name, item.description);
    end if;
  end loop;
end
$dataform$;
-- swap
-- (under these locks, or not at all for now)
lock table "s"."t" in access exclusive mode;
-- make sure that still nothing hangs off it (a look at the catalog)
drop table "s"."t";
alter table "s"."dataform_shadow_e358efa489f5" rename to "t";
alter index "s"."dataform_shadow_e358efa489f5_0" rename to "t_id_key";
-- if that fails with DF001 or 2BP01, instead:
--   -- what hangs off it: read from the catalog
--   -- what follows depends on the answer
commit;
