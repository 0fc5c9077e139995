-- s.t (table, definitions/t.sqlx): rebuilt
begin;
-- create table
create table "s"."dataform_shadow_e358efa489f5" as (
select 1 as id
);
-- indexes, statistics, comments
analyze "s"."dataform_shadow_e358efa489f5";
-- swap
-- (under these locks, or not at all for now)
lock table "s"."t" in access exclusive mode;
-- make sure that still nothing hangs off it (a look at the catalog)
drop table "s"."t";
alter table "s"."dataform_shadow_e358efa489f5" rename to "t";
-- if that fails with DF001 or 2BP01, instead:
--   -- what hangs off it: read from the catalog
--   -- what follows depends on the answer
commit;
