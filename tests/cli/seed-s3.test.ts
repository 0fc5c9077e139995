/** `dataform seed --data s3://...` as a user calls it. */
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TestBucket } from '../support/bucket.js'
import { createProject, type TestProject } from '../support/project.js'

let project: TestProject
let bucket: TestBucket
beforeEach(async () => {
  bucket = await TestBucket.open()
  project = await createProject({
    'seeds/seeds.yaml': `sources:
  clicks:
    path: web/**/*.ndjson
    format: ndjson
    columns: { id: }
`,
  })
})
afterEach(async () => {
  await project.remove()
  await bucket[Symbol.asyncDispose]()
})

/** Without durations, which differ. */
const plain = (text: string): string => text.replaceAll(/, \d+\.\d+s/g, '')

const zst = readFileSync(join(import.meta.dirname, '..', 'fixtures', 'zstd', 'level-3.zst'))

test('what is in the bucket is loaded once, over connections that break', async () => {
  const { run, db } = project
  await bucket.put({
    'in/web/2025/a b+ü%.ndjson': '{"id":"a"}\nbad\n',
    'in/web/b.ndjson.gz': gzipSync('{"id":"b"}\n'),
    'in/web/c.ndjson.zst': zst,
    'in/web/d.ndjson.zst': zst.subarray(0, zst.length - 5),
  })
  bucket.faults.push({ afterBytes: 5, then: 'cut' }, { afterBytes: 3, then: 'cut' })
  const first = await run(['seed', '--data', 's3://data/in'], bucket.env)
  expect(first).toMatchObject({ code: 0, stderr: '' })
  expect(plain(first.stdout)).toBe(`  web/2025/a b+ü%.ndjson  1 row, 1 rejected
  web/b.ndjson.gz  1 row
  web/c.ndjson.zst  10,000 rows
  web/d.ndjson.zst  9,772 rows, 1 rejected
clicks: 19,774 rows, 2 lines rejected, 4 files
`)
  expect(
    await db.rows(`select _file, count(*)::int as rows, min(id::text), max(_line)::int as last from raw.clicks
                   where _file <> 'web/d.ndjson.zst' group by 1 order by 1`),
  ).toEqual([
    { _file: 'web/2025/a b+ü%.ndjson', rows: 1, min: 'a', last: 1 },
    { _file: 'web/b.ndjson.gz', rows: 1, min: 'b', last: 1 },
    { _file: 'web/c.ndjson.zst', rows: 10000, min: '0', last: 10000 },
  ])
  expect(
    await db.rows(
      `select detail from raw.rejects where _file = 'web/d.ndjson.zst' order by _line desc limit 1`,
    ),
  ).toEqual([
    {
      detail:
        'the compressed file is damaged or cut off: unexpected end of file; what comes after is lost',
    },
  ])

  // Nothing but the lists: an object that has not changed is not read.
  bucket.requests.length = 0
  const second = await run(['seed', '--data', 's3://data/in'], bucket.env)
  expect(plain(second.stdout)).toBe('clicks: 0 rows, 0 files, 4 unchanged\n')
  expect(bucket.requests.filter((request) => !request.includes('list-type'))).toEqual([])

  await bucket.put({ 'in/web/b.ndjson.gz': gzipSync('{"id":"b2"}\n') })
  const third = await run(['seed', '--data', 's3://data/in/'], bucket.env)
  expect(third.stderr).toBe(
    'warn web/b.ndjson.gz has changed since load 2: it was loaded again, as load 5; the earlier rows stay\n',
  )
  expect(plain(third.stdout)).toBe(`  web/b.ndjson.gz  1 row (changed, loaded again)
clicks: 1 row, 1 file, 3 unchanged
`)
})

