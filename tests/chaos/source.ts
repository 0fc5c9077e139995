/**
 * The input of the models, and what other people have put on them. All of it follows from a seed and a generation.
 */

/** A whole number from 0 to `limit - 1` that depends on a row and a seed alone, as SQL. */
const draw = (row: string, seed: number, limit: number): string =>
  `(abs(hashint8extended(${row}, ${seed}) % ${limit}))::int`

const newRows = (first: number, count: number, gen: number, seed: number): string =>
  `insert into src.events
select id, date '2025-01-28' + ${draw('id', seed + 1, 8)}, chr(97 + ${draw('id', seed + 2, 4)}),
  ${draw('id', seed + 3, 1000)}, ${gen}
from generate_series(${first}, ${first + count - 1}) id`

/** The source as it is at first. */
export function createSource(seed: number): string {
  return `create schema src;
create table src.kinds (kind text primary key);
insert into src.kinds select chr(97 + n) from generate_series(0, 3) n;
create table src.events (id int primary key, day date, kind text, amount int, batch int);
${newRows(1, 150, 0, seed)}`
}

/** Changes the source to what it is at a generation: some rows change, some go, some come. */
export function changeSource(gen: number, seed: number): string {
  const salt = seed + 10 * gen
  return `begin;
update src.events set amount = ${draw('id', salt, 1000)}, batch = ${gen} where ${draw('id', salt + 4, 8)} = 0;
delete from src.events where id > 20 and ${draw('id', salt + 5, 20)} = 0;
${newRows(gen * 1000, 15, gen, salt)};
commit`
}

/** The lines of the file that comes with a generation. */
export function newFile(gen: number): string {
  return Array.from(
    { length: 10 },
    (_, i) => `{"n": ${gen * 10 + i}, "name": "thing ${i}"}\n`,
  ).join('')
}

/**
 * What hangs off the models and is no part of the project.
 * @param role somebody who may read
 */
export function putOutside(role: string): string {
  return `create schema out;
create function out.touch() returns trigger language plpgsql as $$ begin return new; end $$;
grant usage on schema m to ${role};
grant select on m.hub to ${role} with grant option;
grant update (amount) on m.hub to ${role};
create index hub_by_hand on m.hub (amount desc) where amount > 10;
create statistics m.hub_stats on day, kind from m.hub;
create trigger hub_touch before insert or update on m.hub for each row execute function out.touch();
alter table m.hub enable row level security;
create policy hub_policy on m.hub for select to ${role} using (amount >= 0);
alter table m.hub add constraint hub_amount check (amount >= 0);
comment on column m.hub.kind is 'by hand';
create table out.orders (n int primary key, hub_id int references m.hub (id) on delete cascade);
insert into out.orders select n, n from generate_series(1, 20) n;
create view out.hub_view with (security_barrier = true) as select id, amount, kind from m.hub;
create view out.hub_view_2 as select kind, sum(amount)::int as total from out.hub_view group by kind;
comment on view out.hub_view is 'by hand';
grant select on out.hub_view_2 to ${role};
create materialized view out.hub_mat as select id, amount from m.hub;
create unique index hub_mat_id on out.hub_mat (id);
grant select on out.hub_mat to ${role};
create view out.hub_mat_view as select count(*)::int as n, sum(amount)::int as total from out.hub_mat;
create view out.shape_view as select id, kind from m.shape;
create materialized view out.shape_mat as select count(*)::int as n from out.shape_view;
create view out.mat_view as select kind, n from m.mat;
create view out.mat_key_view as select id, amount from m.mat_key;
create view out.merge_view as select id, amount from m.merge;
create view out.parts_view as select id, amount from m.parts;
${DDL_COUNTER}`
}

/** Counts the statements that change the catalog, and ends the session, or fills its disk, at one of them. */
const DDL_COUNTER = `create schema chaos;
create sequence chaos.ddl;
create table chaos.at (n int, how text);
insert into chaos.at values (0, '');
create function chaos.count() returns event_trigger language plpgsql as $$
declare
  n constant bigint := nextval('chaos.ddl');
  at constant chaos.at := (select a from chaos.at a);
begin
  if n = at.n and at.how = 'kill' then perform pg_terminate_backend(pg_backend_pid()); end if;
  if n = at.n and at.how = 'full' then raise 'no space left' using errcode = 'disk_full'; end if;
end $$;
create event trigger chaos_count on ddl_command_end execute function chaos.count()`
