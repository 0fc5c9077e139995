/** What onSchemaChange does to a table that people read. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OnSchemaChange } from '../../src/graph/types.js'
import { assertion, incremental, storage, target, view } from '../support/actions.js'
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

const model = (onSchemaChange: OnSchemaChange, incrementalQuery: string) =>
  incremental('s.t', {
    query: `select n as id, 'old' as a from generate_series(1, 2) n`,
    incrementalQuery,
    uniqueKey: ['id'],
    strategy: 'merge',
    onSchemaChange,
  })
const all = async () => db.rows('select to_jsonb(t) as r from s.t order by id')

describe('onSchemaChange', () => {
  test('EXTEND adds the column: old rows have NULL, new ones their value', async () => {
    await runOne(db, [model('extend', '')])
    const result = await runOne(db, [model('extend', `select 2 as id, 'new' as a, true as b`)])
    expect(result).toMatchObject({ status: 'succeeded', rows: 1 })
    expect((await all()).map((row) => row.r)).toEqual([
      { id: 1, a: 'old', b: null },
      { id: 2, a: 'new', b: true },
    ])
    // From now on the column is the table's.
    expect(
      (await runOne(db, [model('extend', `select 2 as id, 'new' as a, true as b`)])).rows,
    ).toBe(0)
  })

  test('SYNCHRONIZE adds and drops, also on partitions', async () => {
    const partitioned = {
      ...model('synchronize', `select 1 as id, date '2025-02-01' as day, 5 as b`),
      query: `select 1 as id, date '2025-01-01' as day, 'old' as a`,
      uniqueKey: ['id', 'day'],
      storage: storage({ partitionBy: 'day' }),
    }
    await runOne(db, [partitioned])
    expect((await runOne(db, [partitioned])).failure).toBeUndefined()
    expect(
      (await db.rows('select to_jsonb(t) as r from s.t order by day')).map((row) => row.r),
    ).toEqual([
      { id: 1, day: '2025-01-01', b: null },
      { id: 1, day: '2025-02-01', b: 5 },
    ])
  })

  test('SYNCHRONIZE does not drop what a view outside reads', async () => {
    await runOne(db, [model('synchronize', '')])
    await db.rows('create view s.v as select a from s.t')
    const { failure } = await runOne(db, [model('synchronize', 'select 3 as id')])
    expect(failure).toMatchObject({
      kind: 'sql',
      message:
        'the view s.v reads the column a of s.t, which the query no longer gives (onSchemaChange is SYNCHRONIZE)',
      hint: 'Change the view first, drop it, or make it a model of this project that is run too.',
    })
    expect((await all()).map((row) => row.r)).toEqual([
      { id: 1, a: 'old' },
      { id: 2, a: 'old' },
    ])
  })

  test.each([
    ['fail', `select 3 as id, 'x' as a, 1 as more`],
    ['ignore', 'select 3 as id'],
    ['extend', 'select 3 as id'],
  ] as const)('%s: a refusal changes nothing', async (policy, query) => {
    await runOne(db, [model(policy, '')])
    const { failure } = await runOne(db, [model(policy, query)])
    expect(failure?.message).toMatch(new RegExp(`\\(onSchemaChange is ${policy.toUpperCase()}\\)$`))
    expect((await all()).map((row) => row.r)).toEqual([
      { id: 1, a: 'old' },
      { id: 2, a: 'old' },
    ])
  })

  test('a value that does not fit the type of the table fails, and nothing changes', async () => {
    await runOne(db, [model('ignore', '')])
    await db.rows('alter table s.t alter column a type varchar(3)')
    const { failure } = await runOne(db, [model('ignore', `select 3 as id, 'too long' as a`)])
    expect(failure).toMatchObject({ kind: 'sql', sqlstate: '22001' })
    expect((await all()).length).toBe(2)
  })
})

describe('a column that goes and that views read', () => {
  const before = [
    incremental('s.t', { query: `select 1 as id, 'old' as a` }),
    view('s.v', { query: 'select id, a from s.t', dependencies: [target('s.t')] }),
  ]
  const after = [
    { ...model('synchronize', `select 2 as id, true as b`), uniqueKey: [] },
    view('s.v', { query: 'select id, b from s.t', dependencies: [target('s.t')] }),
  ] as const

  test('the view is named, and nothing changes, if the run does not make it anew', async () => {
    await runActions(db, before)
    const { failure } = await runOne(db, after.slice(0, 1))
    expect(failure?.message).toBe(
      'the view s.v reads the column a of s.t, which the query no longer gives (onSchemaChange is SYNCHRONIZE)',
    )
    expect((await all()).map((row) => row.r)).toEqual([{ id: 1, a: 'old' }])
    expect(problemsOf(await validateActions(db.database, after, { chosen: [after[0]] }))).toEqual([
      's.t: the view s.v is not part of the run and reads "a", which would be removed',
    ])
  })

  test('a view that the run makes anew afterwards keeps its rights, and the views on it', async () => {
    await runActions(db, before)
    await db.rows('grant select on s.v to public; create view s.outside as select id from s.v')
    expect(problemsOf(await validateActions(db.database, after))).toEqual([])
    const { results } = await runActions(db, after)
    expect(results.map(({ failure }) => failure)).toEqual([undefined, undefined])
    expect(await db.rows('select id, b from s.v order by 1')).toEqual([
      { id: 1, b: null },
      { id: 2, b: true },
    ])
    expect(await db.rows('select id from s.outside order by 1')).toEqual([{ id: 1 }, { id: 2 }])
    expect(
      await db.rows(
        `select relacl::text like '%=r/%' as granted from pg_class where relname = 'v'`,
      ),
    ).toEqual([{ granted: true }])
  })

  test('what is asserted of such a view holds the rows back', async () => {
    await runActions(db, before)
    const never = assertion('s.never', {
      parent: target('s.v'),
      dependencies: [target('s.v')],
      query: 'select id from "s"."v" where b',
    })
    const { results } = await runActions(db, [...after, never])
    expect(results[0]?.failure).toMatchObject({ kind: 'audit' })
    expect((await all()).map((row) => row.r)).toEqual([{ id: 1, a: 'old' }])
    expect(await db.rows('select id, a from s.v')).toEqual([{ id: 1, a: 'old' }])
  })
})
