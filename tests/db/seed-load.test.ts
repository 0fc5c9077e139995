/** Loading files into a real database: exactly once, nothing lost, whatever the files are like. */
import { chmodSync } from 'node:fs'
import {
  appendFile,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { SeedColumn, SeedSource } from '../../src/seed/declaration.js'
import { loadSource, type LoadResult, type LoadSourceOptions } from '../../src/seed/load-source.js'
import { retryRejects } from '../../src/seed/retry-rejects.js'
import { readSourceStatus } from '../../src/seed/source-status.js'
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

const column = (name: string, type: SeedColumn['type'] = 'text', description = ''): SeedColumn => ({
  name,
  type,
  description,
})

const SOURCE: SeedSource = {
  name: 'events',
  description: 'Events as they came.',
  paths: ['events/**/*.{json,ndjson}'],
  format: 'json',
  target: { schema: 'raw', name: 'app_events' },
  columns: [column('id', 'text', 'Its number.'), column('name'), column('items', 'jsonb')],
  aliases: { ID: 'id' },
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

const load = (options: Partial<LoadSourceOptions> = {}, source = SOURCE): Promise<LoadResult> =>
  loadSource(db.database, source, {
    dataRoot: new LocalFolder(root),
    onWarning: (message) => warnings.push(message),
    ...options,
  })

const statuses = (result: LoadResult): readonly string[] =>
  result.files.map(({ path, status }) => `${path} ${status}`)

const ids = async (): Promise<readonly unknown[]> =>
  (await db.rows('select id from raw.app_events order by _load_id, _line')).map((row) => row.id)

const rejects = (): Promise<readonly Readonly<Record<string, unknown>>[]> =>
  db.rows(`select _file, _line::int as line, reason, detail, _text as text, encode(_bytes, 'hex') as bytes
           from raw.rejects order by _load_id, _line`)

/** The account of every load, from the tables themselves. */
async function expectAccounts(): Promise<void> {
  const unbalanced = await db.rows(`
    select l.path from dataform_state.loads l
    where l.lines_read <> l.rows_loaded + l.lines_rejected
      or l.rows_loaded <> (select count(*) from raw.app_events e where e._load_id = l.load_id and e._file = l.path)
      or l.lines_rejected <> (select count(*) from raw.rejects r where r._load_id = l.load_id and r._file = l.path and r.source = l.source)`)
  expect(unbalanced).toEqual([])
}

describe('what is loaded', () => {
  test('files of several formats, each by the ending of its name', async () => {
    const auto: SeedSource = { ...SOURCE, format: 'auto', paths: ['events/**'] }
    const fixture = join(import.meta.dirname, '..', 'fixtures', 'parquet', 'codec-snappy.parquet')
    await write({
      'events/dt=2025-11-01/a.csv': 'name;id\nfrom csv;1\n',
      'events/b.NDJSON.gz': gzipSync('{"id":2,"name":"from ndjson"}\n[1]\n'),
      'events/c.json': '[{"id":3,"name":"from json"}]',
      'events/d.jsonl': '{"id":4,"name":"from jsonl"}',
      'events/dt=2025-11-02/e.parquet': await readFile(fixture),
    })
    await load({}, auto)
    expect(
      await db.rows(
        'select _file, min(name) as least, count(*)::int from raw.app_events group by _file order by _file',
      ),
    ).toEqual([
      { _file: 'events/b.NDJSON.gz', least: 'from ndjson', count: 1 },
      { _file: 'events/c.json', least: 'from json', count: 1 },
      { _file: 'events/d.jsonl', least: 'from jsonl', count: 1 },
      { _file: 'events/dt=2025-11-01/a.csv', least: 'from csv', count: 1 },
      { _file: 'events/dt=2025-11-02/e.parquet', least: 'name 0', count: 3000 },
    ])
    expect((await rejects()).map(({ _file, reason }) => [_file, reason])).toEqual([
      ['events/b.NDJSON.gz', 'schema_drift'],
    ])
    await expectAccounts()
  })

  test('a file whose name does not say its format fails by itself', async () => {
    await write({ 'events/a.csv': 'id\n1\n', 'events/b.txt': 'id\n2\n', 'events/README': 'x' })
    const result = await load({}, { ...SOURCE, format: 'auto', paths: ['events/**'] })
    expect(statuses(result)).toEqual([
      'events/README failed',
      'events/a.csv loaded',
      'events/b.txt failed',
    ])
    expect(result.failure).toMatchObject({
      kind: 'load',
      message: 'cannot read events/README: its name does not say what format it has',
      hint: expect.stringContaining('.ndjson, .jsonl, .csv, .parquet') as string,
    })
    expect(await ids()).toEqual(['1'])
  })

  test('fields as they were written, with where they come from', async () => {
    await write({
      'events/2025/03/a.json':
        '[{"id": 12345678901234567890, "name":"é\\n\\u0041", "items": [1.50], "x": {"y": [0.10]}},\n {"ID":"b","name":null}]',
      'events/b.ndjson': '{"id":true,"items":{"a":"\\\\"}}\n',
    })
    const result = await load()
    expect(result).toEqual({
      files: [
        {
          path: 'events/2025/03/a.json',
          status: 'loaded',
          rowsLoaded: 2,
          linesRejected: 0,
          loadId: 1,
        },
        { path: 'events/b.ndjson', status: 'loaded', rowsLoaded: 1, linesRejected: 0, loadId: 2 },
      ],
      rowsLoaded: 3,
      linesRejected: 0,
    })
    expect(
      await db.rows(`select id, name, items::text, _extra::text as extra, _file, _line::int as line, _load_id::int as load,
                     _loaded_at = (select loaded_at from dataform_state.loads where load_id = _load_id) as same_time
                     from raw.app_events order by _load_id, _line`),
    ).toEqual([
      {
        id: '12345678901234567890',
        name: 'é\nA',
        items: '[1.50]',
        extra: '{"x": {"y": [0.10]}}',
        _file: 'events/2025/03/a.json',
        line: 1,
        load: 1,
        same_time: true,
      },
      {
        id: 'b',
        name: null,
        items: null,
        extra: null,
        _file: 'events/2025/03/a.json',
        line: 2,
        load: 1,
        same_time: true,
      },
      {
        id: 'true',
        name: null,
        items: '{"a": "\\\\"}',
        extra: null,
        _file: 'events/b.ndjson',
        line: 1,
        load: 2,
        same_time: true,
      },
    ])
    await expectAccounts()
  })

  test('the table is there without any file, with comments and an index for the watermark', async () => {
    expect(await load()).toEqual({ files: [], rowsLoaded: 0, linesRejected: 0 })
    expect(
      await db.rows(`select a.attname as name, format_type(a.atttypid, -1) as type, col_description(a.attrelid, a.attnum) as comment
                     from pg_attribute a where a.attrelid = 'raw.app_events'::regclass and a.attnum > 0 order by a.attnum`),
    ).toEqual([
      { name: 'id', type: 'text', comment: 'Its number.' },
      { name: 'name', type: 'text', comment: null },
      { name: 'items', type: 'jsonb', comment: null },
      {
        name: '_extra',
        type: 'jsonb',
        comment: 'Fields of the record that are not declared; NULL if there are none.',
      },
      { name: '_file', type: 'text', comment: 'The file, relative to the data root.' },
      {
        name: '_line',
        type: 'bigint',
        comment: 'Line in the file, or index in its array, from 1.',
      },
      {
        name: '_load_id',
        type: 'bigint',
        comment: 'The load that brought the row; see dataform_state.loads.',
      },
      { name: '_loaded_at', type: 'timestamp with time zone', comment: 'When that load was made.' },
    ])
    expect(
      await db.rows(`select obj_description('raw.app_events'::regclass) as comment,
                     (select string_agg(indexdef, ';') from pg_indexes where schemaname = 'raw' and tablename = 'app_events') as indexes`),
    ).toEqual([
      {
        comment: 'Events as they came.',
        indexes: 'CREATE INDEX app_events_load_id_idx ON raw.app_events USING brin (_load_id)',
      },
    ])
  })

  test('names that need quoting, and a source without columns', async () => {
    const source: SeedSource = {
      ...SOURCE,
      target: { schema: 'Raw "x"', name: "it's" },
      columns: [column('select'), column('a"b')],
      aliases: {},
    }
    await write({ 'events/a.json': '{"select":1,"a\\"b":2,"c":3}' })
    expect((await load({}, source)).rowsLoaded).toBe(1)
    expect(
      await db.rows('select "select" as s, "a""b" as ab, _extra from "Raw ""x"""."it\'s"'),
    ).toEqual([{ s: '1', ab: '2', _extra: { c: 3 } }])
    await db.rows('drop schema "Raw ""x""" cascade')
    expect((await load({}, { ...SOURCE, name: 'bare', columns: [], aliases: {} })).rowsLoaded).toBe(
      1,
    )
    expect(await db.rows('select _extra from raw.app_events')).toEqual([
      { _extra: { select: 1, 'a"b': 2, c: 3 } },
    ])
  })

  test('a file of many chunks, rows and rejects mixed, comes whole and in order', async () => {
    const count = 60_000
    const lines = Array.from({ length: count }, (_, n) =>
      n % 2 === 0 ? `{"id":${n},"name":"${'n'.repeat(n % 50)}"}` : `bad ${n}`,
    )
    await write({ 'events/a.ndjson': lines.join('\n') })
    expect(await load()).toMatchObject({ rowsLoaded: count / 2, linesRejected: count / 2 })
    expect(
      await db.rows(
        `select count(*)::int as rows, count(*) filter (where id::int = _line - 1)::int as placed from raw.app_events`,
      ),
    ).toEqual([{ rows: count / 2, placed: count / 2 }])
    expect(
      await db.rows(
        `select count(*)::int as rows, count(*) filter (where _text = 'bad ' || _line - 1)::int as placed from raw.rejects`,
      ),
    ).toEqual([{ rows: count / 2, placed: count / 2 }])
    await expectAccounts()
  })

  test('hidden files and files that match no pattern are left alone', async () => {
    await write({
      'events/.a.json': '{"id":1}',
      'events/a.txt': '{"id":1}',
      'other/a.json': '{"id":1}',
    })
    expect((await load()).files).toEqual([])
  })
})

describe('exactly once', () => {
  test('a second run does nothing, verified or not', async () => {
    await write({ 'events/a.json': '{"id":1}\n', 'events/b.json': '[]' })
    await load()
    const before = await db.rows('select * from dataform_state.loads order by load_id')
    for (const options of [{}, { verify: true }, {}]) {
      const again = await load(options)
      expect(statuses(again)).toEqual(['events/a.json unchanged', 'events/b.json unchanged'])
      expect(again.rowsLoaded).toBe(0)
    }
    expect(await ids()).toEqual(['1'])
    const after = await db.rows('select * from dataform_state.loads order by load_id')
    expect(after.map((row) => ({ ...row, signature: null }))).toEqual(
      before.map((row) => ({ ...row, signature: null })),
    )
    expect(warnings).toEqual([])
  })

  test('an old file is not read again: its signature tells, and is kept up to date', async () => {
    await write({ 'events/a.json': '{"id":1}\n' })
    await load()
    // Fresh, so it is not trusted yet; it is read again and found to be the same.
    const signature = async (): Promise<unknown> =>
      (await db.rows('select signature from dataform_state.loads'))[0]?.signature
    expect(await signature()).toBeNull()
    const later = Date.now() + 60_000
    const now = Date.now
    Date.now = () => later
    try {
      expect(statuses(await load())).toEqual(['events/a.json unchanged'])
      expect(await signature()).toMatch(/^\d+:\d+:\d+$/)
      expect(statuses(await load())).toEqual(['events/a.json unchanged'])
    } finally {
      Date.now = now
    }
    // The same length and time, other contents: the file system still knows.
    await writeFile(join(root, 'events/a.json'), '{"id":2}\n')
    const time = new Date(0)
    await utimes(join(root, 'events/a.json'), time, time)
    expect(statuses(await load())).toEqual(['events/a.json changed'])
  })

  test('a changed file is loaded again with a warning; going back to known contents is not a change', async () => {
    await write({ 'events/a.json': '{"id":1}\n' })
    await load()
    await write({ 'events/a.json': '{"id":1}\n{"id":2}\n' })
    const changed = await load()
    expect(changed).toMatchObject({ rowsLoaded: 2, files: [{ status: 'changed', loadId: 2 }] })
    expect(warnings).toEqual([
      'events/a.json has changed since load 1: it was loaded again, as load 2; the earlier rows stay',
    ])
    expect(await ids()).toEqual(['1', '1', '2'])
    await write({ 'events/a.json': '{"id":1}\n' })
    expect(statuses(await load())).toEqual(['events/a.json unchanged'])
    expect(await ids()).toEqual(['1', '1', '2'])
    await expectAccounts()
  })

  test('the same contents under another path are another file; a path that is gone is no matter', async () => {
    await write({ 'events/a.json': '{"id":1}\n' })
    await load()
    await rename(join(root, 'events/a.json'), join(root, 'events/b.json'))
    expect(statuses(await load())).toEqual(['events/b.json loaded'])
    const states = await db.database.withSession((session) =>
      readSourceStatus(session, [SOURCE], {
        data: new LocalFolder(root),
        project: new LocalFolder(root),
      }),
    )
    expect(states.map(({ path, state }) => `${path} ${state}`)).toEqual([
      'events/a.json gone',
      'events/b.json loaded',
    ])
  })

  test('a dropped table is filled again', async () => {
    await write({ 'events/a.json': '{"id":1}\n' })
    await load()
    await db.rows('drop table raw.app_events')
    expect(statuses(await load())).toEqual(['events/a.json loaded'])
    expect(await ids()).toEqual(['1'])
  })

  test('a dropped table takes its rejects with it, and those of others stay', async () => {
    await write({ 'events/a.json': '{"id":1}\nbad\n', 'other/b.json': 'bad\n' })
    await load()
    await loadSource(
      db.database,
      { ...SOURCE, name: 'other', target: { schema: 'raw', name: 'other' }, paths: ['other/*'] },
      { dataRoot: new LocalFolder(root) },
    )
    await db.rows('drop table raw.app_events')
    await load()
    expect(
      await db.rows('select source, _load_id::int as load from raw.rejects order by _load_id'),
    ).toEqual([
      { source: 'other', load: 2 },
      { source: 'events', load: 3 },
    ])
    await expectAccounts()
  })

  test('a source that gets another table fills it, and goes on with its table under another name', async () => {
    await write({ 'events/a.json': '{"id":1}\nbad\n' })
    await load()
    const moved = { ...SOURCE, target: { schema: 'raw', name: 'moved' } }
    const options = { dataRoot: new LocalFolder(root) }
    expect(statuses(await loadSource(db.database, moved, options))).toEqual([
      'events/a.json loaded',
    ])
    expect(await db.rows('select id from raw.moved')).toEqual([{ id: '1' }])
    const renamed = { ...SOURCE, name: 'renamed' }
    expect(statuses(await loadSource(db.database, renamed, options))).toEqual([
      'events/a.json unchanged',
    ])
    expect(await ids()).toEqual(['1'])
    await db.rows(`update raw.rejects set _text = '{"id":2}'`)
    expect(await retryRejects(db.database, renamed)).toMatchObject([{ of: 1, tried: 1, loaded: 1 }])
    expect(await ids()).toEqual(['1', '2'])
    expect(
      await db.rows(
        'select source, target, lines_read::int as read from dataform_state.loads order by load_id',
      ),
    ).toEqual([
      { source: 'events', target: 'raw.app_events', read: 1 },
      { source: 'events', target: 'raw.moved', read: 2 },
      { source: 'renamed', target: 'raw.app_events', read: 1 },
    ])
  })

  test('the status tells what is still to be loaded', async () => {
    await write({
      'events/a.json': '{"id":1}\n',
      'events/b.json': '{"id":1}\n',
      'events/c.json': '{"id":1}\n',
    })
    await load()
    await write({
      'events/a.json': '{"id":2}\n',
      'events/b.json': '{"id":1}\n',
      'events/d.json': '',
    })
    await rm(join(root, 'events/c.json'))
    const folder = new LocalFolder(root)
    const status = async (): Promise<readonly string[]> =>
      (
        await db.database.withSession((session) =>
          readSourceStatus(session, [SOURCE], { data: folder, project: folder }),
        )
      ).map(({ path, state, load: of }) => `${path} ${state} ${of?.loadId ?? '-'}`)
    expect(await status()).toEqual([
      'events/a.json loaded 1',
      'events/b.json loaded 2',
      'events/c.json gone 3',
      'events/a.json changed -',
      'events/d.json new -',
    ])
    await load()
    expect((await status()).filter((line) => line.endsWith('-'))).toEqual([])
  })

  test('several commands at once load each file once, with ids in the order of the paths', async () => {
    const names = Array.from({ length: 12 }, (_, n) => `events/${String.fromCharCode(97 + n)}.json`)
    await write(
      Object.fromEntries(names.map((name) => [name, `{"id":"${name}"}\n{"id":"${name}"}`])),
    )
    const results = await Promise.all([load(), load(), load(), load()])
    expect(
      results
        .flatMap(({ files }) =>
          files.filter(({ status }) => status === 'loaded').map(({ path }) => path),
        )
        .sort(),
    ).toEqual(names)
    expect(await db.rows('select path from dataform_state.loads order by load_id')).toEqual(
      names.map((path) => ({ path })),
    )
    expect(await ids()).toEqual(names.flatMap((name) => [name, name]))
  })
})

describe('files that change, vanish or can not be finished', () => {
  test('a file that is being written is left for the next run; the others are loaded', async () => {
    await write({
      'events/a.json': '{"id":1}\n',
      'events/b.json': '{"id":2}\n',
      'events/c.json': '{"id":3}\n',
    })
    const result = await load({
      onProgress: ({ message }) => {
        if (message.startsWith('events/b.json')) appendOnce()
      },
    })
    await appended
    expect(statuses(result)).toEqual([
      'events/a.json loaded',
      'events/b.json skipped-being-written',
      'events/c.json loaded',
    ])
    expect(result.failure).toBeUndefined()
    expect(await ids()).toEqual(['1', '3'])
    expect(warnings).toEqual([
      'events/b.json changed while it was read, so it is being written: nothing of it was loaded; the next run tries again',
    ])
    expect(
      await db.rows(`select 1 from dataform_state.loads where path = 'events/b.json'`),
    ).toEqual([])
    expect(statuses(await load())).toEqual([
      'events/a.json unchanged',
      'events/b.json loaded',
      'events/c.json unchanged',
    ])
    expect(await ids()).toEqual(['1', '3', '2', '4'])
    await expectAccounts()
  })
  let appended: Promise<void> = Promise.resolve()
  function appendOnce(): void {
    // Synchronous, so that it happens in the middle of the reading whatever else waits.
    chmodSync(join(root, 'events/b.json'), 0o600)
    appended = appendFile(join(root, 'events/b.json'), '{"id":4}\n')
  }

  test('a file that has vanished is a failure, and the others are loaded', async () => {
    await write({
      'events/a.json': '{"id":1}\n',
      'events/b.json': '{"id":2}\n',
      'events/c.json': '{"id":3}\n',
    })
    let gone: Promise<void> | undefined
    const result = await load({
      onProgress: () => {
        gone ??= rm(join(root, 'events/b.json'))
      },
    })
    await gone
    expect(statuses(result)).toEqual([
      'events/a.json loaded',
      'events/b.json failed',
      'events/c.json loaded',
    ])
    expect(result.failure).toMatchObject({
      kind: 'load',
      message: expect.stringMatching(/^cannot read events\/b\.json: ENOENT/) as string,
    })
    expect(await ids()).toEqual(['1', '3'])
  })

  test('a cancelled load keeps what was finished and nothing of the file at work', async () => {
    await write({
      'events/a.json': '{"id":1}\n',
      'events/b.json': '{"id":2}\n',
      'events/c.json': '{"id":3}\n',
    })
    const controller = new AbortController()
    const result = await load({
      signal: controller.signal,
      onProgress: ({ message }) => {
        if (message === 'events/b.json (2 of 3)') controller.abort()
      },
    })
    expect(result.failure?.kind).toBe('cancelled')
    expect(statuses(result)).toEqual(['events/a.json loaded'])
    expect(await ids()).toEqual(['1'])
    expect((await load()).files.at(-1)?.status).toBe('loaded')
    expect(await ids()).toEqual(['1', '2', '3'])
    await expectAccounts()
  })

  test('a database error is thrown, and nothing of the file stays', async () => {
    await load()
    await db.rows(`alter table raw.app_events add check (id <> '3')`)
    await write({ 'events/a.json': '{"id":1}\n', 'events/b.json': 'bad\n{"id":2}\n{"id":3}\n' })
    await expect(load()).rejects.toThrow('check constraint')
    expect(await ids()).toEqual(['1'])
    expect(await rejects()).toEqual([])
    await expectAccounts()
  })

  test('progress goes from file to file up to 1', async () => {
    await write({ 'events/a.json': '{"id":1}\n', 'events/b.json': '{"id":22}\n' })
    const seen: string[] = []
    await load({
      onProgress: ({ fraction, message }) => {
        expect(fraction).toBeGreaterThanOrEqual(0)
        expect(fraction).toBeLessThanOrEqual(1)
        seen.push(message)
      },
    })
    expect([...new Set(seen)]).toEqual(['events/a.json (1 of 2)', 'events/b.json (2 of 2)'])
  })
})

describe('compressed files', () => {
  const text = Array.from({ length: 3000 }, (_, n) => `{"id":${n},"name":"${n * 7919}"}\n`).join('')
  const packed = gzipSync(text)

  test('are found under the name with .gz, and recognised by their contents', async () => {
    await write({
      'events/a.json.gz': packed,
      'events/b.json.gz': '{"id":"plain"}\n',
      'events/c.json': gzipSync('{"id":"packed"}\n'),
      'events/d.json.gz': Buffer.concat([
        gzipSync('{"id":"first"}\n{"id":"sec'),
        gzipSync('ond"}\n'),
      ]),
      'events/e.json.gz': gzipSync(''),
      'events/f.json.gz': '',
    })
    expect(
      (await load()).files.map(({ path, rowsLoaded, linesRejected }) => [
        path,
        rowsLoaded,
        linesRejected,
      ]),
    ).toEqual([
      ['events/a.json.gz', 3000, 0],
      ['events/b.json.gz', 1, 0],
      ['events/c.json', 1, 0],
      ['events/d.json.gz', 2, 0],
      ['events/e.json.gz', 0, 0],
      ['events/f.json.gz', 0, 0],
    ])
    expect((await ids()).slice(3000)).toEqual(['plain', 'packed', 'first', 'second'])
  })

  test('one that was cut off gives its whole lines and says what is missing', async () => {
    const cut = packed.subarray(0, Math.floor(packed.length / 2))
    await write({ 'events/a.json.gz': cut })
    const result = await load()
    expect(result.rowsLoaded).toBeGreaterThan(1000)
    const all = await rejects()
    expect(result.linesRejected).toBe(all.length)
    expect(all.at(-1)).toMatchObject({
      reason: 'malformed_json',
      detail:
        'the compressed file is damaged or cut off: unexpected end of file; what comes after is lost',
      text: '',
    })
    await expectAccounts()
    expect(statuses(await load())).toEqual(['events/a.json.gz unchanged'])
  })

  test('one with a wrong checksum gives all its lines and says so', async () => {
    const damaged = Buffer.from(packed)
    damaged[damaged.length - 6] = (damaged[damaged.length - 6] ?? 0) ^ 1
    await write({ 'events/a.json.gz': damaged })
    expect(await load()).toMatchObject({ rowsLoaded: 3000, linesRejected: 1 })
    expect(await rejects()).toMatchObject([
      {
        line: 3001,
        detail:
          'the compressed file is damaged or cut off: incorrect data check; what comes after is lost',
      },
    ])
  })

  test('one that is broken in the middle gives what lies before', async () => {
    const broken = Buffer.concat([
      packed.subarray(0, 12_000),
      Buffer.alloc(40, 0xff),
      packed.subarray(12_040),
    ])
    await write({ 'events/a.json.gz': broken })
    const { rowsLoaded, linesRejected } = await load()
    expect(rowsLoaded).toBeGreaterThan(1000)
    expect(linesRejected).toBeGreaterThan(0)
    await expectAccounts()
  })
})

describe('rejects', () => {
  test('have the reason and the original, text or bytes', async () => {
    await write({
      'events/a.ndjson': Buffer.concat([
        Buffer.from('{"id":1}\nno json\t"\\\r\n[1]\n{"id":"\\u0000"}\n'),
        Buffer.from([0x7b, 0xff, 0x00, 0x7d, 0x0a]),
        Buffer.from('{"id":2'),
      ]),
    })
    expect(await load()).toMatchObject({ rowsLoaded: 1, linesRejected: 5 })
    const of = (
      line: number,
      reason: string,
      detail: string,
      text: string,
      bytes: string | null,
    ): object => ({ _file: 'events/a.ndjson', line, reason, detail, text, bytes })
    expect(await rejects()).toEqual([
      of(2, 'malformed_json', 'expected null at byte 2 of the line', 'no json\t"\\\r', null),
      of(3, 'schema_drift', 'a JSON array where an object should be', '[1]', null),
      of(
        4,
        'malformed_json',
        'the value of "id" has a NUL character (\\u0000), which PostgreSQL cannot store',
        '{"id":"\\u0000"}',
        null,
      ),
      of(5, 'malformed_json', 'expected a key at byte 2 of the line', '{\ufffd\ufffd}', '7bff007d'),
      of(6, 'malformed_json', 'expected a comma or the end of the object', '{"id":2', null),
    ])
    await expectAccounts()
  })

  test('an array with a broken element loses that element', async () => {
    await write({ 'events/a.json': '[\n {"id":1},\n {"id":oops},\n {"id":3}\n]\n' })
    expect(await load()).toMatchObject({ rowsLoaded: 2, linesRejected: 1 })
    expect(await ids()).toEqual(['1', '3'])
    expect(await rejects()).toMatchObject([{ line: 2, text: '{"id":oops}' }])
  })

  test('an array that is not closed is loaded with a warning', async () => {
    await write({ 'events/a.json': '[{"id":1},{"id":2}' })
    expect((await load()).rowsLoaded).toBe(2)
    expect(warnings).toEqual([
      'events/a.json: the array is not closed; the file may have been cut off',
    ])
  })

  test('whatever happens to the bytes of a file, every line of it is a row or a reject', async () => {
    const records = fc.array(
      fc.record(
        { id: fc.string({ unit: 'grapheme', maxLength: 8 }), items: fc.jsonValue({ maxDepth: 1 }) },
        { requiredKeys: [] },
      ),
      { maxLength: 15 },
    )
    const files = fc.sample(
      fc.tuple(
        records,
        fc.constantFrom('ndjson', 'array', 'lines'),
        fc.array(fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 4 }), fc.nat(12)), { maxLength: 4 }),
        fc.boolean(),
      ),
      { numRuns: 300, seed: 11 },
    )
    await write(
      Object.fromEntries(
        files.map(([objects, shape, edits, isPacked], n) => {
          const text =
            shape === 'ndjson'
              ? objects.map((object) => JSON.stringify(object)).join('\n')
              : JSON.stringify(objects, null, shape === 'lines' ? 1 : 0)
          const whole = isPacked ? gzipSync(text) : Buffer.from(text)
          const damaged = edits.reduce((bytes, [at, put, drop]) => {
            const from = at % (bytes.length + 1)
            return Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + drop)])
          }, whole)
          return [`events/${String(n).padStart(3, '0')}.json${isPacked ? '.gz' : ''}`, damaged]
        }),
      ),
    )
    const result = await load()
    expect(result.files).toHaveLength(300)
    expect(result.failure).toBeUndefined()
    expect(result.rowsLoaded).toBeGreaterThan(500)
    expect(result.linesRejected).toBeGreaterThan(200)
    expect(
      await db.rows(
        'select sum(rows_loaded)::int as rows, sum(lines_rejected)::int as rejects, count(*)::int as files from dataform_state.loads',
      ),
    ).toEqual([{ rows: result.rowsLoaded, rejects: result.linesRejected, files: 300 }])
    await expectAccounts()
    expect(statuses(await load()).every((status) => status.endsWith('unchanged'))).toBe(true)
  })
})

