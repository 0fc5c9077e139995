-- s.a (assertion, definitions/a.sqlx): passed
-- assert
with failing_rows as materialized (
select * from t where bad -- really
)
select
  (select count(*) from failing_rows) as failing_rows,
  (select coalesce(json_agg(to_json(s)), '[]') from (select * from failing_rows limit 5) s) as sample;
