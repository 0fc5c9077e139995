/** `dataform seed` as a user calls it. */
import { mkdtemp, rm, mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { createProject, type TestProject } from '../support/project.js'

let project: TestProject | undefined
afterEach(async () => {
  await project?.remove()
  project = undefined
})

const SEEDS = `sources:
  clicks:
    path: web/**/*.json
    format: json
    tags: [web]
    columns: { id: , page: }
  posts:
    path: posts/*.ndjson
    format: ndjson
    tags: [social]
    columns: { id: }
`

async function open(): Promise<TestProject> {
  project = await createProject({
    'seeds/seeds.yaml': SEEDS,
    'seeds/web/2025/a.json': '[{"id":1,"page":"/"},{"id":2}]',
    'seeds/web/b.json': '{"id":3}\nbad\n',
    'seeds/posts/p.ndjson': '{"id":"p"}\n',
  })
  return project
}

/** Without durations, which differ. */
const plain = (text: string): string => text.replaceAll(/, \d+\.\d\ds/g, '')

describe('dataform seed', () => {
  test('loads what is new, says what was rejected, and the second time does nothing', async () => {
    const { run, db } = await open()
    const first = await run(['seed'])
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(plain(first.stdout)).toBe(`  web/2025/a.json  2 rows
  web/b.json  1 row, 1 rejected
clicks: 3 rows, 1 line rejected, 2 files
  posts/p.ndjson  1 row
posts: 1 row, 1 file
`)
    expect(
      await db.rows('select id, page, _file from raw.clicks order by _load_id, _line'),
    ).toEqual([
      { id: '1', page: '/', _file: 'web/2025/a.json' },
      { id: '2', page: null, _file: 'web/2025/a.json' },
      { id: '3', page: null, _file: 'web/b.json' },
    ])
    expect(await db.rows('select source, _file, _text from raw.rejects')).toEqual([
      { source: 'clicks', _file: 'web/b.json', _text: 'bad' },
    ])
    const second = await run(['seed'])
    expect(plain(second.stdout)).toBe(`clicks: 0 rows, 0 files, 2 unchanged
posts: 0 rows, 0 files, 1 unchanged
`)
  })

  test('--status lists the files with what became of them', async () => {
    const { run, write } = await open()
    await run(['seed', '--tags', 'web'])
    await write({ 'seeds/web/c.json': '{"id":4}\n' })
    const { stdout, code } = await run(['seed', '--status'])
    expect(code).toBe(0)
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('│').map((cell) => cell.trim()))
    expect(lines[0]).toEqual(['source', 'file', 'state', 'rows', 'rejected', 'load', 'loaded at'])
    expect(lines.slice(2).map((cells) => cells.slice(0, 6))).toEqual([
      ['clicks', 'web/2025/a.json', 'loaded', '2', '0', '1'],
      ['clicks', 'web/b.json', 'loaded', '1', '1', '2'],
      ['clicks', 'web/c.json', 'new', '', '', ''],
      ['posts', 'posts/p.ndjson', 'new', '', '', ''],
    ])
    expect(lines[2]?.[6]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/)
  })

  test("files of a source with root: project are the project's, whatever --data says", async () => {
    const { run, db, write } = await open()
    await write({
      'seeds/seeds.yaml': `${SEEDS}  kinds:
    path: kinds.csv
    root: project
    format: csv
    mode: replace
    columns: { kind: }
`,
      'seeds/kinds.csv': 'kind\na\nb\n',
    })
    const data = await mkdtemp(join(tmpdir(), 'dataform-data-'))
    try {
      // A file of that name under the data root is not meant.
      await writeFile(join(data, 'kinds.csv'), 'kind\nc\n')
      const first = await run(['seed', '--data', data])
      expect(plain(first.stdout)).toBe(`clicks: 0 rows, 0 files
posts: 0 rows, 0 files
  kinds.csv  2 rows
kinds: 2 rows, 1 file
`)
      await write({ 'seeds/kinds.csv': 'kind\nd\n' })
      const again = await run(['run', '--data', data, '--actions', 'raw.kinds'])
      expect(again).toMatchObject({ code: 0 })
      expect(await db.rows('select kind from raw.kinds')).toEqual([{ kind: 'd' }])
      const { stdout } = await run(['seed', '--data', data, '--status', '--sources', 'kinds'])
      expect(stdout).toMatch(/kinds\.csv +│ loaded/)
      expect(stdout).not.toMatch(/gone/)
    } finally {
      await rm(data, { recursive: true, force: true })
    }
  })

  test("--data takes the files from another folder, with the project's seeds.yaml", async () => {
    const { run, db } = await open()
    const data = await mkdtemp(join(tmpdir(), 'dataform-data-'))
    try {
      await mkdir(join(data, 'posts'))
      await writeFile(join(data, 'posts', 'q.ndjson.gz'), gzipSync('{"id":"q"}\n'))
      const { stdout, code } = await run(['seed', '--data', data, '--sources', 'posts'])
      expect(code).toBe(0)
      expect(plain(stdout)).toBe('  posts/q.ndjson.gz  1 row\nposts: 1 row, 1 file\n')
      expect(await db.rows('select id from raw.posts')).toEqual([{ id: 'q' }])
    } finally {
      await rm(data, { recursive: true, force: true })
    }
  })

  test('wrong use ends with 2 and says what would be right', async () => {
    const { run, write } = await open()
    expect(await run(['seed', '--sources', 'click'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'error there is no source "click"\nDid you mean clicks?\n',
    })
    expect(await run(['seed', '--data', '/nowhere/at/all'])).toMatchObject({
      code: 2,
      stderr:
        'error the data folder /nowhere/at/all does not exist\nGive --data a folder that holds the files of the sources.\n',
    })
    await write({
      'seeds/seeds.yaml': SEEDS.replace('format: json\n', 'format: xml\n').replace(
        'tags: [web]',
        'tag: [web]',
      ),
    })
    const wrong = await run(['seed'])
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toContain('seeds/seeds.yaml:4:13')
    expect(wrong.stderr).toContain('"format" of source "clicks" must be json or ndjson')
    expect(wrong.stderr).toContain('seeds/seeds.yaml:5:5')
    expect(wrong.stderr).toContain('unknown key "tag" in source "clicks"')
  })

  test('a table of another shape fails its source, and the others are loaded', async () => {
    const { run, db } = await open()
    await db.rows('create schema raw')
    await db.rows('create table raw.clicks (id integer)')
    const { code, stdout } = await run(['seed'])
    expect(code).toBe(1)
    expect(stdout).toContain('column id of raw.clicks is integer, and should be text')
    expect(stdout).toContain('posts: 1 row')
  })

  test('a project without sources', async () => {
    project = await createProject()
    expect(await project.run(['seed'])).toMatchObject({
      code: 0,
      stdout: 'no sources: seeds/seeds.yaml declares none\n',
      stderr: '',
    })
  })
})

describe('dataform run', () => {
  test('loads first; a source that is declared keeps its place in the graph', async () => {
    const { run, write, db } = await open()
    await write({
      'definitions/sources.js': 'declare({ schema: "raw", name: "clicks" })\n',
      'definitions/counts.sqlx':
        'config { type: "table" }\nselect count(*)::int as clicks from ${ref("raw", "clicks")}\n',
    })
    const first = await run(['run'])
    expect(first.stderr).toBe('')
    expect(first.code).toBe(0)
    expect(await db.rows('select clicks from analytics.counts')).toEqual([{ clicks: 3 }])
    expect(await db.rows('select id from raw.posts')).toEqual([{ id: 'p' }])
    expect((await run(['run'])).code).toBe(0)
    expect(await db.rows('select count(*)::int as loads from dataform_state.loads')).toEqual([
      { loads: 3 },
    ])
  })
})
