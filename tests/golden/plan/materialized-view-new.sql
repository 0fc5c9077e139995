-- create schema s

-- s.m (view, definitions/m.sqlx): created
begin;
-- create materialized view
create materialized view "s"."m" as (
select 1 as id
);
-- indexes, statistics, comments
create unique index "m_id_key" on "s"."m" using btree ("id");
comment on index "s"."m_id_key" is 'Made by dataform from the config of the model (e09cf24b)';
analyze "s"."m";
commit;