test('Parquet is read by ranges, over connections that break', async () => {
  const { dir, run, db } = project
  await writeFile(
    join(dir, 'seeds', 'seeds.yaml'),
    `sources:
  sales:
    path: sales/**/*.parquet
    format: parquet
    columns: { id: , label: , dt: }
`,
  )
  const file = readFileSync(
    join(import.meta.dirname, '..', 'fixtures', 'parquet', 'codec-snappy.parquet'),
  )
  await bucket.put({ 'sales/dt=2026-01-01/a.parquet': file })
  bucket.faults.push({ afterBytes: 3, then: 'cut' }, { afterBytes: 100, then: 'cut' })
  const loaded = await run(['seed', '--data', 's3://data'], bucket.env)
  expect(loaded).toMatchObject({ code: 0, stderr: '' })
  expect(plain(loaded.stdout)).toBe(`  sales/dt=2026-01-01/a.parquet  3,000 rows
sales: 3,000 rows, 1 file
`)
  const sums = await db.rows(
    `select count(*)::int as rows, count(distinct id)::int as ids, min(dt) as first, max(dt) as last, max(_line)::int as line
     from raw.sales`,
  )
  expect(sums).toEqual([
    { rows: 3000, ids: 3000, first: '2026-01-01', last: '2026-01-01', line: 3000 },
  ])
  expect(bucket.requests.some((request) => /\bbytes=\d+-\d+$/.test(request))).toBe(true)
})

test('an object that is written while it is read is left for the next run', async () => {
  const { run, db } = project
  await bucket.put({ 'web/a.ndjson': '{"id":1}\n'.repeat(100_000) })
  bucket.faults.push({
    afterBytes: 500_000,
    then: 'cut',
    meanwhile: () => bucket.put({ 'web/a.ndjson': '{"id":2}\n' }),
  })
  const first = await run(['seed', '--data', 's3://data'], bucket.env)
  expect(first.stdout).toContain('web/a.ndjson  skipped: it is being written')
  expect(await db.rows('select * from raw.clicks')).toEqual([])
  await run(['seed', '--data', 's3://data'], bucket.env)
  expect(await db.rows('select id from raw.clicks')).toEqual([{ id: '2' }])
})

test('--status lists the objects, and run loads them', async () => {
  const { run, db } = project
  await bucket.put({ 'web/a.ndjson': '{"id":1}\n' })
  const cells = async (): Promise<readonly (readonly string[])[]> => {
    const { stdout } = await run(['seed', '--status', '--data', 's3://data'], bucket.env)
    const rows = stdout.trimEnd().split('\n').slice(2)
    return rows.map((row) =>
      row
        .split('│')
        .slice(0, 4)
        .map((cell) => cell.trim()),
    )
  }
  expect(await cells()).toEqual([['clicks', 'web/a.ndjson', 'new', '']])
  expect(await run(['run', '--data', 's3://data'], bucket.env)).toMatchObject({
    code: 0,
    stderr: '',
  })
  expect(await db.rows('select id from raw.clicks')).toEqual([{ id: '1' }])
  expect(await cells()).toEqual([['clicks', 'web/a.ndjson', 'loaded', '1']])
})

test('what is wrong is said with what to do, and without the secret', async () => {
  const { run } = project
  const none = { ...bucket.env, AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined }
  expect(await run(['seed', '--data', 's3://data'], none)).toMatchObject({
    code: 2,
    stderr: `error no credentials for s3://data: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY not set
Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN with temporary ones. Those of a profile: eval "$(aws configure export-credentials --format env)".
`,
  })
  const wrong = { ...bucket.env, AWS_SECRET_ACCESS_KEY: 'hunter2' }
  expect(await run(['seed', '--data', 's3://data'], wrong)).toMatchObject({
    code: 1,
    stdout: '',
    stderr: `error the storage of the bucket data does not accept the credentials (SignatureDoesNotMatch)
Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and that AWS_SESSION_TOKEN is of the same set or not set.
`,
  })
  expect(await run(['seed', '--data', 's3://data/nothing'], bucket.env)).toMatchObject({
    code: 2,
    stderr: `error there is nothing under s3://data/nothing
Give --data the prefix that the files of the sources are under.
`,
  })
  const failed = await run(['run', '--data', 's3://other'], bucket.env)
  expect(failed.code).toBe(1)
  expect(failed.stdout).toContain('there is no bucket other')
})
