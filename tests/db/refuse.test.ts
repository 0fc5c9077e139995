/** What can't be put on another table makes the rebuild fail, with its name, and nothing changes. */
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/postgres/pool.js'
import { incremental, storage, table, target, view } from '../support/actions.js'
import { createTestDatabase } from '../support/database.js'
import type { TestDatabase } from '../support/database.js'
import { runActions, runOne } from '../support/run-actions.js'
import { problemsOf, validateActions } from '../support/validate.js'

let db: TestDatabase
beforeEach(async () => {
  db = await createTestDatabase()
})
afterEach(async () => {
  await db.drop()
})

const rows = async (): Promise<unknown[]> =>
  (await db.rows('select id from only s.t order by id')).map((row) => row.id)

/** What a role that is no superuser, and owns `s.t`, is told when it rebuilds that. */
async function refusedTo(make: (owner: string, runner: string) => string): Promise<{
  message: string | undefined
  hint: string | undefined
}> {
  const [owner, runner] = ['owner', 'runner'].map(
    (name) => `${name}_${randomBytes(4).toString('hex')}`,
  ) as [string, string]
  await runOne(db, [table('s.t')])
  await db.rows(`create role ${owner}; create role ${runner} login password 'x';
    grant usage, create on schema s to ${owner}, ${runner}; alter table s.t add primary key (id);
    alter table s.t owner to ${runner}; grant select, references, trigger on s.t to ${owner}; ${make(owner, runner)}`)
  const database = openDatabase(
    { ...db.settings, user: runner, password: 'x' },
    { maxConnections: 2 },
  )
  try {
    const { failure } = await runOne({ ...db, database }, [
      table('s.t', { query: 'select 2 as id' }),
    ])
    expect(await rows()).toEqual([1])
    const plain = (text: string | undefined): string | undefined =>
      text?.replaceAll(owner, 'OWNER').replaceAll(runner, 'RUNNER')
    const hint = failure !== undefined && 'hint' in failure ? failure.hint : undefined
    return { message: plain(failure?.message), hint: plain(hint) }
  } finally {
    await database.close()
    await db.rows(`reassign owned by ${owner}, ${runner} to current_user`)
    await db.rows(`drop owned by ${owner}, ${runner}; drop role ${owner}; drop role ${runner}`)
  }
}

