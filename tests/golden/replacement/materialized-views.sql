-- prepare
do $dataform$
begin
  begin
    execute 'create materialized view "s"."dataform_shadow_1270" tablespace "fast" as
SELECT t.id
   FROM "s"."shadow" as "t";';
  exception when syntax_error_or_access_rule_violation then
    if sqlstate = '42501' then raise; end if;
    raise exception '%', 'the materialized view s.m can''t be made anew over the new s.t, because a name in its query can be read in two ways: ' || replace(sqlerrm, 'shadow', 't') using errcode = 'feature_not_supported', hint = 'Drop the view and make it again after the run, or make it a model of this project.';
  end;
  if exists (select from pg_catalog.pg_rewrite r
    join pg_catalog.pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
    where r.ev_class = '"s"."dataform_shadow_1270"'::regclass and d.refclassid = 'pg_class'::regclass
      and d.refobjid in (to_regclass('"s"."t"'), to_regclass('"s"."m"'), to_regclass('"s"."empty"'), to_regclass('"s"."m2"'))) then
    raise exception '%', 'the materialized view s.m can''t be made anew over the new s.t, because a name in its query can be read in two ways' using errcode = 'feature_not_supported', hint = 'Drop the view and make it again after the run, or make it a model of this project.';
  end if;
end
$dataform$;
alter materialized view "s"."dataform_shadow_1270" set (fillfactor=70);
create unique index "dataform_shadow_1270_kept0" on "s"."dataform_shadow_1270" using btree (id);
comment on index "s"."dataform_shadow_1270_kept0" is 'Made by dataform from the config of the model (0123abcd)';
do $dataform$
begin
  begin
    execute 'create materialized view "s"."dataform_shadow_1720" as
SELECT t.id
   FROM "s"."shadow" as "t"
with no data;';
  exception when syntax_error_or_access_rule_violation then
    if sqlstate = '42501' then raise; end if;
    raise exception '%', 'the materialized view s.empty can''t be made anew over the new s.t, because a name in its query can be read in two ways: ' || replace(sqlerrm, 'shadow', 't') using errcode = 'feature_not_supported', hint = 'Drop the view and make it again after the run, or make it a model of this project.';
  end;
  if exists (select from pg_catalog.pg_rewrite r
    join pg_catalog.pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
    where r.ev_class = '"s"."dataform_shadow_1720"'::regclass and d.refclassid = 'pg_class'::regclass
      and d.refobjid in (to_regclass('"s"."t"'), to_regclass('"s"."m"'), to_regclass('"s"."empty"'), to_regclass('"s"."m2"'))) then
    raise exception '%', 'the materialized view s.empty can''t be made anew over the new s.t, because a name in its query can be read in two ways' using errcode = 'feature_not_supported', hint = 'Drop the view and make it again after the run, or make it a model of this project.';
  end if;
end
$dataform$;
do $dataform$
begin
  begin
    execute 'create materialized view "s"."dataform_shadow_1320" as
SELECT m.id
   FROM "s"."dataform_shadow_1270" as "m";';
  exception when syntax_error_or_access_rule_violation then
    if sqlstate = '42501' then raise; end if;
    raise exception '%', 'the materialized view s.m2 can''t be made anew over the new s.t, because a name in its query can be read in two ways: ' || replace(sqlerrm, 'shadow', 't') using errcode = 'feature_not_supported', hint = 'Drop the view and make it again after the run, or make it a model of this project.';
  end;
  if exists (select from pg_catalog.pg_rewrite r
    join pg_catalog.pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
    where r.ev_class = '"s"."dataform_shadow_1320"'::regclass and d.refclassid = 'pg_class'::regclass
      and d.refobjid in (to_regclass('"s"."t"'), to_regclass('"s"."m"'), to_regclass('"s"."empty"'), to_regclass('"s"."m2"'))) then
    raise exception '%', 'the materialized view s.m2 can''t be made anew over the new s.t, because a name in its query can be read in two ways' using errcode = 'feature_not_supported', hint = 'Drop the view and make it again after the run, or make it a model of this project.';
  end if;
end
$dataform$;
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
