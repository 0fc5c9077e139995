/** The domain's sources as they are declared: files of days, some compressed or damaged, and the project's own mapping. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { openSourceRoots } from '../../src/seed/data-root.js'
import { readSeeds } from '../../src/seed/declaration.js'
import { loadSource } from '../../src/seed/load-source.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { redIn } from '../support/red-assertions.js'
import { projectDir } from '../support/warehouse.js'
import { build, projectMapping, rawRow, tvActions } from './tv-warehouse.js'

let db: TestDatabase | undefined
let data: string | undefined
afterEach(async () => {
  await db?.drop()
  if (data !== undefined) await rm(data, { recursive: true, force: true })
})

const line = (id: string) => `${JSON.stringify(rawRow({ id }))}\n`

test('files and mapping are loaded from where they are, and become facts', async () => {
  db = await createTestDatabase()
  data = await mkdtemp(join(tmpdir(), 'dataform-tv-'))
  await mkdir(join(data, 'tv', '2022'), { recursive: true })
  const write = (path: string, content: string | Buffer) =>
    writeFile(join(data ?? '', 'tv', path), content)
  await write('20220428.json', line('a') + '{"_id": "cut off\n' + line('b'))
  await write('2022/20220429.json.gz', gzipSync(line('c')))
  // A name of a compressed file whose contents are not.
  await write('20220430.json.zst', line('d'))
  await write('20220431.json', line('e'))
  const seeds = await readSeeds(projectDir)
  if (!seeds.ok) throw new Error('the declaration has problems')
  const roots = await openSourceRoots(projectDir, data, {})
  for (const source of seeds.sources.filter(({ tags }) => tags.includes('tv'))) {
    const result = await loadSource(db.database, source, { dataRoot: roots[source.root] })
    expect(result.failure).toBeUndefined()
  }
  expect(
    await db.rows('select app_name, category from raw.tv_app_categories order by _line'),
  ).toEqual(projectMapping.map(([app_name, category]) => ({ app_name, category })))
  expect(await db.rows('select * from raw.tv_logs where _extra is not null')).toEqual([])

  const actions = await tvActions({ calendar: true })
  await build(
    db,
    actions.filter((action) => action.type !== 'assertion'),
  )
  expect(
    await db.rows(
      'select date::text, category, seconds::int from tv.fct_contract_day_category order by 1',
    ),
  ).toEqual([
    { date: '2022-04-28', category: 'TV', seconds: 200 },
    { date: '2022-04-29', category: 'TV', seconds: 100 },
    { date: '2022-04-30', category: 'TV', seconds: 100 },
  ])
  expect(await db.rows('select reason, _file from tv.stg_rejects')).toEqual([
    { reason: 'bad_timestamp', _file: 'tv/20220431.json' },
  ])
  // One line of three that could not be read, and the file of no day.
  const assertions = actions
    .filter((action) => action.type === 'assertion')
    .filter((action) => action.target.name.startsWith('tv_'))
  const red = await redIn(db, assertions)
  expect([...red].sort()).toEqual(['tv_one_file_per_date', 'tv_reject_share'])
})
