import { afterEach, describe, expect, it } from 'vitest'
import { compileProject } from '../../src/compile/compile-project.js'
import { renderProblem } from '../../src/failure/render.js'
import { projectFolder, type ProjectFolder } from '../support/compile-project-folder.js'

const folders: ProjectFolder[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove()
})

/** The problems of a project, each as people see it. */
async function problems(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const folder = projectFolder(files)
  folders.push(folder)
  const result = await compileProject({ projectDir: folder.dir })
  return result.ok ? [] : result.problems.map((problem) => renderProblem(problem))
}

const TABLE = 'config { type: "table" }\n'

describe('problems of a project', () => {
  it('a sound project has none', async () => {
    expect(await problems({ 'definitions/a.sqlx': `${TABLE}select 1 as a` })).toEqual([])
  })

  it('an unknown reference, with the nearest names', async () => {
    expect(
      await problems({
        'definitions/orders.sqlx': `${TABLE}select 1 as a`,
        'definitions/b.sqlx': `${TABLE}select 1 as one\nfrom \${ref("ordres")}`,
      }),
    ).toEqual([
      [
        'definitions/b.sqlx:3:13  there is no action "ordres"',
        '   3 | from ${ref("ordres")}',
        '                   ^^^^^^',
        '  hint: did you mean "orders"?',
      ].join('\n'),
    ])
  })

  it('an unknown reference in JavaScript, in dependencies, and with a wrong schema', async () => {
    const found = await problems({
      'definitions/a.js':
        'publish("a", (ctx) => `select * from ${ctx.ref("nothing_like_it")}`)\n' +
        'publish("b").query("select 1").dependencies(["other"])\n' +
        'publish("c", (ctx) => `select * from ${ctx.ref("wrong", "a")}`)',
    })
    expect(found.map((text) => text.split('\n')[0])).toEqual([
      'definitions/a.js:1:49  there is no action "nothing_like_it"',
      'definitions/a.js:2:47  there is no action "other"',
      'definitions/a.js:3:58  there is no action "wrong.a"',
    ])
    expect(found[2]).toContain('there is ref("dw", "a")')
  })

  it('an unknown reference that an include makes, where its caller names it', async () => {
    const include =
      'const table = (name, from) =>\n' +
      '  publish(name, (ctx) => `select * from ${ctx.ref(from)} join ${ctx.ref("fixed")}`)\n' +
      'module.exports = { table }'
    const found = await problems({
      'includes/lib.js': include,
      'definitions/a.js': '\nlib.table("a", "missing")',
      'definitions/b.sqlx': `${TABLE}select 1 as a`,
    })
    expect(found.map((text) => text.split('\n')[0])).toEqual([
      'definitions/a.js:2:17  there is no action "missing"',
      'includes/lib.js:2:74  there is no action "fixed"',
    ])
  })

  it('an ambiguous reference', async () => {
    expect(
      await problems({
        'definitions/a.js': 'for (const schema of ["x", "y"]) publish("t", { schema })',
        'definitions/b.sqlx': `${TABLE}select * from \${ref("t")}`,
      }),
    ).toEqual([
      [
        'definitions/b.sqlx:2:22  "t" may be any of x.t, y.t',
        '   2 | select * from ${ref("t")}',
        '                            ^',
        '  hint: say which: ref("x", "t") or ref("y", "t")',
      ].join('\n'),
    ])
  })

  it('two actions with one name, and nothing about those that read it', async () => {
    const found = await problems({
      'definitions/a.sqlx': 'config { type: "table", name: "t" }\nselect 1 as a',
      'definitions/b.sqlx': 'config { type: "view", name: "t" }\nselect 1 as a',
      'definitions/c.sqlx': `${TABLE}select * from \${ref("t")}`,
    })
    expect(found).toHaveLength(1)
    expect(found[0]).toContain('definitions/a.sqlx:1:32  "dw.t" is defined here and in definitions')
  })

  it('a cycle, along its references', async () => {
    const found = await problems({
      'definitions/a.sqlx': `${TABLE}select * from \${ref("b")}`,
      'definitions/b.sqlx': `${TABLE}select * from \${ref("c")}`,
      'definitions/c.sqlx': `${TABLE}select * from \${ref("a")}`,
      'definitions/d.sqlx': `${TABLE}select * from \${ref("a")}`,
    })
    expect(found).toHaveLength(1)
    expect(found[0]).toContain('a.sqlx:2:22  these depend on each other: dw.a > dw.b > dw.c > dw.a')
  })

  it('an unknown config key, and an unknown type', async () => {
    const found = await problems({
      'definitions/a.sqlx': 'config {\n  type: "table",\n  descripton: "x"\n}\nselect 1',
      'definitions/b.sqlx': 'config {\n  type: "tabel"\n}\nselect 1',
      'definitions/c.sqlx': 'config { type: "table", tags: "x" }\nselect 1',
    })
    expect(found.map((text) => text.split('\n')[0])).toEqual([
      'definitions/a.sqlx:3:3  unknown config key "descripton"',
      'definitions/b.sqlx:2:10  there is no action type "tabel"',
      'definitions/c.sqlx:1:25  the config key "tags" can\'t have a value of type string here',
    ])
    expect(found[0]).toContain('did you mean description?')
  })

  it('syntax errors of SQLX and JavaScript, and nothing about those that read what is missing', async () => {
    const found = await problems({
      'definitions/a.sqlx': `${TABLE}select 1 as a\nfrom \${ref("b" }`,
      'definitions/b.js': 'const x = 1\npublish("bee"\n',
      'definitions/c.sqlx': `${TABLE}select * from \${ref("a")}, \${ref("bee")}`,
      'includes/d.js': 'module.exports = { x: }',
    })
    expect(found.map((text) => text.split('\n')[0])).toEqual([
      'definitions/a.sqlx:3:12  syntax error: missing ) after argument list',
      'definitions/b.js:2:9  syntax error: missing ) after argument list',
      "includes/d.js:1:23  syntax error: Unexpected token '}'",
    ])
  })

  it('an error that is thrown in a file of includes, at the place where it is thrown', async () => {
    const found = await problems({
      'includes/lib.js': 'module.exports = {\n  f: () => missing.x,\n}',
      'definitions/a.sqlx': `${TABLE}select \${lib.f()}`,
    })
    expect(found).toEqual([
      'includes/lib.js:2:20  missing is not defined (while compiling definitions/a.sqlx)\n' +
        '   2 |   f: () => missing.x,\n' +
        '                          ^',
    ])
  })

  it('a name that PostgreSQL would cut, but not one of an assertion, which makes nothing', async () => {
    const long = 'n'.repeat(64)
    const found = await problems({
      [`definitions/${long}.sqlx`]:
        'config { type: "table", assertions: { uniqueKey: ["a"] } }\nselect 1 as a',
      'definitions/ok.sqlx': `config { type: "table", name: "${'é'.repeat(31)}" }\nselect 1 as a`,
      'definitions/wide.sqlx': `config { type: "view", name: "${'é'.repeat(32)}" }\nselect 1 as a`,
    })
    expect(found.map((text) => text.split('\n')[0])).toEqual([
      `definitions/${long}.sqlx:1:1  "${long}" has 64 bytes; PostgreSQL keeps 63`,
      `definitions/wide.sqlx:1:31  "${'é'.repeat(32)}" has 64 bytes; PostgreSQL keeps 63`,
    ])
  })

  it('what only BigQuery has', async () => {
    const found = await problems({
      'definitions/a.js': 'publish("a", { type: "table" }).jitCode(async () => "select 1")',
      'definitions/b.sqlx': 'config { type: "view", database: "elsewhere" }\nselect 1',
      'definitions/actions.yaml': 'actions:\n  - notebook:\n      filename: n.ipynb\n',
      'definitions/n.ipynb': '{"cells":[]}',
    })
    expect(found.map((text) => text.split('\n')[0]).sort()).toEqual([
      'definitions/a.js:1:33  just-in-time compilation (jitCode) exists on BigQuery only',
      'definitions/b.sqlx:1:35  "dw.b" is in the database "elsewhere"; PostgreSQL sees only its own',
      'definitions/n.ipynb  notebooks exist on BigQuery only',
    ])
  })

  it('options without effect are warnings', async () => {
    const folder = projectFolder({
      'definitions/a.sqlx': 'config { type: "table", bigquery: { labels: { a: "b" } } }\nselect 1',
    })
    folders.push(folder)
    const result = await compileProject({ projectDir: folder.dir })
    expect(result.ok && result.warnings.map((each) => renderProblem(each).split('\n')[0])).toEqual([
      'definitions/a.sqlx:1:37  "labels" has no effect on PostgreSQL',
    ])
  })

  it('tests: a tested action that is not there, an input that is not given', async () => {
    const found = await problems({
      'definitions/a.sqlx': 'config { type: "view" }\nselect 1 as x',
      'definitions/b.sqlx': 'config { type: "view" }\nselect * from ${ref("a")}',
      'definitions/t1.sqlx': 'config { type: "test", dataset: "nope" }\nselect 1',
      'definitions/t2.sqlx':
        'config { type: "test", dataset: "b" }\ninput "c" { select 1 }\nselect 1',
    })
    expect(found.map((text) => text.split('\n')[0])).toEqual([
      'definitions/t1.sqlx:1:34  the tested action "nope" is no table or view of this project',
      'definitions/t2.sqlx:1:24  the test gives no input "a", which the tested query reads',
    ])
  })

  it('a broken actions.yaml does not hide the others', async () => {
    const found = await problems({
      'definitions/actions.yaml':
        'actions:\n  - table:\n      filename: x.sql\n      typo: 1\n  - view:\n      filename: y.sql\n',
      'definitions/x.sql': 'select 1',
      'definitions/y.sql': 'select 1',
      'definitions/a.sqlx': 'config { type: "view", nmae: "b" }\nselect * from ${ref("x")}',
      'definitions/b.js': 'publish(',
    })
    expect(found.map((text) => text.split('\n')[0])).toEqual([
      'definitions/a.sqlx:1:24  unknown config key "nmae"',
      'definitions/actions.yaml:4:7  unknown config key "typo"',
      'definitions/b.js:1:9  syntax error: Unexpected end of input',
    ])
  })

  it('a wrong project file', async () => {
    expect(await problems({ 'dataform.json': '{ "warehouse": "snowflake" }' })).toEqual([
      [
        'dataform.json:1:17  the warehouse "snowflake" is not supported',
        '   1 | { "warehouse": "snowflake" }',
        '                       ^^^^^^^^^',
        '  hint: set it to "postgres" (or "bigquery", which @dataform/cli runs)',
      ].join('\n'),
    ])
    const unknown = '{\n  "warehouse": "postgres",\n  "defaultSchma": "x"\n}'
    expect((await problems({ 'dataform.json': unknown }))[0]).toContain(
      'dataform.json:3:4  unknown config key "defaultSchma"',
    )
    await expect(problems({ 'dataform.json': '{\n  "warehouse" "x" }' })).rejects.toMatchObject({
      exitCode: 2,
      problems: [{ at: { file: 'dataform.json', line: 2 } }],
    })
  })
})
