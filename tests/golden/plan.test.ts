/** The SQL that every kind of action becomes. The files beside this one are read, not just accepted. */
import { describe, expect, test } from 'vitest'
import type { Action } from '../../src/graph/types.js'
import type { Catalog, Relation } from '../../src/plan/catalog.js'
import { planRun } from '../../src/plan/plan-run.js'
import { renderPlan } from '../../src/plan/render.js'
import type { PlanOptions } from '../../src/plan/types.js'
import {
  assertion,
  incremental,
  operations,
  storage,
  table,
  target,
  view,
} from '../support/actions.js'

const OPTIONS: PlanOptions = { fullRefresh: false, asOf: '2025-03-31', sampleRows: 5 }

const relation = (key: string, kind: Relation['kind'], rest: Partial<Relation> = {}): Relation => ({
  target: target(key),
  kind,
  columns: ['id', 'name', 'doc'].map((name) => ({
    name,
    type: name === 'id' ? 'integer' : name === 'doc' ? 'json' : 'text',
    comment: null,
    isGenerated: false,
  })),
  comment: null,
  indexes: [],
  partitionKey: null,
  options: [],
  hasAttachments: false,
  ...rest,
})

function render(
  actions: readonly Action[],
  existing: readonly Relation[],
  options: Partial<PlanOptions> = {},
): string {
  const catalog: Catalog = {
    schemas: new Set(existing.map((item) => item.target.schema)),
    relations: new Map(existing.map((item) => [`${item.target.schema}.${item.target.name}`, item])),
  }
  return `${renderPlan(planRun(actions, catalog, { ...OPTIONS, ...options }))}\n`
}

const documented = {
  description: "One row a thing; don't panic.",
  columns: [{ path: ['id'], description: 'The key.' }],
}
const merging = incremental('s.t', {
  ...documented,
  query: 'select id, name, doc from src',
  incrementalQuery: 'select id, name, doc from src where is_new',
  uniqueKey: ['id'],
  strategy: 'merge',
})
const partitioned = incremental('s.f', {
  query: 'select id, day from src',
  incrementalQuery: 'select id, day from src where is_new',
  uniqueKey: ['id', 'day'],
  strategy: 'merge',
  storage: storage({ partitionBy: 'day', partitionExpirationDays: 365 }),
})

describe('plans', () => {
  test.each([
    [
      'table-new',
      render(
        [
          table('s.t', {
            ...documented,
            query: 'select 1 as id;\n',
            preOps: ["set local work_mem = '64MB'"],
            postOps: ['grant select on s.t to public'],
            storage: storage({ clusterBy: ['id'] }),
            extraProperties: {
              postgres: {
                fillfactor: 90,
                indexes: [{ columns: ['lower(name)'], where: 'id > 0' }],
              },
            },
          }),
        ],
        [],
      ),
    ],
    [
      'table-replaced',
      render(
        [table('s.t'), view('s.v', { query: 'select id from s.t', dependencies: [target('s.t')] })],
        [relation('s.t', 'table', { hasAttachments: true }), relation('s.v', 'view')],
      ),
    ],
    ['table-replaced-bare', render([table('s.t')], [relation('s.t', 'table')])],
    ['incremental-first', render([merging], [])],
    [
      'incremental-merge',
      render([merging], [relation('s.t', 'table', { comment: documented.description })]),
    ],
    [
      'incremental-append',
      render([{ ...merging, strategy: 'append', uniqueKey: [] }], [relation('s.t', 'table')]),
    ],
    ['partitioned-first', render([partitioned], [])],
    [
      'partitioned-merge',
      render(
        [partitioned],
        [relation('s.f', 'partitioned table', { partitionKey: 'RANGE (day)' })],
      ),
    ],
    [
      'materialized-view',
      render([view('s.m', { materialized: true })], [relation('s.m', 'materialized view')]),
    ],
    [
      'operations',
      render(
        [operations('s.o', { statements: ['create table a ()', 'vacuum a', 'drop table a'] })],
        [],
      ),
    ],
    [
      'assertion',
      render([assertion('s.a', { query: 'select * from t where bad -- really\n' })], []),
    ],
    ['disabled', render([table('s.t', { disabled: true })], [])],
    [
      'refused',
      render([table('s.t', { storage: storage({ partitionBy: 'RANGE_BUCKET(id, 5)' }) })], []),
    ],
  ])('%s', async (name, plan) => {
    await expect(plan).toMatchFileSnapshot(`plan/${name}.sql`)
  })

  test('the same input gives the same plan', () => {
    expect(render([merging, partitioned], [])).toBe(render([merging, partitioned], []))
  })
})
