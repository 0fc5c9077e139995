-- create schema s

-- s.t (table, definitions/t.sqlx): created
begin;
-- create table
create table "s"."t" as (
select 1 as id
);
-- indexes, statistics, comments
analyze "s"."t";
commit;

-- a.t_rows (assertion, definitions/t_rows.sqlx): passed
-- assert
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
