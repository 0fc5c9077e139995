-- warning: the column id changes from integer to bigint
-- prepare
-- locks
alter view "s"."on_v" owner to "me"
alter view "s"."v" owner to "me"
alter view "s"."untouched" owner to "me"
alter table "s"."t" owner to "me"
-- swap
drop view "s"."on_v";
drop view "s"."v";
alter table "s"."t" rename to "dataform_old_1277";
alter table "s"."shadow" rename to "t";
create or replace view "s"."untouched" as
SELECT t.name
   FROM s.t;
drop table "s"."dataform_old_1277";
alter index "s"."shadow_0" rename to "t_id_idx";
do $dataform$
begin
begin
  execute 'create view "s"."v" as
SELECT t.id
   FROM s.t;';
exception when others then
  raise exception 'the view % does not fit the new %: %', '"s"."v"', '"s"."t"', sqlerrm
      using errcode = sqlstate, hint = 'Change the view, drop it, or make it a model of this project.';
end;
end
$dataform$;
grant select on "s"."v" to "a";
do $dataform$
begin
begin
  execute 'create view "s"."on_v" as
SELECT v.id
   FROM s.v;';
exception when others then
  raise exception 'the view % does not fit the new %: %', '"s"."on_v"', '"s"."t"', sqlerrm
      using errcode = sqlstate, hint = 'Change the view, drop it, or make it a model of this project.';
end;
end
$dataform$;
select set_config('search_path', current_setting('dataform.search_path'), true);
