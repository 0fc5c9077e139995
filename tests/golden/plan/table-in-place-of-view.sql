-- s.t (table, definitions/t.sqlx): rebuilt
begin;
-- create table
create table "s"."dataform_shadow_e358efa489f5" as (
select 1 as id
);
-- indexes, statistics, comments
analyze "s"."dataform_shadow_e358efa489f5";
-- what hangs off it: read from the catalog
-- what is there is changing just now
commit;
