/** The bundled sample: the warehouse finds what its manifest says that the generator put in. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSourceRoots } from '../../src/seed/data-root.js'
import { readSeeds } from '../../src/seed/declaration.js'
import { loadSource } from '../../src/seed/load-source.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { projectDir } from '../support/warehouse.js'
import { build, tvActions } from './tv-warehouse.js'

type Counts = Readonly<Record<string, number>>
interface Expected {
  readonly files: number
  readonly rejected_lines: number
  readonly raw_rows: number
  readonly staged_rows: number
  readonly duplicate_rows: number
  readonly quarantined_rows: Counts
  readonly customers: number
  readonly customers_by_date: Counts
  readonly rows_by_date: Counts
  readonly rows_by_contract_quality: Counts
  readonly seconds_by_category: Counts
  readonly customer_seconds_by_category: Counts
}

const { expected, arguments: given } = JSON.parse(
  readFileSync(join(projectDir, 'seeds', 'manifest-tv.json'), 'utf8'),
) as { readonly expected: Expected; readonly arguments: { readonly end: string } }

let db: TestDatabase
beforeAll(async () => {
  db = await createTestDatabase()
  const seeds = await readSeeds(projectDir)
  if (!seeds.ok) throw new Error('the declaration has problems')
  const roots = await openSourceRoots(projectDir, null, {})
  for (const source of seeds.sources.filter(({ tags }) => tags.includes('tv')))
    await loadSource(db.database, source, { dataRoot: roots[source.root] })
  const actions = await tvActions({ vars: { as_of: given.end } })
  await build(
    db,
    actions.filter((action) => action.type !== 'assertion'),
  )
})
afterAll(async () => {
  await db.drop()
})

/** A query of names and numbers as an object. */
async function counts(sql: string): Promise<Counts> {
  const rows = await db.rows(
    `select name::text, value::float8 from (${sql}) as counts (name, value)`,
  )
  return Object.fromEntries(rows.map(({ name, value }) => [String(name), Number(value)]))
}

test('rows end where they should', async () => {
  expect(
    await db.rows(
      `select count(*)::int as files, sum(raw_rows)::int as raw_rows, sum(staged_rows)::int as staged_rows,
         sum(duplicate_rows)::int as duplicate_rows,
         (select count(*)::int from raw.rejects where source = 'tv_logs') as rejected_lines
       from tv.stg_load_accounting`,
    ),
  ).toEqual([
    {
      files: expected.files,
      raw_rows: expected.raw_rows,
      staged_rows: expected.staged_rows,
      duplicate_rows: expected.duplicate_rows,
      rejected_lines: expected.rejected_lines,
    },
  ])
  expect(await counts('select reason, count(*) from tv.stg_rejects group by 1')).toEqual(
    expected.quarantined_rows,
  )
  expect(await counts('select contract_quality, count(*) from tv.stg_views group by 1')).toEqual(
    expected.rows_by_contract_quality,
  )
})

test('days, customers and categories add up', async () => {
  expect(await counts('select date, sessions from tv.agg_daily')).toEqual(expected.rows_by_date)
  expect(await counts('select date, active_contracts from tv.agg_daily')).toEqual(
    expected.customers_by_date,
  )
  const fact = 'from tv.fct_contract_day_category'
  expect(await counts(`select category, sum(seconds) ${fact} group by 1`)).toEqual(
    expected.seconds_by_category,
  )
  expect(
    await counts(
      `select category, sum(seconds) ${fact} where contract_quality = 'valid' group by 1`,
    ),
  ).toEqual(expected.customer_seconds_by_category)
  expect(await counts(`select 'customers', count(*) from tv.rpt_contract_profile`)).toEqual({
    customers: expected.customers,
  })
})
