/** `dataform run --resume`, `--wait`, `--no-gate` and the lock flags, as a user calls them. */
import { afterEach, describe, expect, test } from 'vitest'
import { createProject } from '../support/project.js'
import type { TestProject } from '../support/project.js'

let project: TestProject | undefined
afterEach(async () => {
  await project?.remove()
  project = undefined
})

const FILES = {
  'definitions/first.sqlx': 'config { type: "table" }\nselect 1 as id',
  // It waits for as long as somebody holds the lock, and fails while the switch is off.
  'definitions/second.sqlx': `config { type: "table", assertions: { rowConditions: ["id > 0"] } }
select 1 / (select n from public.switch) as id
from \${ref("first")} cross join (select pg_advisory_xact_lock_shared(77)) wait
`,
  'definitions/third.sqlx': 'config { type: "table" }\nselect id from ${ref("second")}',
}

async function open(): Promise<TestProject> {
  project = await createProject(FILES)
  await project.db.rows('create table public.switch as select 0 as n')
  return project
}

const lines = (stdout: string): readonly string[] =>
  stdout.split('\n').filter((line) => /^(ok|FAIL|skip|warn) /.test(line))

describe('dataform run --resume', () => {
  test('executes what failed and what was skipped, and nothing else', async () => {
    const { run, db } = await open()
    expect((await run(['run'])).code).toBe(1)
    await db.rows('update public.switch set n = 1')
    const { code, stdout } = await run(['run', '--resume'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^resuming run 1$/m)
    expect(lines(stdout).map((line) => line.split(/\s+/)[2])).toEqual([
      'analytics.second',
      expect.stringMatching(/^(assertions\.|analytics\.third)/),
      expect.stringMatching(/^(assertions\.|analytics\.third)/),
    ])
    const again = await run(['run', '--resume'])
    expect(again.code).toBe(0)
    expect(again.stdout).toMatch(/^resuming run 2: nothing is left to do$/m)
  })

  test('goes on after the command was killed', async () => {
    const { run, start, db } = await open()
    await db.rows('update public.switch set n = 1')
    await db.database.withSession(async (holder) => {
      await holder.query('select pg_advisory_lock(77)')
      const { child, ended, output } = start(['run'])
      for (let look = 0; look < 5000 && !output().stdout.includes('analytics.first'); look++)
        await db.rows('select pg_sleep(0.002)')
      child.kill('SIGKILL')
      expect((await ended).signal).toBe('SIGKILL')
      await holder.query('select pg_advisory_unlock(77)')
    })
    // The killed command's transaction ends by itself when its connection is found to be gone.
    const { code, stdout } = await run(['run', '--resume', '--wait'])
    expect(code).toBe(0)
    expect(stdout).not.toMatch(/analytics\.first {2}/)
    expect(stdout).toMatch(/analytics\.second {2}created/)
    expect(await db.rows('select id from analytics.third')).toEqual([{ id: 1 }])
    expect(
      await db.rows(
        'select run_id::int, duration_ms is null as was_killed from dataform_state.runs order by 1',
      ),
    ).toEqual([
      { run_id: 1, was_killed: true },
      { run_id: 2, was_killed: false },
    ])
  })

  test('a full refresh is resumed as one', async () => {
    const { run, db, write } = await open()
    await write({
      'definitions/second.sqlx':
        'config { type: "incremental" }\nselect 1 / (select n from public.switch) as id',
    })
    await db.rows('update public.switch set n = 1')
    expect((await run(['run'])).code).toBe(0)
    await db.rows('update public.switch set n = 0')
    expect((await run(['run', '--full-refresh'])).code).toBe(1)
    await db.rows('update public.switch set n = 1')
    const { stdout } = await run(['run', '--resume'])
    expect(stdout).toMatch(/resuming run 2 \(a full refresh\)/)
    expect(stdout).toMatch(/analytics\.second {2}rebuilt/)
  })

  test('wrong use', async () => {
    const { run } = await open()
    const nothing = await run(['run', '--resume'])
    expect(nothing.code).toBe(2)
    expect(nothing.stderr).toMatch(/there is no run of this project to resume/)
    expect((await run(['run', '--resume', '--actions', 'first'])).code).toBe(2)
    expect((await run(['run', '--lock-timeout', 'soon'])).stderr).toMatch(
      /--lock-timeout: "soon" is not a duration/,
    )
  })
})

describe('two runs at once', () => {
  test('the second names the first and fails; with --wait it waits and succeeds', async () => {
    const { run, start, db } = await open()
    await db.rows('update public.switch set n = 1')
    await db.database.withSession(async (holder) => {
      await holder.query('select pg_advisory_lock(77)')
      const first = start(['run'])
      for (let look = 0; look < 5000 && !first.output().stdout.includes('analytics.first'); look++)
        await db.rows('select pg_sleep(0.002)')
      // The first one reads the table `first`: whoever rebuilds that waits for it.
      const second = await run(['run', '--actions', 'second'])
      expect(second.code).toBe(1)
      expect(second.stdout).toMatch(
        /dataform run 1 \(pid \d+, working on it since [\d :-]+ UTC\) is working on analytics\.second/,
      )
      expect(second.stdout).toMatch(/wait for it with --wait/)
      const third = start(['run', '--wait', '--actions', 'second'])
      for (let look = 0; look < 5000 && !third.output().stdout.includes('waits for'); look++)
        await db.rows('select pg_sleep(0.002)')
      expect(third.output().stdout).toMatch(/analytics\.second: waits for dataform run 1 \(pid/)
      await holder.query('select pg_advisory_unlock(77)')
      expect((await first.ended).code).toBe(0)
      expect((await third.ended).code).toBe(0)
    })
  })
})

describe('the gate', () => {
  test('a row that fails an assertion is not published; with --no-gate it is, and found afterwards', async () => {
    const { run, db } = await open()
    await db.rows('update public.switch set n = -1')
    const { code, stdout } = await run(['run'])
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /FAILED analytics\.second \(table\)\n {2}definitions\/second\.sqlx {2}not published, because an assertion fails: analytics_second_assertions_rowConditions/,
    )
    expect(stdout).toMatch(
      /FAILED assertions\.analytics_second_assertions_rowConditions \(assertion\)\n {2}definitions\/second\.sqlx:1:56 {2}1 row failed/,
    )
    expect(stdout).toMatch(/skip .*analytics\.third/)
    expect(await db.rows(`select to_regclass('analytics.second') as t`)).toEqual([{ t: null }])
    const ungated = await run(['run', '--no-gate'])
    expect(ungated.code).toBe(1)
    expect(ungated.stdout).toMatch(/analytics\.third {2}created/)
    expect(await db.rows('select id from analytics.second')).toEqual([{ id: -1 }])
  })
})
