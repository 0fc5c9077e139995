-- prepare
-- locks
alter view "s"."v" owner to "them"
alter table "s"."t" owner to "me"
-- swap
alter table "s"."t" rename to "dataform_old_1277";
alter table "s"."shadow" rename to "t";
create or replace view "s"."v" with (security_barrier=true) as
SELECT t.id
   FROM s.t;
drop table "s"."dataform_old_1277";
alter index "s"."shadow_0" rename to "t_id_idx";
select set_config('search_path', current_setting('dataform.search_path'), true);
