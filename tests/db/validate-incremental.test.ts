/** The typed dry run of incremental tables: both queries, and what a later run makes of the table that is there. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Action, IncrementalAction, OnSchemaChange } from '../../src/graph/types.js'
import { assertion, incremental, operations, storage, table, target } from '../support/actions.js'
import { createTestDatabase } from '../support/database.js'
import type { TestDatabase } from '../support/database.js'
import { notCheckedOf, remarksOf, validateActions } from '../support/validate.js'
import type { ValidateActionsOptions } from '../support/validate.js'
import type { ValidationReport } from '../../src/validate/types.js'

let db: TestDatabase
beforeEach(async () => {
  db = await createTestDatabase()
})
afterEach(async () => {
  await db.drop()
})

const validate = (actions: readonly Action[], options?: ValidateActionsOptions) =>
  validateActions(db.database, actions, options)

// What the planner does not support yet is none of these tests' business.
const problemsOf = (report: ValidationReport): readonly string[] =>
  report.problems
    .filter(({ message }) => !message.includes('not supported yet'))
    .map(({ about, message }) => `${about}: ${message}`)

const dependsOn = (...keys: readonly string[]) => ({ dependencies: keys.map(target) })

const reader = (name: string, columns: string): Action =>
  table(name, { query: `select ${columns} from dw.i`, ...dependsOn('dw.i') })

function i(query: string, rest: Partial<IncrementalAction> = {}): IncrementalAction {
  return incremental('dw.i', { query, incrementalQuery: query, ...rest })
}

describe('an incremental table that does not exist', () => {
  test('has both queries checked; the second one reads what the first one makes', async () => {
    const report = await validate([
      i('select 1 as id, now() as at', {
        incrementalQuery: 'select 2 as id, now() as at where now() > (select max(at) from dw.i)',
        uniqueKey: ['ID'],
      }),
      incremental('dw.wrong', {
        incrementalQuery: 'select max(idd) as id from dw.wrong',
      }),
      incremental('dw.both', { query: 'select nix', incrementalQuery: 'select nix' }),
      reader('dw.r', 'id, at'),
    ])
    expect(problemsOf(report)).toEqual([
      'dw.both: column "nix" does not exist',
      'dw.wrong: column "idd" does not exist',
    ])
  })

  test('is told of what a later run would fail of', async () => {
    const report = await validate([
      i('select 1 as id, 2 as gone', { incrementalQuery: 'select 1 as id, 3 as newly' }),
      incremental('dw.key', { uniqueKey: ['nix'], query: 'select 1 as id' }),
    ])
    expect(report.problems).toMatchObject([
      {
        kind: 'schema-change',
        about: 'dw.i',
        message: 'the query does not give the column gone of the table (onSchemaChange is IGNORE)',
        hint: 'The first run works, a later one does not.',
      },
      {
        kind: 'config',
        about: 'dw.key',
        message: 'uniqueKey names "nix", which the query does not give',
      },
    ])
    expect(remarksOf(report)).toEqual([
      'dw.i: the column newly of the query is ignored (onSchemaChange is IGNORE); --full-refresh or EXTEND takes it in',
    ])
  })
})

describe('a later run', () => {
  beforeEach(async () => {
    await db.rows(
      'create schema dw; create table dw.i (id int, name text, gen int generated always as (id) stored)',
    )
  })

  const same = `select 1 as id, 'x' as name`
  const added = `select 1 as id, 'x' as name, now() as newly, 2 as other`
  const removed = 'select 1 as id'

  test.each<[OnSchemaChange, string, readonly string[], readonly string[]]>([
    ['ignore', same, [], []],
    [
      'ignore',
      added,
      [],
      [
        'the columns newly, other of the query are ignored (onSchemaChange is IGNORE); --full-refresh or EXTEND takes them in',
      ],
    ],
    [
      'ignore',
      removed,
      ['the query does not give the column name of the table (onSchemaChange is IGNORE)'],
      [],
    ],
    ['fail', same, [], []],
    [
      'fail',
      added,
      [
        'the query gives the columns newly, other, which the table does not have (onSchemaChange is FAIL)',
      ],
      [],
    ],
    [
      'fail',
      removed,
      ['the query does not give the column name of the table (onSchemaChange is FAIL)'],
      [],
    ],
    ['extend', added, [], []],
    [
      'extend',
      removed,
      ['the query does not give the column name of the table (onSchemaChange is EXTEND)'],
      [],
    ],
    ['synchronize', added, [], []],
    ['synchronize', removed, [], []],
  ])('onSchemaChange %s: %s', async (onSchemaChange, query, problems, remarks) => {
    const report = await validate([i(query, { onSchemaChange })])
    expect(problemsOf(report)).toEqual(problems.map((text) => `dw.i: ${text}`))
    expect(remarksOf(report)).toEqual(remarks.map((text) => `dw.i: ${text}`))
    const gains = problems.length === 0 && /extend|synchronize/.test(onSchemaChange)
    const names = {
      added: gains && query === added ? ['newly', 'other'] : [],
      removed: gains && query === removed ? ['name'] : [],
    }
    const [change] = report.changes
    expect(change?.added.map(({ name }) => name) ?? []).toEqual(names.added)
    expect(change?.removed.map(({ name }) => name) ?? []).toEqual(names.removed)
  })

  test.each<[OnSchemaChange, readonly string[]]>([
    ['ignore', ['dw.newly: column "newly" does not exist']],
    ['extend', []],
  ])('with %s dependents see the table as it will be', async (onSchemaChange, problems) => {
    const report = await validate([
      i(added, { onSchemaChange }),
      reader('dw.newly', 'id, name, newly'),
      reader('dw.old', 'name'),
      assertion('c.c', { query: 'select gen from dw.i', ...dependsOn('dw.i') }),
    ])
    expect(problemsOf(report)).toEqual(problems)
  })

  test('a column that is dropped is gone for dependents, and for views that are not part of the run', async () => {
    await db.rows('create view public.v as select name from dw.i')
    const report = await validate([
      i(removed, { onSchemaChange: 'synchronize' }),
      reader('dw.old', 'name'),
    ])
    expect(problemsOf(report)).toEqual([
      'dw.i: the view public.v is not part of the run and reads "name", which would be removed',
      'dw.old: column "name" does not exist',
    ])
  })

  test('a column of the key can not be dropped', async () => {
    const report = await validate([
      i(removed, { onSchemaChange: 'synchronize', uniqueKey: ['id', 'name'] }),
    ])
    expect(problemsOf(report)).toEqual([
      "dw.i: the column name can't be dropped: the uniqueKey has it (onSchemaChange is SYNCHRONIZE)",
    ])
  })

  test('self() is the table as it is before the run, also where the run adds columns', async () => {
    const report = await validate([
      i(added, {
        onSchemaChange: 'extend',
        incrementalPreOps: ['create temp table seen as select gen from dw.i'],
        incrementalQuery: `${added} where exists (select newly from dw.i) or exists (select gen from seen)`,
      }),
    ])
    // An unqualified name may come from outside of the subquery; a qualified one may not.
    expect(problemsOf(report)).toEqual(['dw.i: column "newly" does not exist'])
  })

  test('post_operations see the table as it is after it', async () => {
    const report = await validate([
      i(added, {
        onSchemaChange: 'extend',
        postOps: ['update dw.i set newly = null, nix = 1'],
        incrementalPreOps: ['create temp table batch as select 1 as id'],
        incrementalPostOps: [
          'update dw.i set newly = now(); delete from batch; update dw.i set other = now()',
        ],
      }),
    ])
    expect(problemsOf(report)).toEqual([
      'dw.i: column "nix" of relation "dw.i" does not exist',
      'dw.i: column "other" is of type integer but expression is of type timestamp with time zone',
    ])
  })

  test('types stay: values are cast, where they can be', async () => {
    const query = (id: string): string => `select ${id} as id, 'x'::varchar as name`
    const cast = await validate([i(query('2::bigint'))])
    expect(problemsOf(cast)).toEqual([])
    expect(remarksOf(cast)).toEqual([
      'dw.i: "id" is integer in the table and bigint in the incremental query: values are cast',
      'dw.i: "name" is text in the table and character varying in the incremental query: values are cast',
    ])
    expect(cast).toMatchObject({ changes: [], unchanged: 1 })
    const not = await validate([i(query('now()'), { uniqueKey: ['id'] })])
    expect(problemsOf(not)).toEqual([
      'dw.i: "id" is integer in the table and timestamp with time zone in the incremental query, and is not cast by itself',
      'dw.i: "id" is integer in the table and timestamp with time zone in the incremental query, and the key can\'t be compared',
    ])
    expect(remarksOf(not)).toHaveLength(1)
  })

  test('--full-refresh makes the table anew, unless it is protected', async () => {
    const query = 'select 1::bigint as id'
    const rebuilt = await validate([i(query), reader('dw.r', 'name')], { fullRefresh: true })
    expect(problemsOf(rebuilt)).toEqual(['dw.r: column "name" does not exist'])
    expect(rebuilt.changes).toMatchObject([
      { removed: [{ name: 'name' }, { name: 'gen' }], retyped: [{ name: 'id', to: 'bigint' }] },
    ])
    const kept = await validate([i(same, { isProtected: true })], { fullRefresh: true })
    expect(kept).toMatchObject({ changes: [], unchanged: 1 })
  })

  test('the full query is checked as well', async () => {
    const report = await validate([
      i('select nix', { incrementalQuery: same, preOps: ['create temp table x as select wrong'] }),
      reader('dw.r', 'name'),
    ])
    expect(problemsOf(report)).toEqual([
      'dw.i: column "nix" does not exist',
      'dw.i: column "wrong" does not exist',
    ])
    expect(notCheckedOf(report)).toEqual([])
    // One mistake in both queries is one problem.
    expect(problemsOf(await validate([i('select nix')]))).toEqual([
      'dw.i: column "nix" does not exist',
    ])
  })

  test('conditions on the target are checked, with the aliases of the stock command', async () => {
    const report = await validate([
      i(same, {
        uniqueKey: ['id'],
        updatePartitionFilter: ' id > 3 or nix',
        incrementalPredicates: [
          'dataform_dest.id > dataform_source.id',
          'dataform_dest.gone > 3',
          'true) or (true',
        ],
      }),
    ])
    expect(problemsOf(report)).toEqual([
      'dw.i: column dataform_dest.gone does not exist',
      'dw.i: syntax error at or near ")"',
      'dw.i: column "nix" does not exist',
    ])
  })

  test('indexes are those of the table as it will be', async () => {
    const report = await validate([
      i(added, { onSchemaChange: 'extend', storage: storage({ clusterBy: ['newly', 'nix'] }) }),
    ])
    expect(problemsOf(report)).toEqual([
      'dw.i: clusterBy names "nix", which the query does not give',
    ])
  })

  test('a table that can not be checked stands in as it is', async () => {
    const report = await validate([
      i(same, { incrementalQuery: 'select 1 as id, nix as name' }),
      reader('dw.r', 'name'),
      reader('dw.s', 'nothing'),
    ])
    expect(problemsOf(report)).toEqual([
      'dw.i: column "nix" does not exist',
      'dw.s: column "nothing" does not exist',
    ])
    expect(report.changes).toEqual([])
  })

  test.each<[OnSchemaChange, readonly string[]]>([
    ['ignore', ['dw.i: column "nix" does not exist', 'dw.r: column "newly" does not exist']],
    ['extend', ['dw.i: column "nix" does not exist']],
  ])('with %s dependents may rely on its columns, or not', async (onSchemaChange, problems) => {
    const incrementalQuery = 'select 1 as id, nix as name, 2 as newly'
    const report = await validate([
      i(same, { onSchemaChange, incrementalQuery }),
      reader('dw.r', 'newly'),
    ])
    expect(problemsOf(report)).toEqual(problems)
    expect(notCheckedOf(report)).toEqual(problems.length === 1 ? ['dw.r: because of dw.i'] : [])
  })

  test('what is not executed before it excuses what it may have made', async () => {
    const report = await validate([
      i(same, {
        incrementalPreOps: ['do $$ begin create temp table made as select 1 as id; end $$'],
        incrementalQuery: `select id, 'x' as name from made`,
      }),
    ])
    expect(problemsOf(report)).toEqual([])
    expect(notCheckedOf(report)).toEqual([
      'dw.i: do in incremental pre_operations',
      'dw.i: its incremental pre_operations are not executed',
    ])
  })

  test('an operation upstream that is not there yet keeps both queries from being checked', async () => {
    const report = await validate([
      operations('dw.op', { hasOutput: true, statements: ['call dw.make()'] }),
      i('select id, name from dw.op', dependsOn('dw.op')),
    ])
    expect(problemsOf(report)).toEqual([])
    expect(notCheckedOf(report)).toContain(
      'dw.i: the columns of dw.op are not known before it has run',
    )
  })
})

test('a view of that name is replaced by the table', async () => {
  await db.rows('create schema dw; create view dw.i as select 1 as id, 2 as gone')
  const report = await validate([i('select 1 as id')])
  expect(report.changes).toMatchObject([
    { kind: 'table', was: 'view', removed: [{ name: 'gone', type: 'integer' }] },
  ])
})
