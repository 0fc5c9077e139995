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
  execute 'create view "s"."v" as
select id as name from s.t;';
exception when others then
  execute 'create view "s"."v" as select null::integer as "name" where ''s.v is being changed by a run of dataform; read it again when the run is over''::text::integer = 1';
    raise warning 'the view % fits the new % neither as it was nor as it will be: it can be read again after its own action', '"s"."v"', '"s"."t"';
end;
end;
end
$dataform$;
select set_config('search_path', current_setting('dataform.search_path'), true);
