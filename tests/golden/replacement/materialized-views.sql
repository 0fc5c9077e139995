-- prepare
create materialized view "s"."dataform_shadow_1270" tablespace "fast" as
SELECT t.id
   FROM "s"."shadow" as "t";
alter materialized view "s"."dataform_shadow_1270" set (fillfactor=70);
create unique index "dataform_shadow_1270_kept0" on "s"."dataform_shadow_1270" using btree (id);
comment on index "s"."dataform_shadow_1270_kept0" is 'Made by dataform from the config of the model (0123abcd)';
create materialized view "s"."dataform_shadow_1720" as
SELECT t.id
   FROM "s"."shadow" as "t"
with no data;
create materialized view "s"."dataform_shadow_1320" as
SELECT m.id
   FROM "s"."dataform_shadow_1270" as "m";
-- locks
alter view "s"."v" owner to "me"
alter view "s"."on_m" owner to "me"
alter materialized view "s"."m2" owner to "me"
alter materialized view "s"."empty" owner to "me"
alter materialized view "s"."m" owner to "me"
alter table "s"."t" owner to "me"
-- swap
alter table "s"."t" rename to "dataform_old_1277";
alter table "s"."shadow" rename to "t";
alter materialized view "s"."m" rename to "dataform_old_1270";
alter materialized view "s"."dataform_shadow_1270" rename to "m";
alter materialized view "s"."empty" rename to "dataform_old_1720";
alter materialized view "s"."dataform_shadow_1720" rename to "empty";
alter materialized view "s"."m2" rename to "dataform_old_1320";
alter materialized view "s"."dataform_shadow_1320" rename to "m2";
create or replace view "s"."v" as
SELECT t.id
   FROM s.t;
create or replace view "s"."on_m" as
SELECT m.id
   FROM s.m;
drop materialized view "s"."dataform_old_1320";
drop materialized view "s"."dataform_old_1720";
drop materialized view "s"."dataform_old_1270";
drop table "s"."dataform_old_1277";
alter index "s"."shadow_0" rename to "t_id_idx";
alter index "s"."dataform_shadow_1270_kept0" rename to "m_id";
select set_config('search_path', current_setting('dataform.search_path'), true);
