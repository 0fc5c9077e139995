/** Inline assertions hold back what they are about. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { postgresDialect } from '../../src/compile/dialect.js'
import type { AssertionAction } from '../../src/graph/types.js'
import { assertion, incremental, storage, table, target, view } from '../support/actions.js'
import { createTestDatabase } from '../support/database.js'
import type { TestDatabase } from '../support/database.js'
import { runActions } from '../support/run-actions.js'
import type { RunActionsOptions } from '../support/run-actions.js'

let db: TestDatabase
beforeEach(async () => {
  db = await createTestDatabase()
})
afterEach(async () => {
  await db.drop()
})

const sql = postgresDialect('s')
const parent = target('s.t')
const name = sql.resolveTarget(parent)
const inline = (key: string, query: string, rest: Partial<AssertionAction> = {}): AssertionAction =>
  assertion(key, { parent, dependencies: [parent], query, ...rest })
const rowRule = (condition: string): AssertionAction =>
  inline('a.rows', sql.rowConditionsAssertion(name, [condition]))
const keyRule = (columns: string): AssertionAction =>
  inline('a.key', sql.indexAssertion(name, columns.split(', ')), { keyList: columns })

const positive = rowRule('id > 0')
const statuses = async (
  actions: Parameters<typeof runActions>[1],
  options?: RunActionsOptions,
): Promise<Record<string, string>> => {
  const { results } = await runActions(db, actions, options)
  return Object.fromEntries(results.map((result) => [result.target.name, result.status]))
}
const ids = async (): Promise<unknown[]> =>
  (await db.rows('select id from s.t order by id')).map((row) => row.id)

describe('a failing inline assertion', () => {
  test('holds a new table back, and skips what depends on it', async () => {
    const { results } = await runActions(db, [
      table('s.t', { query: 'select n as id from generate_series(-1, 2) n' }),
      positive,
      keyRule('id'),
      table('s.u', { dependencies: [parent] }),
    ])
    expect(
      Object.fromEntries(results.map((result) => [result.target.name, result.status])),
    ).toEqual({
      t: 'failed',
      rows: 'failed',
      key: 'succeeded',
      u: 'skipped',
    })
    expect(results.find((result) => result.target.name === 't')?.failure).toMatchObject({
      kind: 'audit',
      message: 'not published, because an assertion fails: rows',
    })
    expect(results.find((result) => result.target.name === 'rows')?.failure).toMatchObject({
      kind: 'assertion',
      failingRows: 2,
      sample: [{ failing_row_condition: 'id > 0', id: -1 }, { id: 0 }],
    })
    expect(await db.rows(`select to_regclass('s.t') as t`)).toEqual([{ t: null }])
  })

  test.each([
    ['a table', table('s.t', { query: 'select -1 as id' })],
    [
      'a partitioned table',
      table('s.t', {
        query: `select -1 as id, date '2025-01-01' as day`,
        storage: storage({ partitionBy: 'day' }),
      }),
    ],
    ['a view', view('s.t', { query: 'select -1 as id' })],
    ['a materialized view', view('s.t', { query: 'select -1 as id', materialized: true })],
  ])('leaves the old state of %s', async (_what, action) => {
    await runActions(db, [{ ...action, query: action.query.replace('-1', '5') }, positive])
    expect(await ids()).toEqual([5])
    expect(await statuses([action, positive])).toEqual({ t: 'failed', rows: 'failed' })
    expect(await ids()).toEqual([5])
    expect(await db.rows(`select relname from pg_class where relname like 'dataform%'`)).toEqual([])
  })

  test('leaves a materialized view that is refreshed in place as it was', async () => {
    await db.rows('create schema s; create table s.src as select 5 as id')
    const action = view('s.t', {
      query: 'select id from s.src',
      materialized: true,
      extraProperties: { postgres: { indexes: [{ columns: ['id'], unique: true }] } },
    })
    await runActions(db, [action, positive])
    await db.rows('update s.src set id = -5')
    expect(await statuses([action, positive])).toEqual({ t: 'failed', rows: 'failed' })
    expect(await ids()).toEqual([5])
  })

  test('gates also when the assertion itself was not selected, and not when it is disabled', async () => {
    const bad = table('s.t', { query: 'select -1 as id' })
    const plan = { actions: [bad], inline: [positive] }
    const { planRun } = await import('../../src/plan/plan-run.js')
    const options = { fullRefresh: false, asOf: null, sampleRows: 5, gate: true }
    const catalog = { schemas: new Set<string>(), relations: new Map(), indexNames: new Map() }
    const audits = (inlineAssertions: readonly AssertionAction[]): number =>
      planRun({ actions: plan.actions, inlineAssertions, options }, catalog)
        .actions.flatMap((item) => item.groups.flatMap((group) => group.steps))
        .filter((step) => step.kind === 'audit').length
    expect(audits(plan.inline)).toBe(1)
    expect(audits([{ ...positive, disabled: true }])).toBe(0)
  })

  test('of severity warn is reported, and publishes', async () => {
    const warning = { ...positive, extraProperties: { quality: { severity: 'warn' } } }
    expect(await statuses([table('s.t', { query: 'select -1 as id' }), warning])).toEqual({
      t: 'succeeded',
      rows: 'warned',
    })
    expect(await ids()).toEqual([-1])
  })

  test('with --no-gate is found after the publication', async () => {
    const actions = [
      table('s.t', { query: 'select -1 as id' }),
      positive,
      table('s.u', { dependencies: [parent] }),
    ]
    expect(await statuses(actions, { gate: false })).toEqual({
      t: 'succeeded',
      rows: 'failed',
      u: 'succeeded',
    })
    expect(await ids()).toEqual([-1])
  })

  test('one that is wrong itself fails the model, with the place of the mistake', async () => {
    const { results } = await runActions(db, [table('s.t'), rowRule('idd > 0')])
    expect(results[0]).toMatchObject({
      status: 'failed',
      failure: { kind: 'sql', sqlstate: '42703', step: 'audit rows' },
    })
    expect(results[1]?.status).toBe('skipped')
  })
})

describe('of an incremental table', () => {
  const growing = (incrementalQuery: string) =>
    incremental('s.t', {
      query: `select n as id, 'a' as v from generate_series(1, 3) n`,
      incrementalQuery,
      uniqueKey: ['id'],
      strategy: 'merge',
    })

  test('rows are checked in the delta alone', async () => {
    await runActions(db, [growing(''), positive])
    // A row that is there already, and breaks the rule, is no business of this run.
    await db.rows(`insert into s.t values (-7, 'old')`)
    expect(await statuses([growing(`select 4 as id, 'b' as v`), positive])).toEqual({
      t: 'succeeded',
      rows: 'succeeded',
    })
    expect(await statuses([growing(`select -4 as id, 'b' as v`), positive])).toEqual({
      t: 'failed',
      rows: 'failed',
    })
    expect(await ids()).toEqual([-7, 1, 2, 3, 4])
  })

  test('a rule that looks at other rows of the table is checked on the table, with the new rows', async () => {
    const last = rowRule(`id <= (select count(*) from ${name})`)
    await runActions(db, [growing(''), last])
    expect(await statuses([growing(`select 4 as id, 'b' as v`), last])).toMatchObject({
      t: 'succeeded',
    })
    expect(await statuses([growing(`select 9 as id, 'b' as v`), last])).toMatchObject({
      t: 'failed',
      rows: 'failed',
    })
    expect(await ids()).toEqual([1, 2, 3, 4])
  })

  test('keys are checked against the table, also those with NULL', async () => {
    const append = (query: string) =>
      incremental('s.t', {
        query: 'select 1 as id, 1 as part',
        incrementalQuery: query,
        strategy: 'append',
      })
    const key = keyRule('id, part')
    await runActions(db, [append(''), key])
    expect(await statuses([append('select 1 as id, 2 as part'), key])).toEqual({
      t: 'succeeded',
      key: 'succeeded',
    })
    expect(await statuses([append('select 1 as id, 1 as part'), key])).toEqual({
      t: 'failed',
      key: 'failed',
    })
    expect(await statuses([append('select null::int as id, 3 as part'), key])).toMatchObject({
      t: 'succeeded',
    })
    expect(await statuses([append('select null::int as id, 3 as part'), key])).toMatchObject({
      key: 'failed',
    })
    expect(await ids()).toEqual([1, 1, null])
  })

  test('keys that the delta does not have are not looked at', async () => {
    const append = (query: string) =>
      incremental('s.t', { query: 'select 1 as id', incrementalQuery: query, strategy: 'append' })
    await runActions(db, [append('')])
    await db.rows('insert into s.t values (1)')
    expect(await statuses([append('select 2 as id'), keyRule('id')])).toEqual({
      t: 'succeeded',
      key: 'succeeded',
    })
  })

  test('the first build is checked whole', async () => {
    const bad = { ...growing(''), query: 'select 0 as id' }
    expect(await statuses([bad, positive])).toEqual({ t: 'failed', rows: 'failed' })
    expect(await db.rows(`select to_regclass('s.t') as t`)).toEqual([{ t: null }])
  })
})

describe('the dialect', () => {
  test('the columns of a key are found in its query again', async () => {
    const { keyListOf } = await import('../../src/compile/dialect.js')
    for (const columns of [['id'], ['a', '"B c"'], ['lower(x)', 'y']])
      expect(keyListOf(sql.indexAssertion(name, columns))).toBe(columns.join(', '))
    expect(keyListOf(sql.rowConditionsAssertion(name, ['a']))).toBeNull()
  })
})