describe('a rebuild is refused for', () => {
  test.each([
    [
      'an inheritance child',
      'create table s.child () inherits (s.t)',
      /the inheritance child s\.child/,
    ],
    [
      'a parent',
      'create table s.parent (id int); alter table s.t inherit s.parent',
      /its place under s\.parent/,
    ],
    [
      'a column of its row type',
      'create table s.u (t s.t)',
      /the use of its row type in column t of table s\.u/,
    ],
    [
      'a function that gives its rows',
      `create function s.f() returns setof s.t language sql as 'select * from s.t'`,
      /the use of its row type in function s\.f\(\)/,
    ],
    [
      'an identity',
      'alter table s.t alter column id set not null, alter column id add generated always as identity',
      /the identity of its column id/,
    ],
    ['a sequence of its own', 'create sequence s.q owned by s.t.id', /sequence s\.q/],
  ])('%s', async (_what, make, message) => {
    await runOne(db, [table('s.t')])
    await db.rows(make)
    const result = await runOne(db, [table('s.t', { query: 'select 2 as id' })])
    expect(result.failure?.message).toMatch(/^replacing s\.t would lose /)
    expect(result.failure?.message).toMatch(message)
    expect(await rows()).toEqual([1])
  })

  test.each([
    [
      'an index',
      'create index by_name on s.t (lower(name))',
      /^the index s\.by_name is about the column name/,
    ],
    [
      'a constraint',
      `alter table s.t add constraint named check (name <> '')`,
      /constraint named on table s\.t is about the column name/,
    ],
    [
      'a policy',
      `create policy p on s.t using (name = current_user)`,
      /policy p on table s\.t is about the column name/,
    ],
    [
      'statistics',
      'create statistics s.st on id, name from s.t',
      /statistics object s\.st is about the column name/,
    ],
    [
      'a trigger',
      `create trigger g before update of name on s.t for each row execute function suppress_redundant_updates_trigger()`,
      /trigger g on table s\.t is about the column name/,
    ],
  ])('%s on a column that goes', async (_what, make, message) => {
    await runOne(db, [table('s.t', { query: `select 1 as id, 'a' as name` })])
    await db.rows(make)
    const result = await runOne(db, [table('s.t', { query: 'select 2 as id' })])
    expect(result.failure?.message).toMatch(message)
    expect(result.failure?.message).toMatch(/which the query no longer gives$/)
    expect(await rows()).toEqual([1])
  })

  test.each([
    ['the owner', 'alter table PART owner to pg_monitor'],
    ['the grants', 'grant select on PART to public'],
    ['the row-level security', 'alter table PART force row level security'],
    ['the comment', `comment on table PART is 'x'`],
    ['the storage settings', 'alter table PART set (fillfactor = 50)'],
    ['the replica identity', 'alter table PART replica identity full'],
    ['the NOT NULL of the column id', 'alter table PART alter column id set not null'],
    ['the default of the column id', 'alter table PART alter column id set default 5'],
    ['the grants of the column id', 'grant select (id) on PART to public'],
    ['the statistics target of the column id', 'alter table PART alter column id set statistics 7'],
    ['the options of the column id', 'alter table PART alter column id set (n_distinct = 7)'],
    ['the storage of the column v', 'alter table PART alter column v set storage external'],
    ['the compression of the column v', 'alter table PART alter column v set compression pglz'],
    ['the comment of the column id', `comment on column PART.id is 'x'`],
    [
      'constraint positive on table s.t_p20250101',
      'alter table PART add constraint positive check (id > 0)',
    ],
    ['constraint one on table s.t_p20250101', 'alter table PART add constraint one unique (id)'],
    ['index s.by_hand', 'create index by_hand on PART (id)'],
    ['policy p on table s.t_p20250101', 'create policy p on PART using (true)'],
    ['statistics object s.st', 'create statistics s.st on id, v from PART'],
    [
      'publication of table s.t_p20250101 in publication p',
      `create publication p for table PART with (publish = 'insert')`,
    ],
    ['rule r on table s.t_p20250101', 'create rule r as on delete to PART do also nothing'],
    ['sequence s.q', 'create sequence s.q owned by PART.id'],
    [
      'the settings of the index s.t_p20250101_day_idx',
      'alter index s.t_p20250101_day_idx set (fillfactor = 50)',
    ],
    ['the comment on index s.t_p20250101_day_idx', `comment on index s.t_p20250101_day_idx is 'x'`],
    ['the state of the trigger g', 'alter table PART disable trigger g'],
  ])('%s of a partition, which an exchange leaves in its place', async (what, make) => {
    const partitioned = {
      storage: storage({ partitionBy: `date_trunc('day', day)`, clusterBy: ['day'] }),
    }
    const query = `select 1 as id, 'a' as v, date '2025-01-01' as day`
    await runOne(db, [table('s.t', { query, ...partitioned })])
    await db.rows(
      'create trigger g before update on s.t for each row execute function suppress_redundant_updates_trigger()',
    )
    const overwrite = incremental('s.t', {
      query,
      incrementalQuery: query,
      strategy: 'insert_overwrite',
      ...partitioned,
    })
    const oid = () => db.rows(`select 's.t_p20250101'::regclass::oid as oid`)
    const first = await oid()
    expect((await runOne(db, [overwrite])).failure).toBeUndefined()
    const exchanged = await oid()
    expect(exchanged).not.toEqual(first)
    await db.rows(make.replaceAll('PART', 's.t_p20250101'))
    const { failure } = await runOne(db, [table('s.t', { query, ...partitioned })])
    expect(failure?.message).toMatch(/^replacing s\.t would lose /)
    expect(failure?.message).toContain(`${what} of its partition s.t_p20250101`)
    expect((await runOne(db, [overwrite])).failure).toBeUndefined()
    expect(await oid()).toEqual(exchanged)
  })

  test('something of its own on a partition', async () => {
    const action = table('s.t', {
      query: `select 1 as id, date '2025-01-01' as day`,
      storage: storage({ partitionBy: 'day' }),
    })
    await runOne(db, [action])
    await db.rows(
      'grant select on s.t_p20250101 to public; create view s.v as select id from s.t_p20250101',
    )
    const { failure } = await runOne(db, [action])
    expect(failure?.message).toMatch(/the grants of its partition s\.t_p20250101/)
    expect(failure?.message).toMatch(/rule _RETURN on view s\.v of its partition s\.t_p20250101/)
  })

  test('a view of the run of which neither the old query nor the new one fits', async () => {
    const x = (query: string) => table('s.x', { query })
    const y = (query: string, ...dependencies: readonly string[]) =>
      view('s.y', { query, dependencies: dependencies.map(target) })
    await runActions(db, [
      x('select 1 as id, 3 as n, 5 as n2'),
      y('select id, n2 as n from s.x', 's.x'),
    ])
    await db.rows('create schema oc; create view oc.w as select n from s.y')
    const failureOf = async (...actions: Parameters<typeof runActions>[1]) =>
      (await runActions(db, actions)).results.map(({ failure }) => failure)
    const unchanged = await failureOf(
      x('select 1 as id, 3 as m'),
      y('select id, n2 as n from s.x', 's.x'),
    )
    expect(unchanged[0]).toMatchObject({
      message:
        'the view "s"."y" does not fit the new "s"."x", neither as it was nor as it will be: column "n2" does not exist',
      hint: 'Change its query as well. If it needs another model that changes in this run too, keep what the view reads for one more run.',
    })
    expect(unchanged[1]).toMatchObject({ kind: 'upstream' })
    const b = table('s.b', { query: 'select 7 as n', dependencies: [target('s.x')] })
    const needsBoth = y('select id, b.n from s.x, s.b', 's.x', 's.b')
    expect((await failureOf(x('select 1 as id'), b, needsBoth))[0]?.message).toMatch(
      /^the view "s"\."y" does not fit the new "s"\."x", neither .*: relation "s\.b" does not exist/,
    )
    expect(await db.rows('select x.n2, w.n from s.x, oc.w')).toEqual([{ n2: 5, n: 5 }])
    // The way out that the hint names.
    for (const query of ['select 1 as id, 5 as n2', 'select 1 as id'])
      expect(await failureOf(x(query), b, needsBoth)).toEqual(Array(3).fill(undefined))
    expect(await db.rows('select n from oc.w')).toEqual([{ n: 7 }])
  })

  test('rows that break what is kept', async () => {
    await runOne(db, [table('s.t')])
    await db.rows(`alter table s.t add primary key (id); create table s.child (id int references s.t);
      insert into s.child values (1)`)
    const lost = await runOne(db, [table('s.t', { query: 'select 2 as id' })])
    expect(lost.failure).toMatchObject({ kind: 'sql', sqlstate: '23503' })
    const twice = await runOne(db, [
      table('s.t', { query: 'select 1 as id from generate_series(1, 2)' }),
    ])
    expect(twice.failure).toMatchObject({ kind: 'sql', sqlstate: '23505' })
    expect(await rows()).toEqual([1])
    expect((await runOne(db, [table('s.t')])).status).toBe('succeeded')
  })

  test('a view whose new columns do not suit a view on it', async () => {
    await runOne(db, [view('s.v', { query: 'select 1 as id, 2 as b' })])
    await db.rows('create view s.outside as select b from s.v')
    const { failure } = await runOne(db, [view('s.v', { query: 'select 1 as id' })])
    expect(failure?.message).toBe(
      'the view s.outside reads the column b of s.v, which the query no longer gives',
    )
    expect(await db.rows('select b from s.outside')).toEqual([{ b: 2 }])
  })

  test('a view that no longer fits because of another type', async () => {
    await runOne(db, [table('s.t', { query: 'select 1 as id, 2 as b' })])
    await db.rows('create view s.outside as select b + 1 as c from s.t')
    const { failure } = await runOne(db, [
      table('s.t', { query: `select 1 as id, 'x'::text as b` }),
    ])
    expect(failure?.message).toMatch(
      /^the view "s"\."outside" does not fit the new "s"\."t": operator does not exist/,
    )
    expect(await db.rows('select c from s.outside')).toEqual([{ c: 3 }])
  })

  test.each([
    [
      'a view',
      (owner: string) =>
        `create view s.outside as select id from s.t; alter view s.outside owner to ${owner}`,
      'the view s.outside belongs to OWNER, and RUNNER may not replace it',
    ],
    [
      'a table that refers to it',
      (owner: string) =>
        `create table s.child (id int constraint k references s.t); alter table s.child owner to ${owner}`,
      'the table s.child, whose foreign key k refers to s.t, belongs to OWNER, and RUNNER may not change it',
    ],
    [
      'a function',
      (owner: string) =>
        `create function s.f() returns bigint language sql begin atomic select count(*) from s.t; end; alter function s.f owner to ${owner}`,
      'the function s.f() belongs to OWNER, and RUNNER may not change it',
    ],
    [
      'a publication',
      (owner: string) =>
        `create publication pub for table s.t; alter publication pub owner to ${owner}`,
      'the publication pub belongs to OWNER, and RUNNER may not change it',
    ],
    [
      'a policy',
      (owner: string) =>
        `create table s.u (id int); create policy p on s.u using (id in (select id from s.t)); alter table s.u owner to ${owner}`,
      'the policy p on table s.u belongs to OWNER, and RUNNER may not change it',
    ],
  ])('%s of somebody whom the role may not act for', async (_what, make, message) => {
    expect(await refusedTo(make)).toEqual({
      message,
      hint: 'Grant the role: GRANT "OWNER" TO "RUNNER".',
    })
  })

  test('a table that it refers to, if the role may not', async () => {
    expect(
      await refusedTo(
        (owner) =>
          `create table s.parent (id int primary key); insert into s.parent values (1), (2);
           alter table s.t add foreign key (id) references s.parent; alter table s.parent owner to ${owner}`,
      ),
    ).toEqual({
      message: 'a foreign key of s.t refers to s.parent, and RUNNER may not make one',
      hint: 'Grant the right: GRANT REFERENCES ON s.parent TO "RUNNER".',
    })
  })

  test('a temporary view of another session', async () => {
    await runOne(db, [table('s.t')])
    const database = openDatabase(db.settings, { maxConnections: 1 })
    await database.withSession(async (session) => {
      await session.query('create temporary view tv as select id from s.t')
      const { failure } = await runOne(db, [table('s.t', { query: 'select 2 as id' })])
      expect(failure?.message).toBe(
        `the temporary view tv of the session with pid ${session.processId} reads s.t, and no other session can change it`,
      )
    })
    await database.close()
    expect((await runOne(db, [table('s.t', { query: 'select 2 as id' })])).status).toBe('succeeded')
  })

  test.each([
    [
      'a name in its query that can be read in two ways',
      'create table s.u as select 1 as t; create materialized view s.m as select s.t from s.u s join s.t x on x.id = s.t',
      `the materialized view s.m can't be made anew over the new s.t, because a name in its query can be read in two ways: column s.t does not exist`,
    ],
    [
      'the number of the table in its query',
      `create materialized view s.m as select id from s.t where 's.t'::regclass is not null`,
      `the materialized view s.m has s.t as a value ('s.t'::regclass), which can't be made to mean the new table`,
    ],
  ])('a materialized view with %s', async (_what, make, message) => {
    await runOne(db, [table('s.t')])
    await db.rows(make)
    const { failure } = await runOne(db, [table('s.t', { query: 'select 2 as id' })])
    expect(failure?.message).toBe(message)
    expect(await rows()).toEqual([1])
  })

  test('nothing, where a function has the name of the table', async () => {
    await runOne(db, [table('s.t')])
    await db.rows(`create function s.t(int) returns int language sql immutable as 'select $1 + 1';
      create materialized view s.m as select s.t(id) as next from s.t`)
    expect((await runOne(db, [table('s.t', { query: 'select 2 as id' })])).failure).toBeUndefined()
    expect(await db.rows('select next from s.m')).toEqual([{ next: 3 }])
  })
})

test('a declared index whose name another table has is refused before anything is built', async () => {
  await db.rows('create schema s; create table s.other (id int); create index ix on s.other (id)')
  const action = table('s.t', {
    extraProperties: { postgres: { indexes: [{ name: 'ix', columns: ['id'] }] } },
  })
  const message = `the index ix can't be made: an index of s.other has that name`
  expect((await runOne(db, [action])).failure).toMatchObject({ kind: 'unsupported', message })
  expect(problemsOf(await validateActions(db.database, [action]))).toEqual([`s.t: ${message}`])
  await db.rows('drop table s.other')
  for (let i = 0; i < 2; i++) expect((await runOne(db, [action])).failure).toBeUndefined()
})
