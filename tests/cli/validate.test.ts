/** `dataform run --dry-run --validate` as a user calls it. */
import { afterEach, describe, expect, test } from 'vitest'
import { createProject } from '../support/project.js'
import type { TestProject } from '../support/project.js'

let project: TestProject | undefined
afterEach(async () => {
  await project?.remove()
  project = undefined
})

async function open(files: Readonly<Record<string, string>>): Promise<TestProject> {
  project = await createProject(files)
  return project
}

const VALIDATE = ['run', '--dry-run', '--validate']

const SOUND = {
  'seeds/seeds.yaml': `sources:
  clicks:
    path: clicks/*.json
    format: json
    columns:
      user_id:
      payload: jsonb
`,
  'definitions/sources.js': `declare({ schema: "raw", name: "clicks" })\n`,
  'definitions/users.sqlx': `config { type: "table", tags: ["daily"], assertions: { uniqueKey: ["user_id"], rowConditions: ["visits > 0"] } }
select user_id, count(*) as visits from \${ref("clicks")} group by user_id
`,
  'definitions/days.sqlx': `config { type: "incremental", uniqueKey: ["load_id"] }
pre_operations { create temp table batch as select max(_load_id) as load_id from \${ref("clicks")} }
select load_id, now() as at from batch
\${when(incremental(), \`where load_id > (select max(load_id) from \${self()})\`)}
`,
  'definitions/names.sqlx': `config { type: "view" }
select user_id as name from \${ref("users")}
`,
  'definitions/test_names.sqlx': `config { type: "test", dataset: "names" }
input "users" { select 'ann' as user_id, 1::bigint as visits }
select 'ann' as name
`,
}

const noTime = (text: string): string => text.replace(/\d[\d.]*s,/g, 'TIME,')

