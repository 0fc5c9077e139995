-- prepare
-- locks
alter materialized view "s"."m" owner to "me"
alter view "s"."v" owner to "me"
alter table "s"."t" owner to "me"
-- swap
drop materialized view "s"."m";
alter table "s"."t" rename to "dataform_old_1277";
alter table "s"."shadow" rename to "t";
create or replace view "s"."v" as
SELECT t.id
   FROM s.t;
drop table "s"."dataform_old_1277";
alter index "s"."shadow_0" rename to "t_id_idx";
do $dataform$
begin
begin
  execute 'create materialized view "s"."m" as
SELECT t.id
   FROM s.t;';
exception when others then
  raise exception 'the view % does not fit the new %: %', '"s"."m"', '"s"."t"', sqlerrm
      using errcode = sqlstate, hint = 'Change the view, drop it, or make it a model of this project.';
end;
end
$dataform$;
select set_config('search_path', current_setting('dataform.search_path'), true);
