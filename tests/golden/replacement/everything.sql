-- warning: the index by_hand is kept, but the model does not declare it
-- prepare
alter table "s"."shadow" set (autovacuum_enabled=false, toast.autovacuum_enabled=false);
alter table "s"."shadow" alter column "id" set default nextval('s.q'::regclass);
alter table "s"."shadow" alter column "id" set not null;
comment on column "s"."shadow"."id" is 'key';
alter table "s"."shadow" alter column "name" set statistics 50;
alter table "s"."shadow" alter column "name" set (n_distinct=5);
alter table "s"."shadow" alter column "name" set storage EXTERNAL;
alter table "s"."shadow" alter column "name" set compression lz4;
create unique index "shadow_kept0" on "s"."shadow" using btree (lower(name)) WHERE (id > 0);
comment on index "s"."shadow_kept0" is 'mine';
alter table "s"."shadow" cluster on "shadow_kept0";
alter table "s"."shadow" add constraint "shadow_kept1" PRIMARY KEY (id);
alter table "s"."shadow" replica identity using index "shadow_kept1";
alter table "s"."shadow" add constraint "positive" CHECK ((id > 0)) not valid;
comment on constraint "positive" on "s"."shadow" is 'c';
CREATE STATISTICS "o"."shadow_stat0" ON id, name FROM "s"."shadow";
alter statistics "o"."shadow_stat0" set statistics 100;
analyze "s"."shadow";
alter table "s"."shadow" replica identity full;
alter publication "pub" add table "s"."shadow" ("id") where ((id > 0));
comment on table "s"."shadow" is 'it''s';
alter table "s"."shadow" owner to "them";
do $dataform$
declare
  statement text;
begin
  for statement in
    select distinct format('revoke all on %s from %s', '"s"."shadow"',
      case g.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end)
    from pg_catalog.pg_class c, aclexplode(c.relacl) g
    where c.oid = '"s"."shadow"'::regclass and g.grantee <> c.relowner
  loop
    execute statement;
  end loop;
end
$dataform$;
grant select on "s"."shadow" to "a""b" with grant option;
grant insert on "s"."shadow" to public;
grant update ("name") on "s"."shadow" to public;
alter table "s"."shadow" validate constraint "positive";
-- locks of the foreign keys
lock table "s"."child" in share row exclusive mode
lock table "s"."shadow" in share row exclusive mode
alter table "s"."shadow" add constraint "self" FOREIGN KEY (id) REFERENCES "s"."shadow"(id);
alter table "s"."child" add constraint "dataform_incoming_0" FOREIGN KEY (t_id) REFERENCES "s"."shadow"(id) NOT VALID;
-- locks
lock table only "s"."child" in access exclusive mode
alter table "s"."t" owner to "them"
-- swap
alter table "s"."child" drop constraint "child_fk";
alter table "s"."child" rename constraint "dataform_incoming_0" to "child_fk";
comment on constraint "child_fk" on "s"."child" is 'k';
alter table "s"."t" rename to "dataform_old_1277";
alter table "s"."shadow" rename to "t";
CREATE TRIGGER g BEFORE INSERT ON s.t FOR EACH ROW EXECUTE FUNCTION s.f();
alter table "s"."t" enable always trigger "g";
CREATE RULE r AS ON INSERT TO s.t DO NOTHING;
alter table "s"."t" disable rule "r";
create policy "p" on "s"."t" as restrictive for update to "a", public using ((id = ( SELECT max(t_1.id) FROM s.t t_1))) with check (true);
comment on policy "p" on "s"."t" is 'p';
alter table "s"."t" enable row level security;
alter table "s"."t" force row level security;
CREATE OR REPLACE FUNCTION s.f() ...;
drop table "s"."dataform_old_1277";
alter index "s"."shadow_0" rename to "t_id_idx";
alter index "s"."shadow_kept0" rename to "by_hand";
alter index "s"."shadow_kept1" rename to "pk";
alter statistics "o"."shadow_stat0" rename to "st";
select set_config('search_path', current_setting('dataform.search_path'), true);
