/**
 * Work that must be done exactly once: rows are appended of which the table does not tell whether they are new, and
 * operations write again each time. The connection is cut at every message of a run in turn.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProject } from '../support/project.js'
import type { TestProject } from '../support/project.js'
import { CrashServer } from './crash-server.js'
import { untilNobodyRuns } from './leftovers.js'
import type { Fate } from './proxy.js'
import { RestorableDatabase } from './restorable-database.js'
import { compileGeneration, run } from './run.js'
import type { Compiled, Outcome, RunOptions } from './run.js'
import { COMMON_FILES, GEN } from './strategies/strategy.js'

/** What a run writes follows from `src.run`; the generation is 0 or 1, and changes an index. */
const FILES = {
  ...COMMON_FILES,
  'definitions/run.js': 'declare({ schema: "src", name: "run" })\n',
  'definitions/appended.sqlx':
    'config { type: "incremental" }\nselect n from ${ref("src", "run")}\n',
  'definitions/indexed.sqlx': `config { type: "incremental", clusterBy: [${GEN} ? "n" : "other"] }
select n, 1 as other from \${ref("src", "run")}
`,
  'definitions/written.sqlx': `config { type: "operations", hasOutput: true }
create table if not exists \${self()} (n int, part int)
---
insert into \${self()} select n, 1 from \${ref("src", "run")}
---
vacuum \${self()}
---
insert into \${self()} select n, 2 from \${ref("src", "run")}
`,
}

let server: CrashServer
let project: TestProject
let database: RestorableDatabase
const variants: Compiled[] = []
/** How many messages a run sends that nothing disturbs. */
let messages = 0
let n = 0
beforeAll(async () => {
  server = await CrashServer.start()
  project = await createProject(FILES)
  database = await RestorableDatabase.create(server)
  await database.rows('create schema src; create table src.run as select 0 as n')
  for (const gen of [0, 1]) variants.push(await compileGeneration(project.dir, gen))
  for (let i = 0; i < 3; i++) {
    await next()
    const { outcome, count } = await cutAt(Infinity, 'passed')
    expect(outcome.problems).toEqual([])
    messages = count
  }
})
afterAll(async () => {
  await database.remove()
  await project.remove()
  await server.stop()
})

async function next(): Promise<void> {
  await database.rows('update src.run set n = n + 1')
  n++
}

function runOnce(options: RunOptions): Promise<Outcome> {
  const compiled = variants[n % 2]
  if (compiled === undefined) throw new Error('not compiled')
  return run(compiled, database.settings, { jobs: 1, ...options })
}

/** Runs, and cuts the connection at a message. */
async function cutAt(
  at: number,
  fate: Fate,
  options: RunOptions = {},
): Promise<{ readonly outcome: Outcome; readonly cut: string | null; readonly count: number }> {
  let count = 0
  let cut: string | null = null
  server.proxy.judge = (text) => {
    if (++count !== at) return 'passed'
    cut = `message ${at}: ${text}`
    return fate
  }
  const outcome = await runOnce(options)
  server.proxy.judge = () => 'passed'
  return { outcome, cut, count }
}

/** What the last run has written. */
async function written(): Promise<unknown> {
  const [row] = await database.rows(`select
    (select count(*)::int from m.appended a where a.n = r.n) as appended,
    (select count(*)::int from m.indexed i where i.n = r.n) as indexed,
    (select array_agg(part order by part) from m.written w where w.n = r.n) as written,
    (select string_agg(relname, ',') from pg_class where relname like '%indexed_%idx') as indexes
    from src.run r`)
  return row
}
const once = () => ({
  appended: 1,
  indexed: 1,
  written: [1, 2],
  indexes: n % 2 === 0 ? 'indexed_other_idx' : 'indexed_n_idx',
})

describe.each<Fate>(['cut before', 'cut after', 'cut at once'])('%s', (fate) => {
  test('with retries', async () => {
    for (let at = 1; at <= messages; at++) {
      await next()
      const { outcome, cut } = await cutAt(at, fate, { retryLimit: 3 })
      expect(cut).not.toBeNull()
      expect(outcome.problems, cut ?? '').toEqual([])
      expect(await written(), cut ?? '').toEqual(once())
    }
  }, 120_000)

  test('and resumed', async () => {
    for (let at = 1; at <= messages; at++) {
      await next()
      const { outcome, cut } = await cutAt(at, fate)
      expect(cut).not.toBeNull()
      await untilNobodyRuns(database.rows)
      const again = await runOnce({ resume: outcome.isRecorded })
      expect(again.problems, cut ?? '').toEqual([])
      expect(await written(), [cut, ...outcome.problems].join('\n')).toEqual(once())
    }
  }, 120_000)
})
