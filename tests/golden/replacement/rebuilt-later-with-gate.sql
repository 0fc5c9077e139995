-- warning: the column name is removed
-- prepare
do $dataform1$
begin
  perform set_config('search_path', current_setting('dataform.search_path'), true);
  execute 'create materialized view "s"."dataform_shadow_1270" as
select id, 1 as one from "s"."shadow" as "t";';
  perform set_config('search_path', '', true);
  if exists (
    values ('id'::name, 'integer')
    except
    select attname, format_type(atttypid, atttypmod) from pg_catalog.pg_attribute
    where attrelid = '"s"."dataform_shadow_1270"'::regclass and attnum > 0
  ) or exists (select from pg_catalog.pg_rewrite r
    join pg_catalog.pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
    where r.ev_class = '"s"."dataform_shadow_1270"'::regclass and d.refclassid = 'pg_class'::regclass
      and d.refobjid in (to_regclass('"s"."t"'), to_regclass('"s"."m"'))) then
    raise exception 'it does not fit';
  end if;
exception when others then
  execute 'do $dataform$
begin
  begin
    execute ''create materialized view "s"."dataform_shadow_1270" as
SELECT t.id
   FROM "s"."shadow" as "t";'';
  exception when syntax_error_or_access_rule_violation then
    if sqlstate = ''42501'' then raise; end if;
    raise exception ''%'', ''the materialized view s.m can''''t be made anew over the new s.t, because a name in its query can be read in two ways: '' || replace(sqlerrm, ''shadow'', ''t'') using errcode = ''feature_not_supported'', hint = ''Drop the view and make it again after the run, or make it a model of this project.'';
  end;
  if exists (select from pg_catalog.pg_rewrite r
    join pg_catalog.pg_depend d on d.classid = ''pg_rewrite''::regclass and d.objid = r.oid
    where r.ev_class = ''"s"."dataform_shadow_1270"''::regclass and d.refclassid = ''pg_class''::regclass
      and d.refobjid in (to_regclass(''"s"."t"''), to_regclass(''"s"."m"''))) then
    raise exception ''%'', ''the materialized view s.m can''''t be made anew over the new s.t, because a name in its query can be read in two ways'' using errcode = ''feature_not_supported'', hint = ''Drop the view and make it again after the run, or make it a model of this project.'';
  end if;
end
$dataform$;';
end
$dataform1$;
-- audit m_rows
with failing_rows as materialized (
select * from "s"."dataform_shadow_1270" as "m" where not (id > 0)
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
-- locks
alter view "s"."v" owner to "me"
alter materialized view "s"."m" owner to "me"
alter table "s"."t" owner to "me"
-- swap
drop view "s"."v";
alter table "s"."t" rename to "dataform_old_1277";
alter table "s"."shadow" rename to "t";
alter materialized view "s"."m" rename to "dataform_old_1270";
alter materialized view "s"."dataform_shadow_1270" rename to "m";
drop materialized view "s"."dataform_old_1270";
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
-- audit v_rows
with failing_rows as materialized (
select * from s.v where not (id > 0)
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
