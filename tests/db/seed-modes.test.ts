/** What becomes of a source's rows by its mode, CSV in a real table, and rejected lines that are tried again. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { CopyBuffer } from '../../src/seed/copy-buffer.js'
import type { SeedColumn, SeedSource } from '../../src/seed/declaration.js'
import { loadSource, type LoadResult } from '../../src/seed/load-source.js'
import { writeDate, writeTimestamp } from '../../src/seed/parquet/time-text.js'
import { retryRejects } from '../../src/seed/retry-rejects.js'
import { LocalFolder } from '../../src/seed/storage/local.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'

let db: TestDatabase
let root: string
let warnings: string[]

beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(async () => {
  await db.drop()
})
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'dataform-seed-'))
  warnings = []
})
afterEach(async () => {
  await rm(root, { recursive: true, force: true })
  await db.rows('drop schema if exists raw cascade')
  await db.rows('drop schema if exists dataform_state cascade')
})

const column = (name: string, type: SeedColumn['type'] = 'text'): SeedColumn => ({
  name,
  type,
  description: '',
})

const SOURCE: SeedSource = {
  name: 'things',
  description: '',
  paths: ['things/**/*.csv'],
  format: 'csv',
  target: { schema: 'raw', name: 'things' },
  columns: [column('id'), column('name')],
  aliases: {},
  mode: 'append',
  root: 'data',
  csv: {},
  tags: [],
  line: 2,
}

async function write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
}

const load = (source: Partial<SeedSource> = {}): Promise<LoadResult> =>
  loadSource(
    db.database,
    { ...SOURCE, ...source },
    { dataRoot: new LocalFolder(root), onWarning: (message) => warnings.push(message) },
  )

const retry = async (source: Partial<SeedSource> = {}): Promise<unknown> =>
  retryRejects(db.database, { ...SOURCE, ...source })

const statuses = (result: LoadResult): readonly string[] =>
  result.files.map(({ path, status }) => `${path} ${status}`)

/** Rows as text: `id name load-of-the-row`. */
const rows = async (): Promise<readonly string[]> =>
  (
    await db.rows(
      `select concat_ws(' ', id, name, _file, _line, _load_id) as row from raw.things order by _load_id, _line`,
    )
  ).map(({ row }) => String(row))

async function expectAccounts(): Promise<void> {
  expect(
    await db.rows(`
    select l.load_id, l.rows_loaded, l.lines_rejected, l.lines_read from dataform_state.loads l
    where l.lines_read <> l.rows_loaded + l.lines_rejected
      or l.rows_loaded <> (select count(*) from raw.things t where t._load_id = l.load_id)
      or l.lines_rejected <> (select count(*) from raw.rejects r where r._load_id = l.load_id)`),
  ).toEqual([])
}

describe('CSV', () => {
  test('rows, extras and rejects arrive as they were read', async () => {
    await write({ 'things/a.csv': 'name;id;more\n"a\nb";1;x\nc;2\n;3;\n' })
    expect(await load()).toMatchObject({ rowsLoaded: 2, linesRejected: 1 })
    expect(
      await db.rows(
        `select id, name, _extra::text as extra, _line::int as line from raw.things order by _line`,
      ),
    ).toEqual([
      { id: '1', name: 'a\nb', extra: '{"more": "x"}', line: 2 },
      { id: '3', name: null, extra: null, line: 5 },
    ])
    expect(await db.rows('select reason, _text as text from raw.rejects')).toEqual([
      { reason: 'schema_drift', text: 'c;2' },
    ])
    await expectAccounts()
  })

  test('what is not as declared is said', async () => {
    await write({ 'things/a.csv': 'id\n1\n' })
    await load()
    expect(warnings).toEqual(['things/a.csv: its header lacks "name"'])
  })
})

test('times of Parquet are text that PostgreSQL reads, before the year 1 and after 9999 too', async () => {
  const days = [-719_893, -719_528, -719_163, -719_162, 0, 2_932_896, 2_932_897]
  for (const day of days) {
    const out = new CopyBuffer()
    writeTimestamp(out, BigInt(day) * 86_400_000n + 5n, 3, true)
    const timestamp = out.take().toString()
    writeDate(out, day)
    const date = out.take().toString()
    expect(
      await db.rows(
        `select '${date}'::date - '1970-01-01'::date as day,
                (extract(epoch from '${timestamp}'::timestamptz) * 1000)::bigint::text as ms`,
      ),
    ).toEqual([{ day, ms: String(day * 86_400_000 + 5) }])
  }
})

