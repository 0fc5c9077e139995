/** What hangs off a table is there after its rebuild: each kind of thing, and all of them at once. */
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Json } from '../../src/graph/types.js'
import { storage, table, view } from '../support/actions.js'
import { createTestDatabase } from '../support/database.js'
import type { TestDatabase } from '../support/database.js'
import { runOne } from '../support/run-actions.js'

let db: TestDatabase
let role: string
beforeEach(async () => {
  db = await createTestDatabase()
  role = `r_${randomBytes(5).toString('hex')}`
  await db.rows(`create role ${role}`)
})
afterEach(async () => {
  await db.rows(`drop owned by ${role}`)
  await db.rows(`drop role ${role}`)
  await db.drop()
})

const OLD = `select n as id, n % 3 as kind, 'name ' || n as name from generate_series(1, 9) n`
const NEW = `select n as id, n % 3 as kind, 'new ' || n as name, now() as extra from generate_series(1, 12) n`

/** Each kind of thing: how it is made, and a query that must give the same before and after. */
const THINGS: readonly (readonly [string, string, string])[] = [
  [
    'grants, also with the grant option, and those of PUBLIC',
    'grant select, update on s.t to ROLE with grant option; grant insert on s.t to public',
    `select relacl::text from pg_class where oid = 's.t'::regclass`,
  ],
  [
    'grants on columns',
    'grant select (id, name) on s.t to ROLE; grant update (kind) on s.t to public',
    `select attname, attacl::text from pg_attribute where attrelid = 's.t'::regclass and attacl is not null order by 1`,
  ],
  [
    'the owner',
    'grant usage, create on schema s to ROLE; alter table s.t owner to ROLE',
    `select pg_get_userbyid(relowner) as owner from pg_class where oid = 's.t'::regclass`,
  ],
  [
    'comments',
    `comment on table s.t is 'it''s'; comment on column s.t.kind is 'a kind'`,
    `select obj_description('s.t'::regclass) as t, col_description('s.t'::regclass, 2) as c`,
  ],
  [
    'views to any depth, with what is on them',
    `create view s.v with (security_barrier = true, check_option = local) as select id, name from s.t where id > 1;
     create view s.w as select v.id, t.kind from s.v join s.t using (id);
     create schema o; create view o.x as select count(*) as n from s.w;
     comment on view s.v is 'v'; comment on column s.w.kind is 'w.kind';
     grant select on s.v to ROLE; grant select (kind) on s.w to ROLE;
     alter view s.v alter column name set default 'x'`,
    `select c.oid::regclass::text as view, c.oid, pg_get_viewdef(c.oid) as def, c.reloptions::text, c.relacl::text,
       obj_description(c.oid) as comment, col_description(c.oid, 2) as column_comment,
       (select string_agg(attacl::text, ',') from pg_attribute a where a.attrelid = c.oid) as column_acl,
       (select pg_get_expr(adbin, adrelid) from pg_attrdef where adrelid = c.oid) as default
     from pg_class c where c.relkind = 'v' and c.relnamespace in ('s'::regnamespace, 'o'::regnamespace) order by 1`,
  ],
  [
    'triggers and rules on a view',
    `create function s.f() returns trigger language plpgsql as 'begin return new; end';
     create view s.v as select id from s.t;
     create trigger g instead of insert on s.v for each row execute function s.f();
     create rule r as on delete to s.v do instead nothing`,
    `select pg_get_triggerdef(t.oid) as t, pg_get_ruledef(r.oid) as r from pg_trigger t, pg_rewrite r
     where t.tgname = 'g' and r.rulename = 'r'`,
  ],
  [
    'materialized views, filled anew, and what is on them',
    `create materialized view s.m with (fillfactor = 70) as select kind, count(*) as n from s.t group by kind;
     create unique index m_kind on s.m (kind); create index m_n on s.m (n) where n > 0;
     comment on materialized view s.m is 'm'; comment on column s.m.n is 'n'; comment on index s.m_n is 'i';
     grant select on s.m to ROLE; alter materialized view s.m alter column n set statistics 77;
     alter materialized view s.m cluster on m_kind;
     create materialized view s.m2 as select sum(n) as total from s.m;
     create materialized view s.unfilled as select id from s.t with no data;
     create view s.on_m as select m.n, t.name from s.m join s.t using (kind);
     grant select on s.on_m to ROLE`,
    `select c.oid::regclass::text as relation, regexp_replace(pg_get_viewdef(c.oid), 's\\.(\\w+) \\1\\M', 's.\\1', 'g') as def, c.reloptions::text, c.relacl::text,
       obj_description(c.oid) as comment, col_description(c.oid, 2) as column_comment, c.relispopulated,
       (select string_agg(pg_get_indexdef(indexrelid) || coalesce(obj_description(indexrelid), '') || indisclustered, ';' order by indexrelid::regclass::text)
        from pg_index where indrelid = c.oid) as indexes,
       (select string_agg(attstattarget::text, ',') from pg_attribute a where a.attrelid = c.oid) as statistics
     from pg_class c where c.relkind in ('v', 'm') and c.relnamespace = 's'::regnamespace order by 1`,
  ],
  [
    'foreign keys of other tables and its own',
    `alter table s.t add constraint t_pk primary key (id); alter table s.t add unique (name);
     create table s.child (id int references s.t on delete cascade, name text constraint by_name references s.t (name) deferrable initially deferred);
     comment on constraint by_name on s.child is 'k';
     insert into s.child select id, null from s.t where id < 4;
     create table s.parent (kind int primary key); insert into s.parent values (0), (1), (2);
     alter table s.t add constraint to_parent foreign key (kind) references s.parent on update cascade;
     alter table s.t add constraint to_itself foreign key (id) references s.t (id)`,
    `select conrelid::regclass::text as t, conname, contype, pg_get_constraintdef(oid) as def, convalidated, obj_description(oid) as comment
     from pg_constraint where contype in ('f', 'p', 'u') and connamespace = 's'::regnamespace order by 1, 2`,
  ],
  [
    'check constraints, NOT NULL and defaults',
    `alter table s.t add constraint positive check (id > 0); alter table s.t alter column id set not null;
     comment on constraint positive on s.t is 'p';
     create sequence s.q; alter table s.t alter column kind set default nextval('s.q')`,
    `select (select string_agg(conname || pg_get_constraintdef(oid) || obj_description(oid), ',') from pg_constraint where conname = 'positive') as k,
       (select attnotnull from pg_attribute where attrelid = 's.t'::regclass and attname = 'id') as not_null,
       (select pg_get_expr(adbin, adrelid) from pg_attrdef where adrelid = 's.t'::regclass) as d`,
  ],
  [
    'a check whose function needs the search path, and one that was not held against the rows',
    `create table public.lkt (name text); insert into public.lkt select 'name ' || n from generate_series(1, 20) n union all select 'new ' || n from generate_series(1, 20) n;
     create function public.lk(text) returns boolean language plpgsql as 'begin return exists (select from lkt where name = $1); end';
     alter table s.t add constraint known check (public.lk(name)); alter table s.t add constraint later check (id > 100) not valid`,
    `select conname, pg_get_constraintdef(oid) as def, convalidated from pg_constraint where conrelid = 's.t'::regclass order by 1`,
  ],
  [
    'policies, rules and triggers that name columns with the table',
    `create table s.members (kind int, usr name); create table s.log (id int); alter table s.t enable row level security;
     create policy mine on s.t using (exists (select 1 from s.members m where m.kind = t.kind and m.usr = current_user));
     create rule logged as on insert to s.t do also insert into s.log select t.id from s.t where t.id = new.id`,
    `select (select qual from pg_policies where policyname = 'mine') as p, (select pg_get_ruledef(oid) from pg_rewrite where rulename = 'logged') as r`,
  ],
  [
    'what the owner has given up, and who has given what',
    `grant usage on schema s to ROLE; revoke delete, truncate on s.t from current_user;
     grant select on s.t to ROLE with grant option; set role ROLE; grant select on s.t to public; reset role;
     grant update (id) on s.t to ROLE with grant option`,
    `select relacl::text, (select attacl::text from pg_attribute where attrelid = c.oid and attname = 'id') as of_id
     from pg_class c where oid = 's.t'::regclass`,
  ],
  [
    'the comment of its type',
    `comment on type s.t is 'a row of it'`,
    `select obj_description('s.t'::regtype, 'pg_type') as comment`,
  ],
  [
    'row-level security and policies',
    `alter table s.t enable row level security; alter table s.t force row level security;
     create policy p on s.t as restrictive for update to ROLE using (kind > 0) with check (id > (select min(id) from s.t));
     create policy q on s.t for select using (true); comment on policy p on s.t is 'p'`,
    `select relrowsecurity, relforcerowsecurity, (select json_agg(p order by policyname) from pg_policies p where tablename = 't') as p,
       (select obj_description(oid, 'pg_policy') from pg_policy where polname = 'p') as c
     from pg_class where oid = 's.t'::regclass`,
  ],
  [
    'triggers and rules',
    `create function s.f() returns trigger language plpgsql as 'begin return new; end';
     create trigger a before insert or update of kind on s.t for each row when (new.id > 5) execute function s.f();
     create trigger b after delete on s.t referencing old table as gone for each statement execute function s.f();
     alter table s.t disable trigger a; comment on trigger b on s.t is 'b';
     create table s.log (id int); create rule r as on insert to s.t where new.id > 5 do also insert into s.log values (new.id)`,
    `select tgname, tgenabled, pg_get_triggerdef(oid) as def, obj_description(oid, 'pg_trigger') as comment, null as rule from pg_trigger where not tgisinternal
     union all select rulename, ev_enabled, null, null, pg_get_ruledef(oid) from pg_rewrite where rulename = 'r' order by 1`,
  ],
  [
    'publications',
    `create publication p1 for table s.t (id, kind) where (id > 3); create publication p2 for table s.t; alter table s.t replica identity full`,
    `select pubname, case pubname when 'p1' then attnames::text end as columns, rowfilter, (select relreplident from pg_class where oid = 's.t'::regclass) as ident
     from pg_publication_tables where tablename = 't' order by 1`,
  ],
  [
    'extended statistics',
    `create schema o; create statistics o.st (ndistinct, dependencies) on id, kind from s.t; create statistics s.e on (kind % 2), name from s.t; analyze s.t;
     alter statistics o.st set statistics 99; comment on statistics o.st is 'st'`,
    `select stxnamespace::regnamespace::text as schema, stxname, pg_get_statisticsobjdef(oid) as def, stxstattarget, obj_description(oid, 'pg_statistic_ext') as c,
       exists (select from pg_statistic_ext_data where stxoid = oid) as is_filled
     from pg_statistic_ext order by 2`,
  ],
  [
    'indexes that somebody made',
    `create index "By hand" on s.t using btree (lower(name) text_pattern_ops desc, kind) include (id) where kind > 0;
     create index b2 on s.t (kind); create index b on s.t using brin (id) with (pages_per_range = 16); comment on index s.b is 'mine';
     alter table s.t add constraint excluded exclude using gist (int4range(id, id + 1) with &&);
     alter table s.t cluster on b2`,
    `select pg_get_indexdef(indexrelid) as def, indisvalid, indisclustered, obj_description(indexrelid) as c,
       (select conname from pg_constraint where conindid = indexrelid and contype <> 'f') as k
     from pg_index where indrelid = 's.t'::regclass order by 1`,
  ],
  [
    'settings of the table and of its columns',
    `alter table s.t set (autovacuum_vacuum_scale_factor = 0.01, toast.autovacuum_enabled = false);
     alter table s.t alter column name set storage external, alter column name set compression pglz,
       alter column kind set statistics 500, alter column kind set (n_distinct = 3)`,
    `select c.reloptions::text, t.reloptions::text as toast,
       (select json_agg(json_build_array(attname, attstorage, attcompression, attstattarget, attoptions) order by attname)
        from pg_attribute where attrelid = c.oid and attname in ('name', 'kind')) as columns
     from pg_class c join pg_class t on t.oid = c.reltoastrelid where c.oid = 's.t'::regclass`,
  ],
  [
    'functions, rules and policies elsewhere that read it',
    `create function s.f() returns bigint language sql begin atomic select count(*) from s.t; end;
     create table s.u (id int); alter table s.u enable row level security;
     create policy p on s.u using (id in (select id from s.t)) with check (id < (select max(id) from s.t));
     create rule r as on insert to s.u do also update s.t set kind = 0 where false`,
    `select pg_get_functiondef('s.f'::regproc) as f, (select qual || with_check from pg_policies where policyname = 'p') as p,
       (select pg_get_ruledef(oid) from pg_rewrite where rulename = 'r') as r,
       s.f() = (select count(*) from s.t) as reads_the_table`,
  ],
]

