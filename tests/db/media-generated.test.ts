/**
 * What the generator says that it wrote is what the warehouse finds, fault by fault.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { startCommand } from '../support/project.js'
import { projectDir } from './media-warehouse.js'

interface Manifest {
  readonly arguments: { readonly end: string }
  readonly expected: {
    readonly files: number
    readonly rejected_lines: number
    readonly raw_rows: number
    readonly staged_rows: number
    readonly duplicate_rows: number
    readonly quarantined_rows: Readonly<Record<string, number>>
    readonly users: number
    readonly pageviews: number
    readonly rows_by_category: Readonly<Record<string, number>>
    readonly rows_by_referrer_category: Readonly<Record<string, number>>
    readonly rows_by_date: Readonly<Record<string, number>>
  }
}

const dataRoot = mkdtempSync(join(tmpdir(), 'dataform-generated-'))
let db: TestDatabase
let expected: Manifest['expected']

beforeAll(async () => {
  db = await createTestDatabase()
  const env = { DATABASE_URL: db.url }
  const generated = await startCommand(
    projectDir,
    [
      ...['generate', 'media', '--users', '80', '--days', '40', '--seed', '7', '--dirt', '0.1'],
      ...['--gzip', 'some', '--out', dataRoot],
    ],
    env,
  ).ended
  expect(generated, generated.stderr).toMatchObject({ code: 0 })
  const manifest = JSON.parse(
    readFileSync(join(dataRoot, 'manifest-media.json'), 'utf8'),
  ) as Manifest
  expected = manifest.expected
  const built = await startCommand(
    projectDir,
    [
      ...['run', '--data', dataRoot, '--tags', 'media'],
      ...['--vars', `as_of=${manifest.arguments.end}`],
    ],
    env,
  ).ended
  expect(built, built.stdout + built.stderr).toMatchObject({ code: 0 })
})
afterAll(async () => {
  await db.drop()
  rmSync(dataRoot, { recursive: true, force: true })
})

/** The counts that a query gives by name. */
async function counts(sql: string): Promise<Readonly<Record<string, number>>> {
  const rows = await db.rows(sql)
  return Object.fromEntries(rows.map((row) => [String(row.name), Number(row.n)]))
}

test('rows, duplicates and rejects', async () => {
  const [account] = await db.rows(`
    select
      count(*)::int as files,
      sum(raw_rows)::int as raw_rows,
      sum(staged_rows)::int as staged_rows,
      sum(duplicate_rows)::int as duplicate_rows,
      (select count(*)::int from raw.rejects) as rejected_lines
    from media.stg_load_accounting`)
  expect(account).toEqual({
    files: expected.files,
    raw_rows: expected.raw_rows,
    staged_rows: expected.staged_rows,
    duplicate_rows: expected.duplicate_rows,
    rejected_lines: expected.rejected_lines,
  })
})

test('quarantine, reason by reason', async () => {
  expect(
    await counts('select reason as name, count(*) as n from media.stg_rejects group by 1'),
  ).toEqual(expected.quarantined_rows)
})

test('users, page views, days, categories and referrers', async () => {
  expect(
    await counts(`
      select 'users' as name, count(*) as n from media.dim_users where user_id <> 'unknown'
      union all
      select 'pageviews', sum(total_pageviews) from media.agg_daily_users`),
  ).toEqual({ users: expected.users, pageviews: expected.pageviews })
  expect(
    await counts('select date::text as name, total_interactions as n from media.agg_daily_users'),
  ).toEqual(expected.rows_by_date)
  expect(
    await counts(`
      select content_category as name, sum(interactions) as n
      from media.agg_category_engagement group by 1`),
  ).toEqual(expected.rows_by_category)
  expect(
    await counts(`
      select referrer_category as name, sum(interactions) as n
      from media.agg_traffic_sources group by 1`),
  ).toEqual(expected.rows_by_referrer_category)
})