describe('full extracts', () => {
  const SNAPSHOT = { mode: 'snapshot' } as const
  const dates = (): Promise<unknown> =>
    db.rows(
      `select _file as file, id, _extract_date::text as date,
              _extract_date = (_loaded_at at time zone 'UTC')::date as is_of_load
       from raw.things order by _load_id`,
    )

  test('have the day of their path, else that of the load', async () => {
    await write({
      'things/2026-02-30/2026-02-28.csv': 'id,name\n1,a\n',
      'things/20260301.csv': 'id,name\n2,a\n',
      'things/20260302_and_2026-02-01.csv': 'id,name\n4,a\n',
      'things/now.csv': 'id,name\n3,a\n',
    })
    await load(SNAPSHOT)
    expect(await dates()).toMatchObject([
      { id: '1', date: '2026-02-28', is_of_load: false },
      { id: '2', date: '2026-03-01', is_of_load: false },
      { id: '4', date: '2026-03-02', is_of_load: false },
      { id: '3', is_of_load: true },
    ])
  })

  test('a file that goes back to what it was is another extract', async () => {
    for (const content of [
      'id,name\n1,a\n',
      'id,name\n1,bb\n',
      'id,name\n1,a\n',
      'id,name\n1,a\n',
    ]) {
      await write({ 'things/2026-01-01.csv': content })
      await load(SNAPSHOT)
    }
    expect((await rows()).map((row) => row.split(' ')[1])).toEqual(['a', 'bb', 'a'])
    await expectAccounts()
  })

  test('the last one counts also where load ids get another digit', async () => {
    const days = Array.from({ length: 9 }, (_, day) => `things/2026-01-0${day + 1}.csv`)
    await write(Object.fromEntries(days.map((path) => [path, 'id,name\n1,a\n'])))
    await load(SNAPSHOT)
    const last = 'things/2026-01-09.csv'
    for (const content of ['id,name\n1,b\n', 'id,name\n1,a\n']) {
      await write({ [last]: content })
      expect(statuses(await load(SNAPSHOT)).at(-1)).toBe(`${last} changed`)
      expect(statuses(await load(SNAPSHOT)).at(-1)).toBe(`${last} unchanged`)
    }
    expect(
      (await db.rows('select load_id::int from dataform_state.loads order by 1')).at(-1),
    ).toEqual({ load_id: 11 })
    await expectAccounts()
  })
})

describe('files that are replaced', () => {
  const REPLACE = { mode: 'replace' } as const

  test('the table has the rows of the files as they are now', async () => {
    await write({ 'things/a.csv': 'id,name\n1,a\nbad\n', 'things/b.csv': 'id,name\n2,b\n' })
    await load(REPLACE)
    await write({ 'things/a.csv': 'id,name\n1,aa\n3,c\n' })
    expect(statuses(await load(REPLACE))).toEqual([
      'things/a.csv changed',
      'things/b.csv unchanged',
    ])
    expect((await rows()).map((row) => row.slice(0, 4))).toEqual(['2 b ', '1 aa', '3 c '])
    expect(await db.rows('select * from raw.rejects')).toEqual([])
    await write({ 'things/a.csv': 'id,name\n1,a\nbad\n' })
    await load(REPLACE)
    expect((await rows()).map((row) => row.slice(0, 3))).toEqual(['2 b', '1 a'])
    await expectAccounts()
    expect(warnings).toEqual([])
  })

  test('rows of a file that is gone go, unless all are', async () => {
    await write({ 'things/a.csv': 'id,name\n1,a\n', 'things/b.csv': 'id,name\n2,b\n' })
    await load(REPLACE)
    await rm(join(root, 'things/b.csv'))
    expect(statuses(await load(REPLACE))).toEqual([
      'things/a.csv unchanged',
      'things/b.csv removed',
    ])
    await rm(join(root, 'things/a.csv'))
    expect(statuses(await load(REPLACE))).toEqual([])
    expect((await rows()).map((row) => row.slice(0, 3))).toEqual(['1 a'])
    await expectAccounts()
  })
})

