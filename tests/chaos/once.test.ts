/**
 * Work that must be done exactly once although the connection is lost during the commit: appending rows that the table
 * itself does not tell from new ones, operations that write again each time.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createProject } from '../support/project.js'
import type { TestProject } from '../support/project.js'
import { administrator } from './administrator.js'
import type { Administrator } from './administrator.js'
import { CrashServer } from './crash-server.js'
import type { Fate } from './proxy.js'
import { compileGeneration, run } from './run.js'
import type { Compiled, RunOptions } from './run.js'
import { untilNobodyRuns } from './leftovers.js'

const FILES = {
  'dataform.json': JSON.stringify({
    warehouse: 'postgres',
    defaultSchema: 'm',
    vars: { gen: '0' },
  }),
  'package.json': JSON.stringify({ name: 'once' }),
  'definitions/appended.sqlx':
    'config { type: "incremental" }\nselect ${dataform.projectConfig.vars.gen} as gen\n',
  'definitions/indexed.sqlx': `config {
  type: "incremental", clusterBy: [Number(dataform.projectConfig.vars.gen) % 2 ? "gen" : "other"]
}
select \${dataform.projectConfig.vars.gen} as gen, 1 as other
`,
  'definitions/written.sqlx': `config { type: "operations", hasOutput: true }
create table if not exists \${self()} (gen int, part int)
---
insert into \${self()} values (\${dataform.projectConfig.vars.gen}, 1)
---
vacuum \${self()}
---
insert into \${self()} values (\${dataform.projectConfig.vars.gen}, 2)
`,
}

let server: CrashServer
let project: TestProject
let base: Compiled
let next: Compiled
let admin: Administrator
beforeAll(async () => {
  server = await CrashServer.start()
  project = await createProject(FILES)
  base = await compileGeneration(project.dir, 0)
  next = await compileGeneration(project.dir, 1)
  admin = administrator(() => ({ ...server.direct, database: 'once' }))
})
afterAll(async () => {
  await admin.close()
  await project.remove()
  await server.stop()
})
beforeEach(async () => {
  await admin.close()
  const main = administrator(() => ({ ...server.direct, database: 'postgres' }))
  await main.rows('drop database if exists once with (force)')
  await main.rows('create database once')
  await main.close()
  server.proxy.judge = () => 'passed'
  expect((await run(base, settings())).problems).toEqual([])
})

const settings = () => ({ ...server.settings, database: 'once' })
const runNext = (options: RunOptions) => run(next, settings(), { jobs: 1, ...options })

async function counts() {
  const [row] = await admin.rows(`select
    (select count(*)::int from m.appended where gen = 1) as appended,
    (select count(*)::int from m.indexed where gen = 1) as indexed,
    (select array_agg(part order by part) from m.written where gen = 1) as written,
    (select string_agg(relname, ',') from pg_class where relname like 'indexed_%idx') as indexes`)
  return row
}
const ONCE = { appended: 1, indexed: 1, written: [1, 2], indexes: 'indexed_gen_idx' }

describe.each<Fate>(['cut before', 'cut after', 'cut at once'])('%s', (fate) => {
  test.each(Array.from({ length: 24 }, (_, i) => i + 1))('message %i', async (at) => {
    let n = 0
    let on = false
    let cutText = ''
    server.proxy.judge = (text) => {
      if (!on || ++n !== at) return 'passed'
      cutText = text
      return fate
    }
    const report = await runNext({
      retryLimit: 3,
      onEvent: (e) => {
        if (e.type === 'run-started') on = true
      },
    })
    expect(report.problems, cutText).toEqual([])
    expect(await counts(), cutText).toEqual(ONCE)
  })
  test.each(Array.from({ length: 24 }, (_, i) => i + 1))('message %i, resumed', async (at) => {
    let n = 0
    let on = false
    let cutText = ''
    server.proxy.judge = (text) => {
      if (!on || ++n !== at) return 'passed'
      cutText = text
      return fate
    }
    const report = await runNext({
      onEvent: (e) => {
        if (e.type === 'run-started') on = true
      },
    })
    await untilNobodyRuns(admin.rows)
    const again = await runNext({ resume: true })
    expect(again.problems, cutText).toEqual([])
    expect(await counts(), cutText + report.problems.join()).toEqual(ONCE)
  })
})
