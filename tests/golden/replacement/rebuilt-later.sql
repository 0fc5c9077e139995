-- warning: the column name is removed
-- prepare
-- locks
alter view "s"."v" owner to "me"
alter table "s"."t" owner to "me"
-- swap
drop view "s"."v";
alter table "s"."t" rename to "dataform_old_1277";
alter table "s"."shadow" rename to "t";
drop table "s"."dataform_old_1277";
alter index "s"."shadow_0" rename to "t_id_idx";
do $dataform$
begin
begin
  execute 'create view "s"."v" as
SELECT t.name
   FROM s.t;';
exception when others then
  begin
  perform set_config('search_path', current_setting('dataform.search_path'), true);
  execute 'create view "s"."v" as
select id as name from s.t;';
  perform set_config('search_path', '', true);
exception when others then
  raise exception 'the view % does not fit the new %, neither as it was nor as it will be: %', '"s"."v"', '"s"."t"', sqlerrm
      using errcode = sqlstate, hint = 'Change its query as well. If it needs another model that changes in this run too, keep what the view reads for one more run.';
end;
end;
end
$dataform$;
select set_config('search_path', current_setting('dataform.search_path'), true);
