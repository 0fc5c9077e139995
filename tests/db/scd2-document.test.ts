/** The examples of docs/slowly-changing-dimensions.md are a project, and give what the document says. */
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { compileProject } from '../../src/compile/compile-project.js'
import { projectFolder } from '../support/compile-project-folder.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { runActions } from '../support/run-actions.js'

const repository = join(import.meta.dirname, '..', '..')
const document = readFileSync(join(repository, 'docs/slowly-changing-dimensions.md'), 'utf8')
const [oneLine = ''] = [...document.matchAll(/```js\n(.*?)```/gs)].map(([, code = '']) => code)
const [ownModel = '', heldOnes = ''] = [...document.matchAll(/```sql\n(.*?)```/gs)].map(
  ([, code = '']) => code,
)
/** The lines of the first table of the document, as `basic 5 EUR 2025-01-01 ...`. */
const promised = /\n\| plan_id .*?\n\n/s
  .exec(document)?.[0]
  .trim()
  .split('\n')
  .slice(2)
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )

let db: TestDatabase
beforeEach(async () => {
  db = await createTestDatabase()
  await db.rows('create schema raw')
  await db.rows(
    `create table raw.billing_plans (plan_id text, price text, currency text, _extract_date date, _load_id bigint, _line bigint)`,
  )
  const others = ['a', 'b', 'c', 'd', 'e', 'f']
  const extracts: readonly (readonly [
    day: string,
    plans: readonly (readonly [string, number])[],
  ])[] = [
    [
      '2025-01-01',
      [
        ['basic', 5],
        ['trial', 0],
      ],
    ],
    ['2025-02-15', [['basic', 5]]],
    ['2025-03-01', [['basic', 6]]],
  ]
  for (const [place, [day, plans]] of extracts.entries())
    for (const [plan, price] of [...plans, ...others.map((name) => [name, 9] as const)])
      await db.rows(`insert into raw.billing_plans values ($1, $2, 'EUR', $3, $4, 1)`, [
        plan,
        String(price),
        day,
        place + 1,
      ])
})
afterEach(async () => {
  await db.drop()
})

async function run(files: Readonly<Record<string, string>>): Promise<void> {
  const folder = projectFolder(files)
  try {
    for (const path of ['includes', 'definitions/shared'])
      cpSync(join(repository, path), join(folder.dir, path), { recursive: true })
    const compiled = await compileProject({ projectDir: folder.dir })
    if (!compiled.ok) throw new Error(compiled.problems.map((each) => each.message).join('\n'))
    const actions = compiled.graph.actions.filter(
      ({ target }) => !/dim_(date|time)/.test(target.name),
    )
    const report = await runActions(db, actions, {})
    const failed = report.results.filter(({ status }) => status === 'failed')
    expect(failed).toEqual([])
  } finally {
    folder.remove()
  }
}

const versions = async (): Promise<readonly (readonly string[])[]> => {
  const rows = await db.rows(
    `select plan_id, price, currency, valid_from::text, valid_to::text, is_current::text, is_deleted::text, deleted_at::text
     from dw.dim_plans
     where plan_id in ('basic', 'trial') order by plan_id, valid_from`,
  )
  return rows.map((row) => Object.values(row).map((value) => (value as string | null) ?? ''))
}

test('in one line', async () => {
  expect(promised).toHaveLength(3)
  await run({ 'definitions/billing/plans.js': oneLine })
  expect(await versions()).toEqual(promised)
})

test('in a model of its own, with the assertion about held extracts', async () => {
  await run({
    'definitions/billing/sources.js': `declare({ schema: 'raw', name: 'billing_plans' })`,
    'definitions/billing/dim_plans.sqlx': ownModel,
    'definitions/billing/plans_held.sqlx': heldOnes,
  })
  expect(await versions()).toEqual(promised)
})