describe('a rebuild keeps', () => {
  test.each(THINGS)('%s', async (_what, make, look) => {
    await runOne(db, [table('s.t', { query: OLD })])
    await db.rows(make.replaceAll('ROLE', role))
    const before = await db.rows(look)
    expect(before).not.toEqual([])
    for (const query of [NEW, OLD]) {
      const result = await runOne(db, [table('s.t', { query })])
      expect(result.failure).toBeUndefined()
      expect(result.outcome).toBe('rebuilt')
      expect(await db.rows(look)).toEqual(before)
    }
    expect(await leftovers()).toEqual([])
  })

  test('all of it at once', async () => {
    await runOne(db, [table('s.t', { query: OLD })])
    // What is left out has names that others have as well.
    const chosen = THINGS.filter(
      ([what]) => !/^(triggers and rules|functions|the owner)/.test(what),
    )
    for (const [, make] of chosen)
      await db.rows(
        make
          .replaceAll('ROLE', role)
          .replaceAll('create schema o;', 'create schema if not exists o;')
          .replace('create view s.v as select', 'create or replace view s.v as select'),
      )
    const look = async (): Promise<unknown> => Promise.all(chosen.map(([, , sql]) => db.rows(sql)))
    const before = await look()
    const result = await runOne(db, [table('s.t', { query: NEW })])
    expect(result.failure).toBeUndefined()
    expect(await look()).toEqual(before)
    expect(await db.rows('select count(*)::int as n from s.t')).toEqual([{ n: 12 }])
  })

  test('a materialized view directly on it is filled with the new rows, and views on it read them', async () => {
    await runOne(db, [table('s.t', { query: OLD })])
    await db.rows(
      'create materialized view s.m as select count(*)::int as n from s.t; create view s.v as select n from s.m',
    )
    await runOne(db, [table('s.t', { query: NEW })])
    expect(await db.rows('select n from s.v')).toEqual([{ n: 12 }])
  })

  test('a materialized view that also reads a view on it is filled with the new rows alone', async () => {
    await runOne(db, [table('s.t', { query: OLD })])
    await db.rows(`create view s.v as select id from s.t;
      create materialized view s.m as select t.name from s.t join s.v using (id)`)
    await runOne(db, [table('s.t', { query: NEW })])
    expect(await db.rows(`select count(*)::int as n from s.m where name like 'new%'`)).toEqual([
      { n: 12 },
    ])
  })

  describe('what a declared index is used for', () => {
    const query = `select n as id, n % 3 as kind from generate_series(1, 9) n`
    const declares = (...indexes: readonly Readonly<Record<string, Json>>[]) =>
      table('s.t', { query, extraProperties: { postgres: { indexes } } })
    const key = { columns: ['id'], unique: true }
    const look = `select x.relname, i.indisprimary, i.indisreplident, i.indisclustered,
        (select relreplident from pg_class where oid = i.indrelid) as identity,
        obj_description(x.oid, 'pg_class') like 'Made by%' as is_managed
      from pg_index i join pg_class x on x.oid = i.indexrelid where i.indrelid = 's.t'::regclass order by 1`

    test('a primary key', async () => {
      await runOne(db, [declares(key)])
      await db.rows(`alter table s.t add constraint t_pk primary key using index t_id_key;
        create table s.child (id int references s.t)`)
      for (const _ of [1, 2]) expect((await runOne(db, [declares(key)])).failure).toBeUndefined()
      expect(await db.rows(look)).toMatchObject([
        { relname: 't_id_key', indisprimary: false, is_managed: true },
        { relname: 't_pk', indisprimary: true, is_managed: null },
      ])
      expect((await runOne(db, [declares()])).failure).toBeUndefined()
      expect(await db.rows(look)).toMatchObject([{ relname: 't_pk', indisprimary: true }])
    })

    test('a primary key under the name of the index', async () => {
      await runOne(db, [declares(key)])
      await db.rows('alter table s.t add primary key using index t_id_key')
      const before = await db.rows(look)
      expect(before).toMatchObject([{ relname: 't_id_key', indisprimary: true, is_managed: true }])
      await db.rows('create table s.child (id int references s.t)')
      for (const _ of [1, 2]) expect((await runOne(db, [declares(key)])).failure).toBeUndefined()
      expect(await db.rows(look)).toEqual(before)
    })

    test('a replica identity, and the order of CLUSTER', async () => {
      const other = { columns: ['kind'] }
      await runOne(db, [declares(key, other)])
      await db.rows(`alter table s.t alter column id set not null;
        alter table s.t replica identity using index t_id_key; alter table s.t cluster on t_kind_idx`)
      const before = await db.rows(look)
      expect(before).toMatchObject([
        { relname: 't_id_key', indisreplident: true, identity: 'i' },
        { relname: 't_kind_idx', indisclustered: true },
      ])
      for (const _ of [1, 2])
        expect((await runOne(db, [declares(key, other)])).failure).toBeUndefined()
      expect(await db.rows(look)).toEqual(before)
      // The config does not want the indexes any more, but the replication does.
      for (const _ of [1, 2]) expect((await runOne(db, [declares()])).failure).toBeUndefined()
      expect(await db.rows(look)).toMatchObject([
        { relname: 't_id_key', indisreplident: true, identity: 'i' },
        { relname: 't_kind_idx', indisclustered: true },
      ])
    })
  })

  test('what hangs off a partitioned table', async () => {
    const action = table('s.t', {
      query: `select n as id, date '2025-01-01' + n as day from generate_series(0, 40) n`,
      storage: storage({ partitionBy: 'day' }),
    })
    await runOne(db, [action])
    await db.rows(`create view s.v as select count(*)::int as n from s.t; grant select on s.t to ${role};
      create index by_hand on s.t (id); alter table s.t enable row level security; create policy p on s.t using (true)`)
    expect((await runOne(db, [action])).failure).toBeUndefined()
    expect(await db.rows('select n from s.v')).toEqual([{ n: 41 }])
    expect(
      await db.rows(`select relacl is not null as granted, relrowsecurity,
        (select count(*)::int from pg_indexes where indexname = 'by_hand') as indexes,
        (select count(*)::int from pg_policy) as policies from pg_class where oid = 's.t'::regclass`),
    ).toEqual([{ granted: true, relrowsecurity: true, indexes: 1, policies: 1 }])
  })

  test('what was set on a partitioned table, and is on its partitions because of that', async () => {
    const action = table('s.t', {
      query: `select n as id, 'a' as v, date '2025-01-01' + n as day from generate_series(0, 40) n`,
      storage: storage({ partitionBy: 'day' }),
    })
    await runOne(db, [action])
    await db.rows(`alter table s.t alter column id set not null, alter column id set default 7,
      alter column id set statistics 77, alter column v set storage external, alter column v set compression pglz, add check (id >= 0), add primary key (id, day);
      create index on s.t (v); create table s.child (id int, day date, foreign key (id, day) references s.t);
      create trigger g before update on s.t for each row execute function suppress_redundant_updates_trigger();
      create table s.kinds (v text primary key); insert into s.kinds values ('a');
      alter table s.t add foreign key (v) references s.kinds`)
    for (const part of ['s.t', 's.t_p20250101', 's.t_p20250201'])
      await db.rows(
        `grant usage, create on schema s to ${role}; alter table ${part} owner to ${role}`,
      )
    for (const _ of [1, 2]) expect((await runOne(db, [action])).failure).toBeUndefined()
    expect(
      await db.rows(
        `select relname from pg_class where relowner = '${role}'::regrole and relkind in ('r', 'p') order by 1`,
      ),
    ).toEqual([{ relname: 't' }, { relname: 't_p20250101' }, { relname: 't_p20250201' }])
    await db.rows(`reassign owned by ${role} to current_user`)
    expect(
      await db.rows(`select count(*)::int as n from pg_attribute a join pg_inherits i on i.inhrelid = a.attrelid
        where i.inhparent = 's.t'::regclass and a.attname = 'id' and a.attnotnull and a.atthasdef and a.attstattarget = 77`),
    ).toEqual([{ n: 2 }])
    expect(
      await db.rows(`select count(*)::int as n from pg_attribute a join pg_inherits i on i.inhrelid = a.attrelid
        where i.inhparent = 's.t'::regclass and a.attname = 'v' and a.attcompression = 'p' and a.attstorage = 'e'`),
    ).toEqual([{ n: 2 }])
  })

  test('what hangs off a view whose columns change, and off one that becomes a table', async () => {
    await runOne(db, [view('s.v', { query: 'select 1 as id, 2 as b' })])
    await db.rows(`create view s.w as select id from s.v; grant select on s.v to ${role};
      grant select on s.w to ${role}; comment on view s.w is 'w'`)
    const look = `select relname, relkind, relacl is not null as granted, obj_description(oid) as c from pg_class
      where relname in ('v', 'w') order by 1`
    await runOne(db, [view('s.v', { query: 'select 2 as id' })])
    expect(await db.rows('select id from s.w')).toEqual([{ id: 2 }])
    expect(await db.rows(look)).toEqual([
      { relname: 'v', relkind: 'v', granted: true, c: null },
      { relname: 'w', relkind: 'v', granted: true, c: 'w' },
    ])
    await runOne(db, [table('s.v', { query: 'select 3 as id' })])
    expect(await db.rows('select id from s.w')).toEqual([{ id: 3 }])
    expect(await db.rows(look)).toMatchObject([{ relkind: 'r', granted: true }, { granted: true }])
  })

  test('views that read a column whose type changes are made anew, with what is on them', async () => {
    await runOne(db, [table('s.t', { query: 'select 1 as id, 2 as b' })])
    await db.rows(`create view s.v as select id, b from s.t; create view s.w as select b from s.v;
      create materialized view s.m as select b from s.v; create unique index m_b on s.m (b);
      create view s.untouched as select id from s.t;
      grant select on s.v, s.w, s.m to ${role}; grant select (b) on s.v to public; comment on column s.w.b is 'b'`)
    const [untouched] = await db.rows(`select 's.untouched'::regclass::oid as oid`)
    expect(
      (await runOne(db, [table('s.t', { query: `select 1 as id, 'x' as b` })])).failure,
    ).toBeUndefined()
    expect(await db.rows('select v.b, w.b as w, m.b as m from s.v, s.w, s.m')).toEqual([
      { b: 'x', w: 'x', m: 'x' },
    ])
    expect(
      await db.rows(`select count(relacl)::int as granted, max(col_description('s.w'::regclass, 1)) as c,
        to_regclass('s.m_b') is not null as index from pg_class where relname in ('v', 'w', 'm')`),
    ).toEqual([{ granted: 3, c: 'b', index: true }])
    expect(await db.rows(`select 's.untouched'::regclass::oid as oid`)).toEqual([untouched])
  })
})

/** Names that only exist while something is being swapped. */
async function leftovers(): Promise<unknown[]> {
  return (
    await db.rows(
      `select relname as name from pg_class where relname like 'dataform%' union all
       select conname from pg_constraint where conname like 'dataform%' union all
       select stxname from pg_statistic_ext where stxname like 'dataform%'`,
    )
  ).map((row) => row.name)
}
