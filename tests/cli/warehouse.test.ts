/** The warehouse of this repository, built by the real command in a copy of it. */
import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProject, type TestProject } from '../support/project.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { projectDir, versionsOf, type Tables } from '../support/warehouse.js'

const DOMAINS = ['media', 'product', 'streaming', 'social', 'tv']
/** The last day of the samples, but for those of streaming and social. */
const asOf = ['--vars', 'as_of=2026-11-20']

let project: TestProject
beforeAll(async () => {
  project = await createProject({
    'dataform.json': readFileSync(join(projectDir, 'dataform.json'), 'utf8'),
  })
  for (const folder of ['definitions', 'includes', 'assertions', 'seeds'])
    cpSync(join(projectDir, folder), join(project.dir, folder), { recursive: true })
  mkdirSync(join(project.dir, 'nothing'))
})
afterAll(() => project.remove())

/** The schemas with relations, but for what is there in every project. */
async function schemas(db: TestDatabase): Promise<readonly unknown[]> {
  const rows = await db.rows(`
    select distinct relnamespace::regnamespace::text as name
    from pg_class
    where relkind in ('r', 'p', 'v', 'm')
    order by 1`)
  return rows
    .map(({ name }) => name)
    .filter((name) => !/^(pg_|information_schema|dataform_state|raw$)/.test(String(name)))
}

describe('on the bundled samples', () => {
  test('all five domains are built, and nothing but what the samples are meant to show is found', async () => {
    const built = await project.run(['run', ...asOf])
    expect(built, built.stdout + built.stderr).toMatchObject({ code: 0 })
    expect(await schemas(project.db)).toEqual(['shared', ...DOMAINS].toSorted())
    const warnings = built.stdout.matchAll(/^warn +\S+ assertions\.(\w+)/gm)
    expect([...warnings].map(([, name]) => name).toSorted()).toEqual([
      'product_ad_clicks_within_impressions',
      'product_events_before_signup',
      'social_one_currency_per_user',
      'streaming_book_author_known',
      'streaming_extract_held',
      'streaming_review_created_before_updated',
      'streaming_review_movie_in_catalogue',
      'streaming_vendor_fresh',
      'tv_app_is_mapped',
      'tv_type_is_app',
    ])
    expect(await emptyRelations(project.db, DOMAINS)).toEqual([])
  }, 180_000)

  test('the calendar has the days of all domains', async () => {
    const columns = await project.db.rows(`
      select attrelid::regclass::text as name, quote_ident(attname) as column
      from pg_attribute
      where attrelid::regclass::text in (select name from (${relationsOf(DOMAINS)}) as relations)
        and attrelid::regclass::text ~ '[.](fct_|agg_|user_interactions)'
        and atttypid = 'date'::regtype`)
    expect(columns.length).toBeGreaterThan(20)
    const missing: unknown[] = []
    for (const { name, column } of columns)
      missing.push(
        ...(await project.db.rows(`
          select distinct '${String(name)}.${String(column)}' as column, ${String(column)}::text as day
          from ${String(name)} as facts
          where ${String(column)} is not null
            and not exists (select from shared.dim_date where date = facts.${String(column)})`)),
      )
    expect(missing).toEqual([])
  })

  test('fiscal years start in October, on every day of the calendar', async () => {
    const days = await project.db.rows(`
      select fiscal_quarter from shared.dim_date
      where date in ('2025-09-30', '2025-10-01', '2025-12-31', '2026-01-01', '2026-09-30')
      order by date`)
    expect(days.map(({ fiscal_quarter }) => fiscal_quarter)).toEqual([
      'FY25-Q4',
      'FY26-Q1',
      'FY26-Q1',
      'FY26-Q2',
      'FY26-Q4',
    ])
    const [all] = await project.db.rows(`
      select
        count(*)::int as days,
        count(*) filter (where
          fiscal_quarter = 'FY' || to_char((fiscal_year % 100), 'FM00') || '-Q' || (month + 2) % 12 / 3 + 1
          and fiscal_year = year + (month >= 10)::int)::int as correct
      from shared.dim_date`)
    expect(all).toEqual({ days: 36_525, correct: 36_525 })
  })

  test('a second run writes no row', async () => {
    const versions = async () => {
      const tables: Tables[] = []
      for (const schema of [...DOMAINS, 'raw']) tables.push(await versionsOf(project.db, schema))
      return Object.assign({}, ...tables) as Tables
    }
    const before = await versions()
    expect(Object.keys(before).length).toBeGreaterThan(80)
    const again = await project.run(['run', ...asOf])
    expect(again, again.stdout + again.stderr).toMatchObject({ code: 0 })
    const after = await versions()
    const changed = Object.keys(after).filter(
      (table) => after[table]?.join() !== before[table]?.join(),
    )
    expect(changed).toEqual([])
  }, 180_000)
})

describe('a domain by its tag, without any file', () => {
  // One database, for the calendar takes longer than all the rest; a domain is gone before the next one comes.
  let db: TestDatabase
  beforeAll(async () => {
    db = await createTestDatabase()
  })
  afterAll(() => db.drop())

  test.each(DOMAINS)('%s is built alone, and empty', async (domain) => {
    const args = ['run', '--tags', domain, '--data', 'nothing', ...asOf]
    const built = await project.run(args, { DATABASE_URL: db.url })
    expect(built, built.stdout + built.stderr).toMatchObject({ code: 0 })
    expect(built.stdout).not.toMatch(/^warn/m)
    expect(await schemas(db)).toEqual([domain, 'shared'].toSorted())
    const raw = await db.rows(
      `select tablename from pg_tables
       where schemaname = 'raw' and tablename !~ '^(${domain}_|rejects$)'`,
    )
    expect(raw).toEqual([])
    const relations = (await db.rows(relationsOf([domain]))).map(({ name }) => name)
    expect(relations.length).toBeGreaterThan(8)
    expect(await emptyRelations(db, [domain])).toEqual(
      // It has a row a question, whether there is an answer or not.
      relations.filter((name) => name !== 'streaming.rpt_answers'),
    )
    await db.rows(`drop schema ${domain} cascade`)
    await db.rows('drop schema raw cascade')
  })
})

/** Staging, facts, aggregates and reports; dimensions have members that no file brings. */
function relationsOf(domains: readonly string[]): string {
  return `
    select oid::regclass::text as name
    from pg_class
    where
      relnamespace::regnamespace::text = any ('{${domains.join()}}')
      and relkind in ('r', 'p', 'v') and not relispartition
      and relname ~ '^(stg_|fct_|agg_|rpt_|user_interactions$)'
    order by 1`
}

async function emptyRelations(
  db: TestDatabase,
  domains: readonly string[],
): Promise<readonly unknown[]> {
  const empty: unknown[] = []
  for (const { name } of await db.rows(relationsOf(domains))) {
    const rows = await db.rows(`select from ${String(name)} limit 1`)
    if (rows.length === 0) empty.push(name)
  }
  return empty
}
