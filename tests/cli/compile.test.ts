import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { projectFolder, type ProjectFolder } from '../support/compile-project-folder.js'
import { startCommand, type CommandOutcome, type Env } from '../support/project.js'

const folders: ProjectFolder[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove()
})

function project(files: Readonly<Record<string, string>>): ProjectFolder {
  const folder = projectFolder(files)
  folders.push(folder)
  return folder
}

function compile(
  folder: ProjectFolder,
  args: string[] = [],
  env: Env = {},
): Promise<CommandOutcome> {
  return startCommand(folder.dir, ['compile', ...args], env).ended
}

const SMALL = {
  'definitions/a.sqlx': 'config { type: "table", tags: ["x"] }\nselect 1 as a',
  'definitions/b.sqlx': 'config { type: "view" }\nselect * from ${ref("a")}',
  'definitions/c.sqlx': 'config { type: "assertion", disabled: true }\nselect * from ${ref("b")}',
}

describe('dataform compile', () => {
  it('lists the actions by kind', async () => {
    const outcome = await compile(project(SMALL))
    expect(outcome).toMatchObject({ code: 0, stderr: '' })
    expect(outcome.stdout).toBe(
      [
        'Compiled 3 action(s).',
        '2 dataset(s):',
        '  dw.a [table]',
        '  dw.b [view]',
        '1 assertion(s):',
        '  checks.c [disabled]',
        '',
      ].join('\n'),
    )
  })

  it('prints counts with --quiet, and files with --verbose', async () => {
    const folder = project(SMALL)
    expect((await compile(folder, ['--quiet'])).stdout).toBe(
      'Compiled 3 action(s).\n2 dataset(s).\n1 assertion(s).\n',
    )
    const verbose = await compile(folder, ['--verbose'])
    expect(verbose.stdout).toContain('  dw.a [table]  definitions/a.sqlx\n')
    expect(verbose.stderr).toMatch(/compiled in \d+ ms/)
  })

  it('prints the chosen part only', async () => {
    const { stdout } = await compile(project(SMALL), [
      '--output-tags=x',
      '--output-include-dependents',
      '--dot',
    ])
    expect(stdout).toBe(
      'digraph {\n"dw.a" [label="dw.a [table]"];\n"dw.b" [label="dw.b [view]"];\n' +
        '"checks.c" [label="checks.c"];\n"dw.a" -> "dw.b";\n"dw.b" -> "checks.c";\n}\n',
    )
  })

  it('takes the project as an argument', async () => {
    const folder = project({})
    folder.write({
      'inner/dataform.json': '{ "warehouse": "postgres", "defaultSchema": "in" }',
      'inner/definitions/a.sqlx': SMALL['definitions/a.sqlx'],
    })
    expect((await compile(folder, ['inner'])).stdout).toContain('in.a [table]')
  })

  it('prints all problems on standard error and ends with 2', async () => {
    const outcome = await compile(
      project({
        ...SMALL,
        'definitions/d.sqlx': 'config { type: "view" }\nselect * from ${ref("aa")}',
        'definitions/e.js': 'publish(',
      }),
    )
    expect(outcome.code).toBe(2)
    expect(outcome.stderr).toContain(
      'definitions/d.sqlx:2:22  there is no action "aa"\n' +
        '   2 | select * from ${ref("aa")}\n' +
        '                            ^^\n  hint: did you mean "a"?\n',
    )
    expect(outcome.stderr).toContain('definitions/e.js:1:9  syntax error: Unexpected end of input')
    expect(outcome.stderr).toContain('the project has 2 problems')
  })

  it('prints the graph with --json even if there are problems', async () => {
    const outcome = await compile(
      project({ ...SMALL, 'definitions/d.js': 'declare({ schema: "x".repeat(64), name: "y" })' }),
      ['--json'],
    )
    expect(outcome.code).toBe(2)
    expect(JSON.parse(outcome.stdout)).toHaveProperty('tables.length', 2)
  })

  it.each([
    [['--json', '--dot'], '--json and --dot exclude each other'],
    [['--quiet', '--verbose'], '--quiet and --verbose exclude each other'],
    [['--output-include-deps'], 'goes with --output-actions or --output-tags'],
    [['--timeout', 'soon'], '"soon" is not a duration of at most 24 days'],
    [['--vars', 'x'], '"x" is not key=value'],
    [['--schema-suffix', 'a-b'], 'letters, digits and underscores'],
    [['--nonsense'], 'nonsense'],
    [['no-such-folder'], 'does not exist'],
  ])('refuses %j', async (args, message) => {
    const outcome = await compile(project(SMALL), args)
    expect(outcome).toMatchObject({ code: 2, stdout: '' })
    expect(outcome.stderr).toContain(message)
  })

  it('refuses a folder without a project', async () => {
    const folder = project({ 'workflow_settings.yaml': 'a: 1' })
    folder.write({ 'empty/x': '' })
    const outcome = await compile(folder, ['empty'])
    expect(outcome.code).toBe(2)
    expect(outcome.stderr).toContain('it has no dataform.json')
  })

  it('is stopped at --timeout', async () => {
    const outcome = await compile(project({ 'definitions/a.js': 'for (;;) {}' }), [
      '--timeout=300ms',
    ])
    expect(outcome.code).toBe(2)
    expect(outcome.stderr).toContain('took longer than 0.3 s')
  })

  it('says so when a script ends the process', async () => {
    const outcome = await compile(project({ 'definitions/a.js': 'process.exit(7)' }))
    expect(outcome.code).toBe(2)
    expect(outcome.stderr).toContain('ended without a result (exit code 7)')
  })

  it('keeps what scripts print out of the results', async () => {
    const outcome = await compile(
      project({ ...SMALL, 'definitions/d.js': 'console.log("printed by a script")' }),
      ['--json'],
    )
    expect(outcome.stderr).toContain('printed by a script')
    expect(JSON.parse(outcome.stdout)).toHaveProperty('tables.length', 2)
  })

  it('compiles again when a file changes', async () => {
    const folder = project(SMALL)
    const running = startCommand(folder.dir, ['compile', '--watch', '--quiet'])
    const says = (stream: 'stdout' | 'stderr', text: string): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!running.output()[stream].includes(text)) return
          running.child[stream]?.off('data', look)
          resolve()
        }
        running.child[stream]?.on('data', look)
        look()
      })
    await says('stderr', 'Watching for changes.')
    folder.write({ 'definitions/d.sqlx': 'config { type: "view" }\nselect * from ${ref("none")}' })
    await says('stderr', 'there is no action "none"')
    folder.write({ 'definitions/d.sqlx': 'config { type: "view" }\nselect 4' })
    await says('stdout', 'Compiled 4 action(s).')
    running.child.kill('SIGTERM')
    expect((await running.ended).stdout).toContain('Compiled 3 action(s).')
  })
})

