/** Parquet files through `dataform seed`, as a user calls it. */
import { parquetWriteBuffer, type ParquetWriteOptions } from 'hyparquet-writer'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createProject, type TestProject } from '../support/project.js'

let project: TestProject | undefined
afterEach(async () => {
  await project?.remove()
  project = undefined
})

const SEEDS = `sources:
  sales:
    path: sales/**/*.parquet
    format: parquet
    columns: { id: , label: , price: , parts: jsonb, country: }
    aliases: { name: label }
`

async function open(): Promise<TestProject> {
  project = await createProject({ 'seeds/seeds.yaml': SEEDS })
  return project
}

type Columns = ParquetWriteOptions['columnData']

async function write(
  { dir }: TestProject,
  path: string,
  columnData: Columns,
  more: Partial<ParquetWriteOptions> = {},
): Promise<Uint8Array> {
  const bytes = new Uint8Array(parquetWriteBuffer({ columnData, ...more }))
  await mkdir(dirname(join(dir, 'seeds', path)), { recursive: true })
  await writeFile(join(dir, 'seeds', path), bytes)
  return bytes
}

/** Without durations, which differ. */
const plain = (text: string): string => text.replaceAll(/, \d+\.\d+s/g, '')

test('loads files of folders by day and country, once', async () => {
  const { dir, run, db } = await open()
  const folder = join(dir, 'seeds', 'sales', 'dt=2026-01-01', 'country=de')
  await mkdir(folder, { recursive: true })
  await copyFile(
    join(import.meta.dirname, '..', 'fixtures', 'parquet', 'codec-snappy.parquet'),
    join(folder, 'a.parquet'),
  )
  const first = await run(['seed'])
  expect(first).toMatchObject({ code: 0, stderr: '' })
  expect(plain(first.stdout)).toBe(`  sales/dt=2026-01-01/country=de/a.parquet  3,000 rows
sales: 3,000 rows, 1 file
`)
  expect(
    await db.rows(
      'select id, label, price, parts, country, _extra, _line::int as line from raw.sales where _line in (3, 7) order by _line',
    ),
  ).toEqual([
    {
      id: '3',
      label: 'name 3',
      price: '0.75',
      parts: [0, 1, 2],
      country: 'de',
      _extra: { dt: '2026-01-01' },
      line: 3,
    },
    {
      id: '7',
      label: null,
      price: '1.75',
      parts: [0, 1, 2],
      country: 'de',
      _extra: { dt: '2026-01-01' },
      line: 7,
    },
  ])
  expect(plain((await run(['seed'])).stdout)).toBe('sales: 0 rows, 0 files, 1 unchanged\n')
})

test('columns that are missing are NULL, others are kept; columns may differ from file to file', async () => {
  const opened = await open()
  await write(opened, 'sales/a.parquet', [{ name: 'id', data: [1n, 2n], type: 'INT64' }])
  await write(opened, 'sales/b.parquet', [
    { name: 'label', data: ['x'], type: 'STRING' },
    { name: 'parts', data: ['{"a": 1.50}'], type: 'STRING' },
    { name: 'more', data: [0.1], type: 'DOUBLE' },
  ])
  expect((await opened.run(['seed'])).code).toBe(0)
  expect(
    await opened.db.rows(
      'select id, label, parts::text, _extra::text as extra from raw.sales order by _load_id, _line',
    ),
  ).toEqual([
    { id: '1', label: null, parts: null, extra: null },
    { id: '2', label: null, parts: null, extra: null },
    { id: null, label: 'x', parts: '{"a": 1.50}', extra: '{"more": 0.1}' },
  ])
})

test('what is damaged is rejected and the rest is loaded; the account is in dataform_state.loads', async () => {
  const opened = await open()
  const ids = Array.from({ length: 300 }, (_, index) => index + 1)
  const bytes = await write(
    opened,
    'sales/a.parquet',
    [
      { name: 'id', data: ids, type: 'INT32' },
      { name: 'name', data: ids.map((id) => `name ${id}`), type: 'STRING' },
    ],
    { rowGroupSize: 100, codec: 'UNCOMPRESSED' },
  )
  // The first page of the last row group, from its header on.
  const at = Buffer.from(bytes).indexOf('name 201')
  bytes.fill(0xff, at - 40, at)
  await writeFile(join(opened.dir, 'seeds', 'sales', 'a.parquet'), bytes)
  await write(opened, 'sales/b.parquet', [{ name: 'id', data: [7], type: 'INT32' }])
  await writeFile(join(opened.dir, 'seeds', 'sales', 'c.parquet'), 'no Parquet')

  const { code, stdout } = await opened.run(['seed'])
  expect(code).toBe(0)
  expect(plain(stdout)).toBe(`  sales/a.parquet  200 rows, 1 rejected
  sales/b.parquet  1 row
  sales/c.parquet  0 rows, 1 rejected
sales: 201 rows, 2 lines rejected, 3 files
`)
  const rejects = await opened.db.rows(
    'select _file, _line::int as line, reason, detail from raw.rejects order by _load_id',
  )
  expect(rejects).toEqual([
    {
      _file: 'sales/a.parquet',
      line: 201,
      reason: 'malformed_parquet',
      detail: expect.stringMatching(
        /^rows 201 to 300 \(row group 3\): column "\w+" can't be read: /,
      ) as string,
    },
    {
      _file: 'sales/c.parquet',
      line: 1,
      reason: 'malformed_parquet',
      detail: 'the file does not begin with PAR1',
    },
  ])
  expect(
    await opened.db.rows(
      'select lines_read::int as read, rows_loaded::int as loaded, lines_rejected::int as rejected from dataform_state.loads order by load_id',
    ),
  ).toEqual([
    { read: 201, loaded: 200, rejected: 1 },
    { read: 1, loaded: 1, rejected: 0 },
    { read: 1, loaded: 0, rejected: 1 },
  ])
  expect(
    await opened.db.rows("select count(*)::int as rows from raw.sales where label = 'name ' || id"),
  ).toEqual([{ rows: 200 }])
})
