/**
 * The input of the models. All of it follows from a seed and a generation.
 */

/** A whole number from 0 to `limit - 1` that depends on a row and a seed alone, as SQL. */
const draw = (row: string, seed: number, limit: number): string =>
  `(abs(hashint8extended(${row}, ${seed}) % ${limit}))::int`

const newRows = (first: number, count: number, gen: number, seed: number): string =>
  `insert into src.events
select id, date '2025-01-28' + ${draw('id', seed + 1, 8)}, chr(97 + ${draw('id', seed + 2, 4)}),
  ${draw('id', seed + 3, 1000)}, ${gen}
from generate_series(${first}, ${first + count - 1}) id`

/** The source as it is at first, in an empty database, and what disturbs it. */
export function createSource(seed: number): string {
  return `create schema src;
create schema out;
create table src.kinds (kind text primary key);
insert into src.kinds select chr(97 + n) from generate_series(0, 3) n;
create table src.events (id int primary key, day date, kind text, amount int, batch int);
${newRows(1, 150, 0, seed)};
${DDL_COUNTER}`
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

/** Counts the statements that change the catalog, and ends the session, or fills its disk, at one of them. */
const DDL_COUNTER = `create schema chaos;
create sequence chaos.ddl;
create sequence chaos.locks;
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
