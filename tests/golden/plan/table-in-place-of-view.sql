-- s.t (table, definitions/t.sqlx): rebuilt
begin;
-- create table
create table "s"."dataform_shadow_e358efa489f5" as (
select 1 as id
);
-- indexes, statistics, comments
analyze "s"."dataform_shadow_e358efa489f5";
-- what hangs off it: read from the catalog
-- as things are:
-- prepare the swap
select set_config('dataform.search_path', current_setting('search_path'), true), set_config('search_path', '', true);
grant select on "s"."dataform_shadow_e358efa489f5" to public;
select set_config('search_path', current_setting('dataform.search_path'), true);
-- swap
-- (under these locks, or not at all for now)
alter view "s"."t" owner to "me";
-- make sure that nothing has changed on it (a look at the catalog), with an empty search path from here on
alter view "s"."t" rename to "dataform_old_1277";
alter table "s"."dataform_shadow_e358efa489f5" rename to "t";
drop view "s"."dataform_old_1277";
select set_config('search_path', current_setting('dataform.search_path'), true);
commit;
