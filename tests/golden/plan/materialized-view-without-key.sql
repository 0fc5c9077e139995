-- s.m (view, definitions/m.sqlx): replaced
begin;
-- the definition as it is now
create view "s"."dataform_shadow_6f8f57715090" as (
select 1 as id
);
-- has it changed: read from the catalog
-- as things are, refreshed:
-- tidy up
drop view "s"."dataform_shadow_6f8f57715090";
-- create materialized view
create materialized view "s"."dataform_shadow_6f8f57715090" as (
select 1 as id
);
-- indexes, statistics, comments
analyze "s"."dataform_shadow_6f8f57715090";
-- what hangs off it: read from the catalog
-- as things are:
-- swap
-- (under these locks, or not at all for now)
alter materialized view "s"."m" owner to "me";
-- make sure that nothing has changed on it (a look at the catalog), with an empty search path from here on
alter materialized view "s"."m" rename to "dataform_old_1270";
alter materialized view "s"."dataform_shadow_6f8f57715090" rename to "m";
drop materialized view "s"."dataform_old_1270";
select set_config('search_path', current_setting('dataform.search_path'), true);
commit;
