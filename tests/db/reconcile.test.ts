/** Indexes and foreign keys of incremental tables follow the config without a rebuild. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/graph/types.js'
import { incremental, storage } from '../support/actions.js'
import { createTestDatabase } from '../support/database.js'
import type { TestDatabase } from '../support/database.js'
import { runOne } from '../support/run-actions.js'

let db: TestDatabase
beforeEach(async () => {
  db = await createTestDatabase()
})
afterEach(async () => {
  await db.drop()
})

const model = (postgres: JsonObject, rest: object = {}) =>
  incremental('s.t', {
    query: `select n as id, n % 2 as kind, date '2025-01-01' + n as day from generate_series(1, 60) n`,
    incrementalQuery: `select 100 as id, 1 as kind, date '2025-01-01' as day where false`,
    extraProperties: { postgres },
    ...rest,
  })
const indexes = async (): Promise<Record<string, unknown>> =>
  Object.fromEntries(
    (
      await db.rows(`select x.relname as name, regexp_replace(pg_get_indexdef(i.indexrelid), '^.* USING ', '') || case when i.indisvalid then '' else ' INVALID' end as def
        from pg_index i join pg_class x on x.oid = i.indexrelid where i.indrelid = 's.t'::regclass`)
    ).map((row) => [String(row.name), row.def]),
  )
const run = async (postgres: JsonObject, rest: object = {}) => {
  const warnings: string[] = []
  const result = await runOne(db, [model(postgres, rest)], {
    onEvent: (event) =>
      event.type === 'warning' && warnings.push(event.message.replace('s.t: ', '')),
  })
  return { result, warnings }
}

describe.each([
  ['a table', {}],
  ['a partitioned table', { storage: storage({ partitionBy: 'day' }) }],
])('indexes of %s', (_what, rest) => {
  test('that the config gains, loses or changes', async () => {
    const by = (...columns: string[]) => ({ columns })
    await run({ indexes: [by('id'), by('kind')] }, rest)
    await db.rows('create index by_hand on s.t (kind, id)')
    const [table] = await db.rows(`select 's.t'::regclass::oid as oid`)
    const { result, warnings } = await run(
      { indexes: [{ ...by('id'), where: 'id > 5' }, by('day', 'lower(id::text)')] },
      rest,
    )
    expect(result.failure).toBeUndefined()
    expect(await indexes()).toEqual({
      t_id_idx: 'btree (id) WHERE (id > 5)',
      t_day_lower_id_text_idx: 'btree (day, lower((id)::text))',
      by_hand: 'btree (kind, id)',
    })
    expect(warnings).toEqual([
      'the index t_id_idx is built: its declaration has changed',
      'the index t_day_lower_id_text_idx is built: it is declared and was missing',
      'the index t_kind_idx is no longer declared and is dropped',
      'the index by_hand is kept, but the model does not declare it',
    ])
    expect(await db.rows(`select 's.t'::regclass::oid as oid`)).toEqual([table])
    // Nothing is left to do.
    expect(
      (
        await run(
          { indexes: [{ ...by('id'), where: 'id > 5' }, by('day', 'lower(id::text)')] },
          rest,
        )
      ).warnings,
    ).toEqual(['the index by_hand is kept, but the model does not declare it'])
  })

  test('whose build failed are built again', async () => {
    await run({}, rest)
    await db.rows('insert into s.t select * from s.t where id = 1')
    const columns = ['id', 'day']
    const failed = await run({ indexes: [{ columns, unique: true }] }, rest)
    expect(failed.result).toMatchObject({ status: 'failed', failure: { sqlstate: '23505' } })
    await db.rows('delete from s.t where ctid in (select max(ctid) from s.t where id = 1)')
    expect(
      (await run({ indexes: [{ columns, unique: true }] }, rest)).result.failure,
    ).toBeUndefined()
    expect(await indexes()).toEqual({ t_id_day_key: 'btree (id, day)' })
    expect(await db.rows(`select count(*)::int as n from pg_index where not indisvalid`)).toEqual([
      { n: 0 },
    ])
  })
})

test('a changed uniqueKey is noticed, and its index built', async () => {
  await run({}, { uniqueKey: ['id'], strategy: 'merge' })
  const { warnings } = await run({}, { uniqueKey: ['id', 'kind'], strategy: 'merge' })
  expect(warnings).toEqual([
    'the index t_id_kind_key is built: the uniqueKey has changed',
    'the index t_id_key is no longer declared and is dropped',
  ])
  expect(await indexes()).toEqual({ t_id_kind_key: 'btree (id, kind)' })
})

test('a changed uniqueKey that does not tell the rows apart says what it needs', async () => {
  await run({}, { uniqueKey: ['id'], strategy: 'merge' })
  const { result } = await run({}, { uniqueKey: ['kind'], strategy: 'merge' })
  expect(result.failure).toMatchObject({
    kind: 'sql',
    sqlstate: '23505',
    hint: 'Rows of the table have the same key: run it once with --full-refresh, or declare other columns.',
  })
})

test('a changed clusterBy is noticed, and its index built', async () => {
  await run({}, { storage: storage({ clusterBy: ['id'] }) })
  await run({}, { storage: storage({ clusterBy: ['kind', 'id'] }) })
  expect(await indexes()).toEqual({ t_kind_id_idx: 'btree (kind, id)' })
})

test('every kind of index', async () => {
  const { result } = await run({
    indexes: [
      { columns: ['kind'], method: 'hash' },
      { columns: ['day'], method: 'brin', with: { pages_per_range: 8 } },
      { columns: ['(array[id])'], method: 'gin', opclass: 'array_ops', name: 'g' },
      {
        columns: [{ column: 'id', order: 'desc', nulls: 'last' }],
        include: ['kind'],
        where: 'kind = 1',
      },
      { columns: ['id', 'kind'], unique: true, nullsNotDistinct: true },
      { columns: [{ column: '(id::text)', collation: 'C' }], name: 'c' },
    ],
  })
  expect(result.failure).toBeUndefined()
  expect(await indexes()).toEqual({
    t_kind_idx: 'hash (kind)',
    t_day_idx: "brin (day) WITH (pages_per_range='8')",
    g: 'gin ((ARRAY[id]))',
    t_id_idx: 'btree (id DESC NULLS LAST) INCLUDE (kind) WHERE (kind = 1)',
    t_id_kind_key: 'btree (id, kind) NULLS NOT DISTINCT',
    c: 'btree (((id)::text) COLLATE "C")',
  })
})

describe('foreign keys', () => {
  const key = (onDelete: string) => ({
    foreignKeys: [
      { columns: ['kind'], references: { schema: 's', table: 'kinds', columns: ['id'] }, onDelete },
    ],
  })
  const keys = async () =>
    db.rows(
      `select conname, pg_get_constraintdef(oid) as def, convalidated from pg_constraint where contype = 'f'`,
    )

  test('are added, changed and dropped, and survive a rebuild once', async () => {
    await db.rows(
      'create schema s; create table s.kinds (id int primary key); insert into s.kinds values (0), (1)',
    )
    await run({})
    expect((await run(key('cascade'))).warnings).toEqual(['the foreign key t_kind_fkey is added'])
    const cascading = {
      conname: 't_kind_fkey',
      def: 'FOREIGN KEY (kind) REFERENCES s.kinds(id) ON DELETE CASCADE',
      convalidated: true,
    }
    expect(await keys()).toEqual([cascading])
    await runOne(db, [model(key('cascade'))], { fullRefresh: true })
    expect(await keys()).toEqual([cascading])
    await run(key('restrict'))
    expect(await keys()).toMatchObject([
      { def: 'FOREIGN KEY (kind) REFERENCES s.kinds(id) ON DELETE RESTRICT' },
    ])
    await run({})
    expect(await keys()).toEqual([])
  })

  test('that rows break fail the action, and are checked again by the next run', async () => {
    await db.rows(
      'create schema s; create table s.kinds (id int primary key); insert into s.kinds values (0)',
    )
    await run({})
    expect((await run(key('cascade'))).result.failure).toMatchObject({ sqlstate: '23503' })
    expect((await run(key('cascade'))).result.failure).toMatchObject({ sqlstate: '23503' })
    await db.rows('insert into s.kinds values (1)')
    expect((await run(key('cascade'))).result.failure).toBeUndefined()
    expect(await keys()).toMatchObject([{ convalidated: true }])
  })
})
