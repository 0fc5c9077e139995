/** `dataform run` and `dataform test` as a user calls them. */
import { afterEach, describe, expect, test } from 'vitest'
import { createProject } from '../support/project.js'
import type { TestProject } from '../support/project.js'

let project: TestProject | undefined
afterEach(async () => {
  await project?.remove()
  project = undefined
})

const FILES = {
  'definitions/numbers.sqlx': `config {
  type: "table",
  description: "One row a number.",
  tags: ["daily"],
  assertions: { uniqueKey: ["id"], rowConditions: ["id < 4"] }
}
select n as id from generate_series(1, 3) n
`,
  'definitions/big.sqlx': `config { type: "view", tags: ["daily"] }
select id
from \${ref("numbers")}
where id > 1
`,
  'definitions/count.sqlx': `config { type: "incremental", uniqueKey: ["day"] }
select date '2025-01-01' as day, count(*)::int as rows from \${ref("big")}
`,
}

async function open(files: Readonly<Record<string, string>> = {}): Promise<TestProject> {
  project = await createProject({ ...FILES, ...files })
  return project
}

describe('dataform run', () => {
  test('builds everything; a second run changes no row', async () => {
    const { run, db } = await open()
    // What makes colour libraries believe that colours are welcome.
    const first = await run(['run'], { CI: 'true', GITHUB_ACTIONS: 'true', COLORTERM: 'truecolor' })
    expect(first.stderr).toBe('')
    expect(first.code).toBe(0)
    expect(first.stdout).toMatch(/ok {3}\d\/5 analytics\.numbers {2}created, 3 rows, /)
    expect(first.stdout).toMatch(/total +5 +4 /)
    expect(first.stdout).toMatch(/Done in /)
    expect(first.stdout).not.toContain('\u001b')
    expect(await db.rows('select rows from analytics.count')).toEqual([{ rows: 2 }])
    const version = 'select xmin::text as version from analytics.count'
    const before = await db.rows(version)
    expect((await run(['run'])).code).toBe(0)
    expect(await db.rows(version)).toEqual(before)
    expect(await db.rows('select count(*)::int as runs from dataform_state.runs')).toEqual([
      { runs: 2 },
    ])
  })

  test('an error in a model points to the line of the file, and its dependents are skipped', async () => {
    const { run } = await open({
      'definitions/big.sqlx':
        'config { type: "view" }\nselect\n  ${"id"},\n  amout\nfrom ${ref("numbers")}\n',
    })
    const { code, stdout } = await run(['run'])
    expect(code).toBe(1)
    expect(stdout).toContain(`FAILED analytics.big (view)
  definitions/big.sqlx:4:3  column "amout" does not exist (42703) [create view]
     4 |   amout
           ^`)
    expect(stdout).toMatch(/skip .*analytics\.count/)
    expect(stdout).toMatch(/1 failed, 1 skipped/)
  })

  test('a failing assertion shows how many rows and the first of them', async () => {
    const { run } = await open({
      'definitions/numbers.sqlx': FILES['definitions/numbers.sqlx'].replace('(1, 3)', '(1, 9)'),
    })
    const { code, stdout } = await run(['run'])
    expect(code).toBe(1)
    expect(stdout).toContain(`definitions/numbers.sqlx:5:53  6 rows failed
     5 |   assertions: { uniqueKey: ["id"], rowConditions: ["id < 4"] }
                                                             ^^^^^^`)
    expect(stdout).toMatch(/│ id < 4 +│ 4 +│/)
    expect(stdout).toMatch(/and 1 more rows/)
  })

  test('an assertion that names a column which is not there points to its place in the config', async () => {
    const { run } = await open({
      'definitions/numbers.sqlx': FILES['definitions/numbers.sqlx'].replace('["id"]', '["idd"]'),
    })
    const { code, stdout } = await run(['run'])
    expect(code).toBe(1)
    expect(stdout).toContain(`definitions/numbers.sqlx:5:30  column "idd" does not exist (42703)`)
    expect(stdout)
      .toContain(`     5 |   assertions: { uniqueKey: ["idd"], rowConditions: ["id < 4"] }
                                      ^^^`)
  })

  test('--json gives events, one a line, and nothing else', async () => {
    const { run } = await open()
    const { stdout } = await run(['run', '--json'])
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(events[0]).toMatchObject({ type: 'run-started', actions: 5, expectedMs: null })
    expect(events.at(-1)).toMatchObject({ type: 'run-finished', cancelled: false })
    expect(events.filter((event) => event.type === 'action-finished')).toHaveLength(5)
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'action-finished',
        result: expect.objectContaining({
          target: 'analytics.numbers',
          status: 'succeeded',
          rows: 3,
        }) as unknown,
      }),
    )
  })

  test('--dry-run prints the plan and touches nothing', async () => {
    const { run, db } = await open()
    const { code, stdout } = await run(['run', '--dry-run'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/create table "analytics"\."\w+" as/)
    expect(
      await db.rows(
        `select nspname from pg_namespace where nspname in ('analytics', 'dataform_state')`,
      ),
    ).toEqual([])
  })

  test('--actions, --tags and their neighbours', async () => {
    const { run, db } = await open()
    expect((await run(['run', '--actions', 'big', '--include-deps'])).stdout).toMatch(/2 actions/)
    expect((await run(['run', '--tags=daily', '--json'])).stdout).toMatch(/"actions":4/)
    expect(await db.rows(`select to_regclass('analytics.count') as t`)).toEqual([{ t: null }])
    const wrong = await run(['run', '--actions', 'numbrs'])
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toContain('no action matches "numbrs"; the nearest are analytics.numbers')
  })

  test('overrides of the project apply', async () => {
    const { run, db } = await open({
      'definitions/v.sqlx':
        'config { type: "table" }\nselect ${dataform.projectConfig.vars.n ?? 0}::int as n\n',
    })
    await run(['run', '--schema-suffix', 'dev', '--vars', 'n=7', '--actions', 'v'])
    expect(await db.rows('select n from analytics_dev.v')).toEqual([{ n: 7 }])
  })

  test('problems of the project are all reported, with exit code 2 and nothing done', async () => {
    const { run, db } = await open({
      'definitions/x.sqlx': 'config { type: "view" }\nselect * from ${ref("numbrs")}\n',
      'definitions/y.sqlx': 'config { type: "view", nonsense: 1 }\nselect 1 as id\n',
    })
    const { code, stderr, stdout } = await run(['run'])
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/definitions\/x\.sqlx:2:\d+ .*numbrs/)
    expect(stderr).toMatch(/definitions\/y\.sqlx.*nonsense/s)
    expect(stderr).not.toMatch(/ at .*\.js:\d+/)
    expect(await db.rows(`select 1 from pg_namespace where nspname = 'analytics'`)).toEqual([])
  })

  test('wrong use is exit code 2', async () => {
    const { run } = await open()
    for (const args of [
      ['run', '--nope'],
      ['run', '--jobs', '0'],
      ['run', '--include-deps'],
      ['rum'],
      [],
    ]) {
      const { code, stderr } = await run(args)
      expect([args, code]).toEqual([args, 2])
      expect(stderr).toMatch(/^error /)
    }
  })

  test('an interrupt cancels and rolls back', async () => {
    const { start, db } = await open({
      'definitions/waits.sqlx':
        'config { type: "table" }\nselect 1 as id from (select pg_advisory_xact_lock_shared(44)) w\n',
    })
    await db.database.withSession(async (holder) => {
      await holder.query('select pg_advisory_lock(44)')
      const { child, ended } = start(['run', '--actions', 'waits'])
      for (let waiting = false; !waiting;) {
        const rows = await db.rows(`select 1 from pg_stat_activity where wait_event = 'advisory'`)
        waiting = rows.length > 0
      }
      child.kill('SIGINT')
      const { code, stdout, stderr } = await ended
      expect(code).toBe(1)
      expect(stderr).toMatch(/stopping/)
      expect(stdout).toMatch(/Cancelled after/)
    })
    expect(await db.rows(`select to_regclass('analytics.waits') as t`)).toEqual([{ t: null }])
  })

  test('--run-tests holds the run back when a unit test fails', async () => {
    const { run, db } = await open({
      'definitions/big_test.sqlx': `config { type: "test", dataset: "big" }
input "numbers" { select 5 as id }
select 6 as id
`,
    })
    const { code, stderr } = await run(['run', '--run-tests'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/FAIL +big_test/)
    expect(await db.rows(`select to_regclass('analytics.numbers') as t`)).toEqual([{ t: null }])
  })
})