/** Tries something that a project has no right to, and publishes a table named after the outcome. */
function attempt(code: string): string {
  return `
    const get = (name) => process.getBuiltinModule ? process.getBuiltinModule(name) : process.binding(name);
    let outcome;
    try { outcome = ${code} } catch (error) { outcome = "denied" }
    publish("outcome", { type: "table" }).query("select '" + outcome + "'");`
}

describe('the rights of a project', () => {
  async function outcomeOf(code: string, env: Env = {}): Promise<string> {
    const folder = project({
      '.df-credentials.json': '{"password":"secret"}',
      'definitions/a.js': attempt(code),
      'definitions_old/x.js': '',
    })
    const { stdout, stderr } = await compile(folder, ['--json'], env)
    expect(existsSync(join(folder.dir, 'written'))).toBe(false)
    expect(stderr).toBe('')
    const graph = JSON.parse(stdout) as { tables: { query: string }[] }
    return graph.tables[0]?.query ?? ''
  }

  it('include its own files', async () => {
    expect(
      await outcomeOf(
        'process.getBuiltinModule ? get("fs").readFileSync("dataform.json", "utf8").length > 0 : true',
      ),
    ).toBe("select 'true'")
  })

  it.each([
    ['read credentials', 'get("fs").readFileSync(".df-credentials.json", "utf8")'],
    ['read files elsewhere', 'get("fs").readFileSync("/etc/passwd", "utf8")'],
    ['write files', 'get("fs").writeFileSync("written", "x")'],
    ['start processes', 'get("child_process").execSync("echo started")'],
    ['start threads', 'new (get("worker_threads").Worker)("1", { eval: true })'],
    ["require Node's modules", 'require("fs")'],
  ])('do not include to %s', async (_what, code) => {
    expect(await outcomeOf(code)).toBe("select 'denied'")
  })

  it('do not include the environment', async () => {
    const env = { DATABASE_URL: 'postgres://u:p@h/d', PGPASSWORD: 'p', MY_TOKEN: 't', TZ: 'UTC' }
    expect(await outcomeOf('Object.keys(process.env).sort().join()', env)).toBe("select 'LANG,TZ'")
  })
})
