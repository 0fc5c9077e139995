/** The SQL that every kind of action becomes. The files beside this one are read, not just accepted. */
import { describe, expect, test } from 'vitest'
import type { Action, AssertionAction } from '../../src/graph/types.js'
import type { Catalog, Relation } from '../../src/plan/catalog.js'
import { planRun } from '../../src/plan/plan-run.js'
import { renderPlan } from '../../src/plan/render.js'
import type { Facts } from '../../src/plan/replace/facts.js'
import { managedComment } from '../../src/plan/sql/managed.js'
import { parsePostgresOptions } from '../../src/plan/options.js'
import type { PlanOptions } from '../../src/plan/types.js'
import {
  assertion,
  incremental,
  load,
  operations,
  storage,
  table,
  target,
  view,
} from '../support/actions.js'
import { facts, index, relationFacts, viewFacts } from '../support/facts.js'

const OPTIONS: PlanOptions = { fullRefresh: false, asOf: '2025-03-31', sampleRows: 5, gate: true }

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
  foreignKeys: [],
  isUnlogged: false,
  partitionKey: null,
  options: [],
  tablespace: null,
  hasAttachments: false,
  stamp: 'the stamp',
  ...rest,
})

function render(
  actions: readonly Action[],
  existing: readonly Relation[] = [],
  options: Partial<PlanOptions> = {},
  known: readonly Facts[] = [],
): string {
  const catalog: Catalog = {
    indexNames: new Map(),
    schemas: new Set(existing.map((item) => item.target.schema)),
    relations: new Map(existing.map((item) => [`${item.target.schema}.${item.target.name}`, item])),
  }
  const input = {
    actions,
    inlineAssertions: actions.filter((action) => action.type === 'assertion'),
    options: { ...OPTIONS, ...options },
    facts: new Map(
      known.flatMap((item) =>
        item.relations.slice(0, 1).map((root) => [`${root.schema}.${root.name}`, item]),
      ),
    ),
  }
  return `${renderPlan(planRun(input, catalog))}\n`
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
const fTable = relation('s.f', 'partitioned table', {
  partitionKey: 'RANGE (day)',
  columns: ['id', 'name', 'doc', 'day'].map((name) => ({
    name,
    type: { id: 'integer', doc: 'json', day: 'date' }[name] ?? 'text',
    comment: null,
    isGenerated: false,
  })),
})

const inline = (rest: Partial<AssertionAction> = {}): AssertionAction =>
  assertion('a.t_rows', {
    parent: target('s.t'),
    dependencies: [target('s.t')],
    query: `SELECT 'id > 0' AS failing_row_condition, "s"."t".* FROM "s"."t" WHERE NOT (id > 0)`,
    ...rest,
  })
const inlineKey = inline({
  target: target('a.t_key'),
  keyList: 'id',
  query:
    'SELECT * FROM (SELECT id, COUNT(*) AS index_row_count FROM "s"."t" GROUP BY id) AS keys WHERE index_row_count > 1',
})

const declared = (indexes: readonly object[]) => ({
  extraProperties: { postgres: { indexes: indexes as never } },
})
const hashOf = (definition: object): string => {
  const { options } = parsePostgresOptions(declared([definition]).extraProperties)
  const [first] = options.indexes
  if (first === undefined) throw new Error('no index')
  return managedComment(first)
}

describe('plans', () => {
  test.each([
    [
      'table-new',
      render([
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
              foreignKeys: [
                {
                  columns: ['id'],
                  references: { schema: 's', table: 'parent', columns: ['id'] },
                  onDelete: 'cascade',
                },
              ],
            },
          },
        }),
        inline(),
        inlineKey,
      ]),
    ],
    ['table-no-gate', render([table('s.t'), inline()], [], { gate: false })],
    [
      'table-replaced',
      render(
        [
          table('s.t', documented),
          view('s.v', { query: 'select id from s.t', dependencies: [target('s.t')] }),
          inline(),
        ],
        [
          relation('s.t', 'table', { hasAttachments: true }),
          relation('s.v', 'view', { columns: [] }),
        ],
        {},
        [
          facts(
            relationFacts('s.t', 'table', {
              grants: [
                { grantee: 'reader', grantor: null, privilege: 'SELECT', isGrantable: false },
              ],
              comment: 'an old one',
              indexes: [index('by_hand', 'CREATE INDEX by_hand ON s.t USING btree (id)')],
            }),
            viewFacts('s.v', 's.t', ['id']),
            viewFacts('other.v', 's.t', ['id', 'name'], { options: ['security_invoker=true'] }),
          ),
        ],
      ),
    ],
    ['table-replaced-bare', render([table('s.t')], [relation('s.t', 'table')])],
    [
      'table-in-place-of-view',
      render([table('s.t')], [relation('s.t', 'view')], {}, [
        facts(
          relationFacts('s.t', 'view', {
            grants: [{ grantee: null, grantor: null, privilege: 'SELECT', isGrantable: false }],
          }),
        ),
      ]),
    ],
    [
      'table-partitioned-replaced',
      render(
        [table('s.f', { storage: storage({ partitionBy: `date_trunc('day', day)` }) })],
        [fTable],
        {},
        [facts(relationFacts('s.f', 'partitioned table'))],
      ),
    ],
    ['incremental-first', render([merging, inline(), inlineKey])],
    [
      'incremental-merge',
      render(
        [
          {
            ...merging,
            updatePartitionFilter: 'id > 5',
            incrementalPredicates: ['dataform_dest.id < 9'],
          },
          inline(),
          inlineKey,
        ],
        [
          relation('s.t', 'table', {
            comment: documented.description,
            indexes: [
              {
                name: 't_id_key',
                comment: hashOf({ columns: ['id'], unique: true }),
                isValid: true,
              },
            ],
          }),
        ],
      ),
    ],
    [
      'incremental-append',
      render([{ ...merging, strategy: 'append', uniqueKey: [] }], [relation('s.t', 'table')]),
    ],
    [
      'incremental-full-refresh',
      render([merging], [relation('s.t', 'table')], { fullRefresh: true }),
    ],
    [
      'incremental-protected',
      render([{ ...merging, isProtected: true }], [relation('s.t', 'table')], {
        fullRefresh: true,
      }),
    ],
    [
      'incremental-indexes',
      render(
        [
          {
            ...merging,
            uniqueKey: [],
            strategy: 'append',
            ...declared([
              { columns: ['name'], method: 'hash' },
              { columns: ['doc'], method: 'gin', opclass: 'jsonb_path_ops' },
              { columns: [{ column: 'id', order: 'desc', nulls: 'last' }], where: 'id > 0' },
            ]),
          },
        ],
        [
          relation('s.t', 'table', {
            indexes: [
              { name: 't_name_idx', comment: hashOf({ columns: ['name'] }), isValid: true },
              { name: 't_doc_idx', comment: null, isValid: false },
              { name: 't_old_idx', comment: hashOf({ columns: ['old'] }), isValid: true },
              { name: 'by_hand', comment: 'mine', isValid: true },
            ],
          }),
        ],
      ),
    ],
    [
      'incremental-indexes-partitioned',
      render(
        [{ ...partitioned, uniqueKey: [], strategy: 'append', ...declared([{ columns: ['id'] }]) }],
        [
          {
            ...fTable,
            indexes: [{ name: 'f_old_idx', comment: hashOf({ columns: ['old'] }), isValid: true }],
          },
        ],
      ),
    ],
    ['partitioned-first', render([partitioned])],
    ['partitioned-merge', render([partitioned], [fTable])],
    [
      'partitioned-overwrite',
      render([{ ...partitioned, strategy: 'insert_overwrite', uniqueKey: [] }], [fTable]),
    ],
    ['view-new', render([view('s.t', documented), inline()])],
    [
      'view-replaced',
      render([view('s.t', { query: 'select 2 as id' }), inline()], [relation('s.t', 'view')], {}, [
        facts(relationFacts('s.t', 'view', { options: ['security_barrier=true'] })),
      ]),
    ],
    [
      'materialized-view-new',
      render([
        view('s.m', { materialized: true, ...declared([{ columns: ['id'], unique: true }]) }),
      ]),
    ],
    [
      'materialized-view-refreshed',
      render([view('s.m', { materialized: true })], [relation('s.m', 'materialized view')], {}, [
        facts(
          relationFacts('s.m', 'materialized view', {
            definition: ' SELECT 1 AS id;',
            indexes: [index('m_id', 'CREATE UNIQUE INDEX m_id ON s.m USING btree (id)')],
          }),
        ),
      ]),
    ],
    [
      'materialized-view-without-key',
      render([view('s.m', { materialized: true })], [relation('s.m', 'materialized view')], {}, [
        facts(relationFacts('s.m', 'materialized view', { definition: ' SELECT 1 AS id;' })),
      ]),
    ],
    [
      'operations',
      render([
        operations('s.o', { statements: ['create table a ()', 'vacuum a', 'drop table a'] }),
      ]),
    ],
    ['assertion', render([assertion('s.a', { query: 'select * from t where bad -- really\n' })])],
    ['load', render([load('raw.x')])],
    ['disabled', render([table('s.t', { disabled: true })])],
    [
      'refused',
      render([table('s.t', { storage: storage({ partitionBy: 'RANGE_BUCKET(id, 5)' }) })]),
    ],
    ['refused-kind', render([table('s.t')], [relation('s.t', 'foreign table')])],
    [
      'refused-overwrite',
      render([{ ...merging, strategy: 'insert_overwrite' }], [relation('s.t', 'table')]),
    ],
    [
      'refused-partitioning',
      render([merging], [relation('s.t', 'partitioned table', { partitionKey: 'RANGE (day)' })]),
    ],
  ])('%s', async (name, plan) => {
    await expect(plan).toMatchFileSnapshot(`plan/${name}.sql`)
  })

  test('the same input gives the same plan', () => {
    expect(render([merging, partitioned])).toBe(render([merging, partitioned]))
  })
})