describe('the shape of the table', () => {
  test('a newly declared column is added, and new comments are taken over', async () => {
    await write({ 'events/a.json': '{"id":1,"more":"x"}\n' })
    await load()
    await write({ 'events/b.json': '{"id":2,"more":"y"}\n' })
    const wider = {
      ...SOURCE,
      description: 'Anew.',
      columns: [...SOURCE.columns, column('more', 'text', 'More.')],
    }
    await load({}, wider)
    expect(await db.rows('select id, more, _extra from raw.app_events order by _load_id')).toEqual([
      { id: '1', more: null, _extra: { more: 'x' } },
      { id: '2', more: 'y', _extra: null },
    ])
    expect(
      await db.rows(`select obj_description('raw.app_events'::regclass) as t,
                     (select col_description(attrelid, attnum) from pg_attribute where attrelid = 'raw.app_events'::regclass and attname = 'more') as c`),
    ).toEqual([{ t: 'Anew.', c: 'More.' }])
  })

  test('a column of another type is a failure that says what to do', async () => {
    await db.rows('create schema raw')
    await db.rows('create table raw.app_events (id integer)')
    expect(await load()).toMatchObject({
      files: [],
      failure: {
        kind: 'load',
        message: 'column id of raw.app_events is integer, and should be text',
        at: { file: 'seeds/seeds.yaml', line: 2 },
        hint: 'Change it (alter table "raw"."app_events" alter column ...), or drop the table (with cascade where views read it: the next run makes them again): its files are then loaded again.',
      },
    })
  })

  test('a view in the place of the table is a failure', async () => {
    await db.rows('create schema raw')
    await db.rows('create view raw.app_events as select 1 as id')
    expect((await load()).failure).toMatchObject({
      kind: 'load',
      message: 'raw.app_events is there already, and is no table',
    })
  })
})