describe('dataform test', () => {
  const unitTest = (expected: string): string => `config { type: "test", dataset: "big" }
input "numbers" { select 1 as id union all select 5 union all select 5 }
${expected}
`

  test('passes whatever the order of the rows, and changes nothing', async () => {
    const { run, db } = await open({
      'definitions/big_test.sqlx': unitTest('select 5 as id union all select 5'),
    })
    const { code, stdout } = await run(['test'])
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/ok +big_test.*\n1 passed, 0 failed\n/) as unknown,
    ])
    expect(await db.rows(`select 1 from pg_namespace where nspname = 'analytics'`)).toEqual([])
  })

  test('counts how often a row is there, and shows what differs', async () => {
    const { run } = await open({
      'definitions/big_test.sqlx': unitTest('select 5 as id union all select 6'),
    })
    const { code, stdout } = await run(['test'])
    expect(code).toBe(1)
    expect(stdout).toMatch(/expected │ 6/)
    expect(stdout).toMatch(/got +│ 5/)
    expect(stdout).toMatch(/0 passed, 1 failed/)
  })

  test('types are compared exactly', async () => {
    const { run } = await open({
      'definitions/big_test.sqlx': unitTest('select 5::bigint as id, 1 as more'),
    })
    const { stdout } = await run(['test'])
    expect(stdout).toMatch(/column id is integer, expected bigint/)
    expect(stdout).toMatch(/does not give the expected column more/)
  })

  test('one test can be run alone; an unknown name is exit code 2', async () => {
    const { run } = await open({
      'definitions/big_test.sqlx': unitTest('select 5 as id union all select 5'),
    })
    expect((await run(['test', '--tests', 'big_test'])).stdout).toMatch(/1 passed/)
    expect((await run(['test', '--tests', 'big_tset'])).code).toBe(2)
  })

  test('an error in the SQL is that test\u2019s failure', async () => {
    const { run } = await open({ 'definitions/big_test.sqlx': unitTest('select 1 / 0 as id') })
    const { code, stdout } = await run(['test', '--json'])
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject([
      { name: 'big_test', status: 'error', failure: { sqlstate: '22012' } },
    ])
  })
})
