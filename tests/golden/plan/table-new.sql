-- create schema s

-- s.t (table, definitions/t.sqlx): created
begin;
-- pre-operations
set local work_mem = '64MB';
-- create table
drop table if exists "s"."dataform_shadow_e358efa489f5";
create table "s"."dataform_shadow_e358efa489f5" with (fillfactor = 90) as (
select 1 as id
);
-- indexes, statistics, comments
create index "dataform_shadow_e358efa489f5_0" on "s"."dataform_shadow_e358efa489f5" using btree ("id");
create index "dataform_shadow_e358efa489f5_1" on "s"."dataform_shadow_e358efa489f5" using btree ((lower(name))) where id > 0;
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
alter table "s"."dataform_shadow_e358efa489f5" rename to "t";
alter index "s"."dataform_shadow_e358efa489f5_0" rename to "t_id_idx";
alter index "s"."dataform_shadow_e358efa489f5_1" rename to "t_lower_name_idx";
-- post-operations
grant select on s.t to public;
commit;
