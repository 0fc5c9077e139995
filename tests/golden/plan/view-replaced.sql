-- s.t (view, definitions/t.sqlx): replaced
begin;
-- create view
create view "s"."dataform_shadow_e358efa489f5" as (
select 2 as id
);
-- audit t_rows: no row may fail
with failing_rows as materialized (
SELECT 'id > 0' AS failing_row_condition, "t".* FROM "s"."dataform_shadow_e358efa489f5" as "t" WHERE NOT (id > 0)
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
-- what is there: read from the catalog
-- as things are:
-- replace view
-- (under these locks, or not at all for now)
alter view "s"."t" owner to "me";
drop view "s"."dataform_shadow_e358efa489f5";
create or replace view "s"."t" with (security_barrier=true) as (
select 2 as id
);
commit;

-- a.t_rows (assertion, definitions/t_rows.sqlx): passed
--   evaluated before its model is published
