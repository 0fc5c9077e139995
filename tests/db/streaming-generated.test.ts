/**
 * What the generator says that it wrote is what the warehouse finds, extract by extract. The bundled sample is what
 * the documented command makes.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { startCommand } from '../support/project.js'
import { projectDir } from '../support/warehouse.js'

interface Manifest {
  readonly expected: {
    readonly as_of: string
    readonly raw_rows: Readonly<Record<string, number>>
    readonly duplicate_rows: number
    readonly quarantined_rows: Readonly<Record<string, number>>
    readonly streams_by_date: Readonly<Record<string, number>>
    readonly extracts: readonly { readonly entity: string; readonly extract_date: string }[]
  }
  readonly dirt: { readonly kinds: Readonly<Record<string, number>> }
}

const folders: string[] = []
let dataRoot: string
let db: TestDatabase
let manifest: Manifest

/** A new folder with what the command makes of these flags. */
async function generated(flags: string): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'dataform-generated-'))
  folders.push(root)
  const args = ['generate', 'streaming', ...flags.split(' '), '--out', root]
  const outcome = await startCommand(projectDir, args).ended
  expect(outcome, outcome.stderr).toMatchObject({ code: 0 })
  return root
}

const filesOf = (root: string) =>
  readdirSync(join(root, 'streaming'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .concat('manifest-streaming.json')
    .sort()

beforeAll(async () => {
  db = await createTestDatabase()
  dataRoot = await generated('--users 50 --days 20 --seed 7 --dirt 0.1 --extracts 8')
  manifest = JSON.parse(readFileSync(join(dataRoot, 'manifest-streaming.json'), 'utf8')) as Manifest
  const built = await startCommand(
    projectDir,
    [
      ...['run', '--data', dataRoot, '--tags', 'streaming'],
      ...['--vars', `as_of=${manifest.expected.as_of}`],
    ],
    { DATABASE_URL: db.url },
  ).ended
  expect(built, built.stdout + built.stderr).toMatchObject({ code: 0 })
  for (const name of ['extract_held', 'book_author_known', 'review_movie_in_catalogue'])
    expect(built.stdout).toMatch(
      new RegExp(`^warn +\\d+/\\d+ assertions\\.streaming_${name} `, 'm'),
    )
})
afterAll(async () => {
  await db.drop()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** The counts that a query gives by name. */
async function counts(sql: string): Promise<Readonly<Record<string, number>>> {
  const rows = await db.rows(sql)
  return Object.fromEntries(rows.map((row) => [String(row.name), Number(row.n)]))
}

test('rows by source, duplicates, and quarantine by reason', async () => {
  const { expected } = manifest
  expect(
    await counts(
      `select replace(source, 'streaming_', '') as name, sum(raw_rows) as n
       from streaming.stg_load_accounting group by 1`,
    ),
  ).toEqual(expected.raw_rows)
  expect(
    await counts(
      `select 'duplicates' as name, sum(duplicate_rows) as n from streaming.stg_load_accounting`,
    ),
  ).toEqual({ duplicates: expected.duplicate_rows })
  expect(
    await counts('select reason as name, count(*) as n from streaming.stg_rejects group by 1'),
  ).toEqual(expected.quarantined_rows)
  expect(Object.keys(manifest.dirt.kinds).length).toBeGreaterThan(10)
})

test('streams by day', async () => {
  expect(
    await counts('select date::text as name, streams as n from streaming.agg_daily_streams'),
  ).toEqual(manifest.expected.streams_by_date)
})

test('what each extract of the vendor changed, and which is held', async () => {
  const found = await db.rows(`
    select entity, extract_date::text, keys::int, added::int, changed::int, returned::int,
      deleted::int, is_held
    from streaming.rpt_vendor_changes
    order by extract_date, entity`)
  expect(found).toEqual(manifest.expected.extracts)
  expect(found.filter(({ is_held }) => is_held)).toHaveLength(1)
  for (const change of ['added', 'changed', 'returned', 'deleted'])
    expect(found.filter((row) => Number(row[change]) > 0).length, change).toBeGreaterThan(5)
})

test('the bundled sample is what the documented command makes, byte by byte, and small', async () => {
  const text = readFileSync(join(projectDir, 'docs', 'generator.md'), 'utf8')
  const [, flags] = /generate streaming (--users \d+ --movies .*) --out seeds$/m.exec(text) ?? []
  const made = await generated(flags ?? '')
  const seeds = join(projectDir, 'seeds')
  const files = filesOf(made)
  expect(filesOf(seeds)).toEqual(files)
  const sizes = files.map((file) => {
    const bundled = readFileSync(join(seeds, file))
    expect(bundled.equals(readFileSync(join(made, file))), file).toBe(true)
    return bundled.length
  })
  expect(sizes.reduce((total, size) => total + size, 0)).toBeLessThan(400_000)
})
