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
-- refresh
refresh materialized view concurrently "s"."m";
commit;
