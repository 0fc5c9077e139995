import { afterEach, describe, expect, it } from 'vitest'
import { compileProject, type ProjectOverrides } from '../../src/compile/compile-project.js'
import { targetKey } from '../../src/graph/target.js'
import type { Action, Graph } from '../../src/graph/types.js'
import { projectFolder, type ProjectFolder } from '../support/compile-project-folder.js'

const folders: ProjectFolder[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove()
})

async function compile(
  files: Readonly<Record<string, string>>,
  overrides: ProjectOverrides = {},
): Promise<Graph> {
  const folder = projectFolder(files)
  folders.push(folder)
  const result = await compileProject({ projectDir: folder.dir, overrides })
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'))
  return result.graph
}

function find(graph: Graph, key: string): Action {
  const action = graph.actions.find(({ target }) => targetKey(target) === key)
  if (action === undefined) throw new Error(`${key} is not in the graph`)
  return action
}

describe('the graph of a PostgreSQL project', () => {
  it('has every kind of action, narrowed', async () => {
    const graph = await compile({
      'definitions/sources.js': 'declare({ schema: "raw", name: "t", description: "Source" })',
      'definitions/a.sqlx':
        'config { type: "table", tags: ["x"], partitionBy: "day", clusterBy: ["a", "b"], partitionExpirationDays: 7 }\n' +
        'select * from ${ref("raw", "t")}\npre_operations { select 1 }\npost_operations { select 2\n---\nselect 3 }',
      'definitions/b.sqlx':
        'config { type: "view", materialized: true }\nselect * from ${ref("a")}',
      'definitions/c.sqlx':
        'config { type: "operations", hasOutput: true }\ncreate table ${self()} (x int)\n---\nselect 2',
      'definitions/d.sqlx': 'config { type: "assertion" }\nselect * from ${ref("b")} where false',
      'definitions/e.sqlx':
        'config { type: "test", dataset: "f", tags: ["u"] }\ninput "b" { select 1 as x }\nselect 1 as x',
      'definitions/f.sqlx': 'config { type: "view", disabled: true }\nselect x from ${ref("b")}',
    })
    expect(find(graph, 'raw.t')).toMatchObject({ type: 'declaration', description: 'Source' })
    expect(find(graph, 'dw.a')).toMatchObject({
      type: 'table',
      fileName: 'definitions/a.sqlx',
      tags: ['x'],
      dependencies: [{ schema: 'raw', name: 't' }],
      preOps: [' select 1 '],
      storage: { partitionBy: 'day', clusterBy: ['a', 'b'], partitionExpirationDays: 7 },
    })
    expect(find(graph, 'dw.a')).toHaveProperty('postOps.length', 2)
    expect(find(graph, 'dw.a')).toHaveProperty('query', expect.stringContaining('from "raw"."t"'))
    expect(find(graph, 'dw.b')).toMatchObject({ type: 'view', materialized: true })
    expect(find(graph, 'dw.c')).toMatchObject({ type: 'operations', hasOutput: true })
    expect(find(graph, 'dw.c')).toHaveProperty('statements.1', expect.stringContaining('select 2'))
    expect(find(graph, 'checks.d')).toMatchObject({ type: 'assertion', parent: null })
    expect(find(graph, 'dw.f')).toMatchObject({ disabled: true })
    expect(graph.tests).toMatchObject([
      { name: 'e', tags: ['u'], fileName: 'definitions/e.sqlx', disabled: false },
    ])
    expect(graph.tests[0]?.testQuery).toContain('select x from ( select 1 as x )')
  })

  it('narrows incremental tables', async () => {
    const graph = await compile({
      'definitions/merge.sqlx':
        'config { type: "incremental", uniqueKey: ["id"], onSchemaChange: "EXTEND" }\n' +
        'select 1 as id ${when(incremental(), "where new")}',
      'definitions/append.sqlx':
        'config { type: "incremental", protected: true }\nselect 1\nincremental_where { at > 1 }',
      'definitions/overwrite.sqlx':
        'config { type: "incremental", incrementalStrategy: "INSERT_OVERWRITE", partitionBy: "day" }\nselect 1',
    })
    expect(find(graph, 'dw.merge')).toMatchObject({
      strategy: 'merge',
      uniqueKey: ['id'],
      onSchemaChange: 'extend',
      isProtected: false,
    })
    expect(find(graph, 'dw.merge')).toHaveProperty('query', expect.not.stringContaining('new'))
    expect(find(graph, 'dw.merge')).toHaveProperty(
      'incrementalQuery',
      expect.stringContaining('where new'),
    )
    expect(find(graph, 'dw.append')).toMatchObject({
      strategy: 'append',
      isProtected: true,
      onSchemaChange: 'ignore',
    })
    expect(find(graph, 'dw.append')).toHaveProperty(
      'incrementalQuery',
      expect.stringMatching(/select \* from \(\s*select 1\s*\) as subquery\s+where\s+at > 1/),
    )
    expect(find(graph, 'dw.overwrite')).toMatchObject({ strategy: 'insert_overwrite' })
  })

  it('gives inline assertions their table', async () => {
    const graph = await compile({
      'definitions/a.sqlx':
        'config { type: "table", assertions: { uniqueKey: ["id"], rowConditions: ["x <> \'a\'"] } }\nselect 1',
    })
    const assertions = graph.actions.filter((action) => action.type === 'assertion')
    expect(assertions.map(({ target, parent }) => [targetKey(target), parent])).toEqual([
      ['checks.dw_a_assertions_uniqueKey_0', { schema: 'dw', name: 'a' }],
      ['checks.dw_a_assertions_rowConditions', { schema: 'dw', name: 'a' }],
    ])
    expect(assertions[1]?.query).toContain("'x <> ''a'''")
  })

  it('takes extra properties and columns out of their protobuf form', async () => {
    const graph = await compile({
      'includes/options.js': [
        'const value = (x) => x === null ? { nullValue: 0 } : Array.isArray(x) ? { listValue: { values: x.map(value) } }',
        '  : typeof x === "object" ? { structValue: struct(x) } : typeof x === "number" ? { numberValue: x }',
        '  : typeof x === "boolean" ? { boolValue: x } : { stringValue: x }',
        'const struct = (x) => ({ fields: Object.fromEntries(Object.entries(x).map(([k, v]) => [k, value(v)])) })',
        'exports.postgres = (options) => struct({ postgres: options })',
      ].join('\n'),
      'definitions/a.sqlx':
        'config { type: "table", columns: { a: "A", b: { description: "B", columns: { c: "C" } } },' +
        ' metadata: { extraProperties: options.postgres({ n: 0, t: true, s: "", l: [[1], { x: null }] }) } }\nselect 1',
    })
    expect(find(graph, 'dw.a')).toMatchObject({
      extraProperties: { postgres: { n: 0, t: true, s: '', l: [[1], { x: null }] } },
      columns: [
        { path: ['a'], description: 'A' },
        { path: ['b'], description: 'B' },
        { path: ['b', 'c'], description: 'C' },
      ],
    })
  })

  it('takes overrides into names and variables', async () => {
    const graph = await compile(
      {
        'dataform.json': JSON.stringify({
          warehouse: 'postgres',
          defaultSchema: 'dw',
          defaultDatabase: 'ignored',
          vars: { a: '1', b: '2' },
        }),
        'definitions/a.sqlx':
          'config { type: "table" }\nselect \'${dataform.projectConfig.vars.b}\' from ${self()}',
        'definitions/b.sqlx': 'config { type: "table" }\nselect * from ${ref("a")}',
      },
      { schemaSuffix: 'dev', tablePrefix: 'me', vars: { b: 'two=2' } },
    )
    expect(graph.vars).toEqual({ a: '1', b: 'two=2' })
    expect(find(graph, 'dw_dev.me_a')).toHaveProperty(
      'query',
      expect.stringContaining('select \'two=2\' from "dw_dev"."me_a"'),
    )
    expect(find(graph, 'dw_dev.me_b').dependencies).toEqual([{ schema: 'dw_dev', name: 'me_a' }])
  })

  it('reads assertions that a file of definitions requires, and only those', async () => {
    const graph = await compile({
      'definitions/media/assertions.js': 'require("assertions/media/a.sqlx")',
      'assertions/media/a.sqlx': 'config { type: "assertion" }\nselect 1 where false',
      'assertions/media/b.sqlx': 'config { type: "assertion" }\nselect 1 where false',
    })
    expect(graph.actions.map(({ target, fileName }) => [targetKey(target), fileName])).toEqual([
      ['checks.a', 'assertions/media/a.sqlx'],
    ])
  })
})