describe('dataform run --dry-run --validate', () => {
  test('on an empty database, where sources are only declared, finds nothing wrong with a sound project', async () => {
    const { run, db } = await open(SOUND)
    const { code, stdout, stderr } = await run(VALIDATE)
    expect(stderr).toBe('')
    expect(noTime(stdout)).toBe(`new 3 tables: raw.clicks, analytics.days, analytics.users
new 1 view: analytics.names

No problem in 6 actions and 1 unit test; TIME, nothing was changed.
`)
    expect(code).toBe(0)
    expect(
      await db.rows(`select nspname from pg_namespace where nspname in ('raw', 'analytics')`),
    ).toEqual([])
  })

  test('after a run it compares with what is there', async () => {
    const { run, write, db } = await open(SOUND)
    expect((await run(['run'])).code).toBe(0)
    expect(noTime((await run(VALIDATE)).stdout)).toBe(`4 existing relations keep their columns

No problem in 6 actions and 1 unit test; TIME, nothing was changed.
`)
    await db.rows('create view public.report as select visits from analytics.users')
    await write({
      'definitions/users.sqlx': `config { type: "table", tags: ["daily"] }
select user_id, count(*)::numeric(10, 2) as visits, max(_file) as last_file from \${ref("clicks")} group by user_id
`,
      'definitions/names.sqlx': `config { type: "view", tags: ["daily"] }\nselect last_file from \${ref("users")}\n`,
    })
    const { code, stdout } = await run([...VALIDATE, '--tags', 'daily'])
    expect(noTime(stdout)).toBe(`warn definitions/users.sqlx
  the view public.report is not part of the run and reads "visits", which
  becomes numeric(10,2)

analytics.names (view)
  + last_file  text
  - name       text

analytics.users (table)
  + last_file  text
  ~ visits     bigint -> numeric(10,2)

No problem, 1 warning in 2 actions; TIME, nothing was changed.
`)
    expect(code).toBe(0)
  })

  test('shows every problem at its place, no line longer than the screen', async () => {
    const { run } = await open({
      ...SOUND,
      'definitions/cte.sqlx': `config { type: "table" }
with a as (
  select user_id, 1 as amount from \${ref("clicks")}
),
b as (
  select user_id, amuont
  from a
)
select * from b
`,
      'definitions/union.sqlx':
        'config { type: "view" }\r\n-- Größe äöü\r\nselect user_id from ${ref("cte")}\r\nunion all\r\nselect true\r\n',
      'definitions/crlf.sqlx':
        'config { type: "view" }\r\n-- Größe äöü\r\nselect user_id from ${ref("users")}\r\nunion all\r\nselect \'ä\' || true::int + now()\r\n',
      'definitions/actions.js': `publish("js", { type: "table" }).query(ctx => \`
  select user_id,
    date_tunc('month', now()) as month
  from \${ctx.ref("users")}\`)
assert("check").query(ctx => \`select * from \${ctx.ref("names")} where user_id is null\`)
`,
      'definitions/wide.sqlx': `config { type: "view", assertions: { rowConditions: ["vists > 0"] } }
pre_operations { create temp table a_name_that_takes_its_place as select user_id, some_column_that_is_not_there from \${ref("users")} }
select visits from \${ref("users")}
`,
      'definitions/test_names.sqlx': `config { type: "test", dataset: "names" }
input "users" { select 'ann' as user_id, 1::bigint as visits }
select 'ann' as nam
`,
      'definitions/test_columns.sqlx': `config { type: "test", dataset: "names" }
input "users" { select 'ann' as userid, 1::bigint as visits }
select 'ann' as name
`,
      'definitions/test_input.sqlx': `config { type: "test", dataset: "names" }
input "users" { select 'ann' as user_id, lover('a') as visits }
select 'ann' as name
`,
    })
    const { code, stdout } = await run(VALIDATE)
    expect(noTime(stdout)).toMatchSnapshot()
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
    expect(stdout).not.toContain('\u001b')
    expect(code).toBe(2)
  })

  test('text that a function of includes/ has made is found there, once for all that have it', async () => {
    const made = (name: string): string => `config { type: "view" }
pre_operations { \${batch.open(ref("users"))} }
select '${name}: a user_id that is nobody' as name, id from batch
`
    const { run } = await open({
      ...SOUND,
      'includes/batch.js': `const open = (users) => \`create temp table batch as
  select
    user_idd as id
  from \${users}\`
const close = (name) => \`select \${name}_nix()\`
module.exports = { open, close }
`,
      'definitions/one.sqlx': made('one'),
      'definitions/two.sqlx': made('two'),
      'definitions/late.sqlx': `config { type: "view" }
select 1 as id
post_operations { \${batch.close("late")} }
`,
    })
    const { stdout } = await run(VALIDATE)
    expect(noTime(stdout)).toMatchSnapshot()
  })

  test('--json gives one object', async () => {
    const { run } = await open({
      ...SOUND,
      'definitions/names.sqlx': `config { type: "view" }\nselect nix as name from \${ref("users")}\n`,
      'definitions/op.sqlx': `config { type: "operations" }\nvacuum \${ref("users")}\n`,
    })
    const { code, stdout } = await run([...VALIDATE, '--json'])
    const { durationMs, ...rest } = JSON.parse(stdout) as { durationMs: unknown }
    expect(durationMs).toEqual(expect.any(Number))
    expect(rest).toEqual({
      ok: false,
      problems: [
        {
          kind: 'sql',
          about: 'analytics.names',
          message: 'column "nix" does not exist',
          sqlstate: '42703',
          file: 'definitions/names.sqlx',
          line: 2,
          column: 8,
        },
      ],
      warnings: [],
      changes: [],
      unchanged: 0,
      created: [
        { relation: 'raw.clicks', kind: 'table' },
        { relation: 'analytics.days', kind: 'table' },
        { relation: 'analytics.users', kind: 'table' },
      ],
      notChecked: [
        { about: 'analytics.op', what: 'statement', reason: 'vacuum', because: null },
        {
          about: 'test_names',
          what: 'action',
          reason: 'because of analytics.names',
          because: 'analytics.names',
        },
      ],
      actions: 7,
      tests: 1,
    })
    expect(code).toBe(2)
  })

  test('without --dry-run, or with --resume, it is wrong use', async () => {
    const { run } = await open(SOUND)
    const { code, stderr } = await run(['run', '--validate'])
    expect(code).toBe(2)
    expect(stderr).toContain('--validate goes with --dry-run: add --dry-run')
    const resumed = await run(['run', '--dry-run', '--validate', '--resume'])
    expect(resumed.code).toBe(2)
    expect(resumed.stderr).toContain('it goes without --resume')
  })

  test('a project that does not compile, or a selection that matches nothing, ends it with 2', async () => {
    const { run } = await open({
      ...SOUND,
      'definitions/broken.sqlx': 'select * from ${ref("nowhere")}',
    })
    const broken = await run(VALIDATE)
    expect(broken.code).toBe(2)
    expect(broken.stderr).toContain('there is no action "nowhere"')
    await project?.write({ 'definitions/broken.sqlx': 'config { type: "table" }\nselect 1 as id' })
    const none = await run([...VALIDATE, '--actions', 'nobody'])
    expect(none.code).toBe(2)
    expect(none.stderr).toContain('no action matches "nobody"')
  })

  test('a connection that is lost in the middle ends it with 1', async () => {
    const { run, db } = await open(SOUND)
    await db.rows(`create function public.die() returns event_trigger language plpgsql as
      $$ begin perform pg_terminate_backend(pg_backend_pid()); end $$;
      create event trigger die on ddl_command_start execute function public.die()`)
    const { code, stdout, stderr } = await run(VALIDATE)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^error the project could not be validated: /)
    expect(code).toBe(1)
  })
})
