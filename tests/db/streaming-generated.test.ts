/**
 * What the generator says that it wrote is what the warehouse finds, extract by extract. The bundled sample is what
 * the documented command makes.
 */
import { readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { generated, generatedFiles, type Counts, type Generated } from '../support/generated.js'
import { projectDir } from '../support/warehouse.js'

interface Expected {
  readonly as_of: string
  readonly raw_rows: Counts
  readonly duplicate_rows: number
  readonly quarantined_rows: Counts
  readonly streams_by_date: Counts
  readonly extracts: readonly { readonly entity: string; readonly extract_date: string }[]
}

let streaming: Generated<Expected>

const filesOf = (root: string) =>
  readdirSync(join(root, 'streaming'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .concat('manifest-streaming.json')
    .sort()

beforeAll(async () => {
  streaming = await generated(
    'streaming',
    '--users 50 --days 20 --seed 7 --dirt 0.1 --extracts 8',
    (manifest) => `as_of=${manifest.expected.as_of}`,
  )
  for (const name of ['extract_held', 'book_author_known', 'review_movie_in_catalogue'])
    expect(streaming.output).toMatch(
      new RegExp(`^warn +\\d+/\\d+ assertions\\.streaming_${name} `, 'm'),
    )
})
afterAll(() => streaming.remove())

test('rows by source, duplicates, and quarantine by reason', async () => {
  const { expected, kinds } = streaming
  expect(
    await streaming.counts(
      `select replace(source, 'streaming_', '') as name, sum(raw_rows) as n
       from streaming.stg_load_accounting group by 1`,
    ),
  ).toEqual(expected.raw_rows)
  expect(
    await streaming.counts(
      `select 'duplicates' as name, sum(duplicate_rows) as n from streaming.stg_load_accounting`,
    ),
  ).toEqual({ duplicates: expected.duplicate_rows })
  expect(
    await streaming.counts(
      'select reason as name, count(*) as n from streaming.stg_rejects group by 1',
    ),
  ).toEqual(expected.quarantined_rows)
  expect(kinds.length).toBeGreaterThan(10)
})

test('streams by day', async () => {
  expect(
    await streaming.counts(
      'select date::text as name, streams as n from streaming.agg_daily_streams',
    ),
  ).toEqual(streaming.expected.streams_by_date)
})

test('what each extract of the vendor changed, and which is held', async () => {
  const found = await streaming.db.rows(`
    select entity, extract_date::text, keys::int, added::int, changed::int, returned::int,
      deleted::int, is_held
    from streaming.rpt_vendor_changes
    order by extract_date, entity`)
  expect(found).toEqual(streaming.expected.extracts)
  expect(found.filter(({ is_held }) => is_held)).toHaveLength(1)
  for (const change of ['added', 'changed', 'returned', 'deleted'])
    expect(found.filter((row) => Number(row[change]) > 0).length, change).toBeGreaterThan(5)
})

test('the bundled sample is what the documented command makes, byte by byte, and small', async () => {
  const text = readFileSync(join(projectDir, 'docs', 'generator.md'), 'utf8')
  const [, flags] = /generate streaming (--users \d+ --movies .*) --out seeds$/m.exec(text) ?? []
  const made = await generatedFiles('streaming', flags ?? '')
  onTestFinished(() => {
    rmSync(made, { recursive: true })
  })
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
