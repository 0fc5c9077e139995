/** Zstandard files are loaded as gzip files are. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadSource } from '../../src/seed/load-source.js'
import type { SeedSource } from '../../src/seed/declaration.js'
import { LocalFolder } from '../../src/seed/storage/local.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'

const SOURCE: SeedSource = {
  name: 'events',
  description: '',
  paths: ['*.ndjson'],
  format: 'ndjson',
  csv: {},
  target: { schema: 'raw', name: 'events' },
  columns: [{ name: 'id', type: 'text', description: '' }],
  aliases: {},
  mode: 'append',
  root: 'data',
  tags: [],
  line: 1,
}

let db: TestDatabase
let root: string
beforeEach(async () => {
  db = await createTestDatabase()
  root = await mkdtemp(join(tmpdir(), 'dataform-zstd-'))
})
afterEach(async () => {
  await rm(root, { recursive: true, force: true })
  await db.drop()
})

test('found under the name with .zst, recognised by their contents, read as far as they go', async () => {
  const packed = await readFile(join(import.meta.dirname, '../fixtures/zstd/level-3.zst'))
  const wrong = Buffer.from(packed)
  wrong[packed.length - 1] = (wrong[packed.length - 1] ?? 0) ^ 1
  const files = {
    'a.ndjson.zst': packed,
    'b.ndjson': packed,
    'c.ndjson.zst': '{"id":"plain"}\n',
    'd.ndjson.zst': Buffer.concat([packed, packed]),
    'e.ndjson.zst': packed.subarray(0, 20_000),
    'f.ndjson.zst': wrong,
  }
  for (const [name, content] of Object.entries(files)) await writeFile(join(root, name), content)
  const { files: loaded } = await loadSource(db.database, SOURCE, {
    dataRoot: new LocalFolder(root),
  })
  expect(
    loaded.map(({ path, rowsLoaded, linesRejected }) => [path, rowsLoaded, linesRejected]),
  ).toEqual([
    ['a.ndjson.zst', 10_000, 0],
    ['b.ndjson', 10_000, 0],
    ['c.ndjson.zst', 1, 0],
    ['d.ndjson.zst', 20_000, 0],
    // Not one block is whole.
    ['e.ndjson.zst', 0, 1],
    ['f.ndjson.zst', 10_000, 1],
  ])
  expect(
    await db.rows('select _file, _line::int as line, detail from raw.rejects order by _file'),
  ).toEqual([
    {
      _file: 'e.ndjson.zst',
      line: 1,
      detail:
        'the compressed file is damaged or cut off: unexpected end of file; what comes after is lost',
    },
    {
      _file: 'f.ndjson.zst',
      line: 10_001,
      detail:
        'the compressed file is damaged or cut off: the checksum does not match; what comes after is lost',
    },
  ])
})