describe('rejected lines tried again', () => {
  test('CSV: what are rows by the corrected declaration is loaded, as a load of its own; the rest stays', async () => {
    await write({ 'things/a.csv': `id,name\n1,'a,b'\n2,b\n3,'c\n4\n` })
    await load()
    expect(await retry()).toMatchObject([{ tried: 2, loaded: 0, loadId: null }])
    const corrected = { csv: { quote: "'" } }
    expect(await retry(corrected)).toMatchObject([
      { path: 'things/a.csv', of: 1, tried: 2, loaded: 1 },
    ])
    expect(await rows()).toEqual([
      '2 b things/a.csv 3 1',
      `3 'c things/a.csv 4 1`,
      '1 a,b things/a.csv 2 3',
    ])
    expect(await db.rows('select _text as text from raw.rejects')).toEqual([{ text: '4' }])
    await expectAccounts()
    expect(statuses(await load(corrected))).toEqual(['things/a.csv unchanged'])
    expect(await retry(corrected)).toMatchObject([{ tried: 1, loaded: 0 }])
  })

  test('CSV: bytes that are text in the encoding that was declared meanwhile', async () => {
    await write({
      'things/a.csv': Buffer.concat([
        Buffer.from('id,name\n1,é\n2,'),
        Buffer.of(0xe9),
        Buffer.from('\n'),
      ]),
    })
    await load()
    expect(await retry({ csv: { encoding: 'latin1' } })).toMatchObject([{ tried: 1, loaded: 1 }])
    expect((await rows()).map((row) => row.slice(0, 3))).toEqual(['1 é', '2 é'])
    await expectAccounts()
  })

  test('CSV: what could not be decoded is kept byte by byte, and is text only in another encoding', async () => {
    const bad = Buffer.from('2,b\x82', 'latin1')
    const half = Buffer.from('4,\ud800', 'utf16le')
    await write({
      'things/a.csv': Buffer.concat([Buffer.from('id,name\n1,a\n'), bad, Buffer.from('\n')]),
      'things/b.csv': Buffer.concat([Buffer.from('\ufeffid,name\n3,c\n', 'utf16le'), half]),
    })
    const shiftJis = { csv: { encoding: 'shift_jis' } }
    await load(shiftJis)
    const kept = (): Promise<unknown> =>
      db.rows(
        "select _text as text, encode(_bytes, 'hex') as bytes from raw.rejects order by _file",
      )
    const all = [
      { text: '2,b\ufffd', bytes: bad.toString('hex') },
      { text: '4,\ufffd', bytes: half.toString('hex') },
    ]
    expect(await kept()).toEqual(all)
    for (const csv of [shiftJis.csv, {}, { encoding: 'utf-16le' }])
      expect(await retry({ csv })).toMatchObject([{ loaded: 0 }, { loaded: 0 }])
    expect(await kept()).toEqual(all)
    await expectAccounts()
    await retry({ csv: { encoding: 'windows-1252' } })
    expect((await rows()).map((row) => row.slice(0, 3))).toEqual(['1 a', '3 c', '2 b'])
    expect(await kept()).toEqual(all.slice(1))
    await expectAccounts()
  })

  test('JSON: an object and an element of an array', async () => {
    const json = { format: 'json', paths: ['things/*.json'] } as const
    const strict = { ...json, columns: [column('id'), column('name', 'jsonb')] }
    await write({
      'things/a.json': '{"id":1,"name":1}\n{"id":2,"name":1e99999999}\n{"id":3\n',
      'things/b.json': '[{"id":4,\n"name":1e99999999},\n7]',
    })
    await load(strict)
    const changed = await db.rows(
      'alter table raw.things alter column name type text using name::text',
    )
    expect(changed).toEqual([])
    expect(await retry(json)).toMatchObject([
      { path: 'things/a.json', tried: 2, loaded: 1 },
      { path: 'things/b.json', tried: 2, loaded: 1 },
    ])
    expect((await rows()).map((row) => row.replace(/ \d+$/, ''))).toEqual([
      '1 1 things/a.json 1',
      '2 1e99999999 things/a.json 2',
      '4 1e99999999 things/b.json 1',
    ])
    await expectAccounts()
  })

  test('a line of which only the beginning was kept is not tried', async () => {
    await write({ 'things/a.csv': `id,name\n1,${'x'.repeat(17 * 1024 * 1024)}\n2,b\n` })
    await load()
    expect(await retry()).toMatchObject([{ tried: 0, loaded: 0 }])
    await expectAccounts()
  })
})
