/**
 * Slowly changing dimensions (`includes/scd2.js`): random histories, arriving in any order, give what a plain
 * model in TypeScript says, after every run; a second run changes nothing, a full refresh neither.
 */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compileProject } from '../../src/compile/compile-project.js'
import type { Action } from '../../src/graph/types.js'
import { projectFolder, type ProjectFolder } from '../support/compile-project-folder.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { runActions } from '../support/run-actions.js'
import {
  counting,
  unusable,
  versionsOf,
  type Extract,
  type State,
  type Version,
} from './scd2-model.js'

const repository = join(import.meta.dirname, '..', '..')
const MIN_SHARE = 0.6

const DIMENSIONS = `
scd2.dimension('dim_extracted', {
  from: { schema: 'lab', name: 'extracts' },
  key: ['key'],
  columns: ['value', 'note'],
  tracked: ['value'],
  seen: 'select * from lab.quarantine',
  minShare: ${MIN_SHARE},
  config: { schema: 'lab' },
})
scd2.dimension('dim_accepting', {
  from: { schema: 'lab', name: 'extracts' },
  key: ['key'],
  columns: ['value'],
  minShare: ${MIN_SHARE},
  accepted: '2025-01-02',
  config: { schema: 'lab' },
})
scd2.dimension('dim_fed', {
  from: { schema: 'lab', name: 'changes' },
  key: ['kind', 'key'],
  columns: ['value'],
  at: 'changed_at',
  deleted: 'is_gone',
  config: { schema: 'lab' },
})
scd2.dimension('dim_parted', {
  from: { schema: 'lab', name: 'parts' },
  key: ['key'],
  columns: ['value', 'since'],
  parts: ['_file'],
  firstValidFrom: 'since',
  accepted: '2025-01-05, 2025-01-06',
  config: { schema: 'lab' },
})
for (const name of ['extracts', 'changes', 'parts']) declare({ schema: 'lab', name })
`

let folder: ProjectFolder
let actions: readonly Action[]
let db: TestDatabase

beforeAll(async () => {
  folder = projectFolder({ 'definitions/dimensions.js': DIMENSIONS })
  for (const path of ['includes', 'definitions/shared'])
    cpSync(join(repository, path), join(folder.dir, path), { recursive: true })
  const compiled = await compileProject({ projectDir: folder.dir })
  if (!compiled.ok) throw new Error(compiled.problems.map((each) => each.message).join('\n'))
  actions = compiled.graph.actions
  db = await createTestDatabase()
})
afterAll(async () => {
  await db.drop()
  folder.remove()
})

/** Empty sources, and no dimensions. */
async function startOver(): Promise<void> {
  await db.rows('drop schema if exists lab, shared cascade')
  await db.rows('create schema lab')
  const origin = '_load_id bigint, _line bigint'
  await db.rows(
    `create table lab.extracts (key text, value text, note text, _extract_date date, ${origin})`,
  )
  await db.rows(`create table lab.quarantine (key text, _extract_date date, ${origin})`)
  await db.rows(
    `create table lab.changes (
       kind text, key int, value text, is_gone boolean, changed_at timestamptz, ${origin}
     )`,
  )
  await db.rows(
    `create table lab.parts (
       key text, value text, since date, _extract_date date, _file text, ${origin}
     )`,
  )
}

async function run(name: string, options: { readonly fullRefresh?: boolean } = {}): Promise<void> {
  const chosen = actions.filter((action) =>
    [name, 'int_watermarks', 'int_extracts'].includes(action.target.name),
  )
  const report = await runActions(db, chosen, options)
  const failed = report.results.filter((result) => result.status !== 'succeeded')
  if (failed.length > 0) throw new Error(JSON.stringify(failed, null, 2))
}

const date = (day: number) => `2025-01-${String(day).padStart(2, '0')}`

/** Inserts an extract as its load would. */
async function load(loadId: number, { day, things }: Extract): Promise<void> {
  const rows = Object.entries(things).map(([key, state], index) => ({
    key,
    state,
    line: index + 1,
  }))
  const from = `from jsonb_to_recordset($1) as things (key text, state text, line bigint)
    where (state = '${unusable}') = `
  const params = [JSON.stringify(rows)]
  await db.rows(
    `insert into lab.extracts
     select key, state, 'load ${loadId}', '${date(day)}', ${loadId}, line ${from} false`,
    params,
  )
  await db.rows(
    `insert into lab.quarantine select key, '${date(day)}', ${loadId}, line ${from} true`,
    params,
  )
}

const ORDER = 'order by key, valid_from'
const asDay = (column: string) => `${column} - date '2024-12-31' as ${column}`

async function extracted(): Promise<readonly Version[]> {
  const rows = await db.rows(
    `select key, value, ${asDay('valid_from')}, ${asDay('valid_to')}, is_current, is_deleted,
       ${asDay('deleted_at')}
     from lab.dim_extracted ${ORDER}`,
  )
  return rows as unknown as readonly Version[]
}

/** The dimension and its bookkeeping: every row, with or without its place and version. */
async function contents(dimension: string, withPlace: boolean): Promise<readonly unknown[]> {
  const place = withPlace ? ', ctid::text, xmin::text' : ''
  return [
    await db.rows(`select rows::text${place} from lab.${dimension} as rows order by 1`),
    await db.rows(`select rows::text${place} from shared.int_extracts as rows order by 1`),
    await db.rows(`select rows::text${place} from shared.int_watermarks as rows order by 1`),
  ]
}

async function expectSettled(dimension: string): Promise<void> {
  const before = await contents(dimension, true)
  await run(dimension)
  expect(await contents(dimension, true)).toEqual(before)
  const incremental = await contents(dimension, false)
  await run(dimension, { fullRefresh: true })
  expect(await contents(dimension, false)).toEqual(incremental)
}

describe('full extracts', () => {
  const state: fc.Arbitrary<State | null> = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom('A', 'B') },
    { weight: 1, arbitrary: fc.constant(unusable) },
    { weight: 1, arbitrary: fc.constant(null) },
  )
  const things = fc
    .tuple(...['a', 'b', 'c', 'd', 'e'].map((key) => state.map((value) => [key, value] as const)))
    .map(
      (pairs) =>
        Object.fromEntries(pairs.filter(([, value]) => value !== null)) as Extract['things'],
    )
  const arrivals = fc.array(
    fc.record({ day: fc.integer({ min: 1, max: 6 }), things, isRun: fc.boolean() }),
    { minLength: 1, maxLength: 8 },
  )

  test('in any order of arrival give the versions of the model', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, async (loads) => {
        await startOver()
        for (const [index, arrival] of loads.entries()) {
          await load(index + 1, arrival)
          if (!arrival.isRun && index < loads.length - 1) continue
          await run('dim_extracted')
          const counted = counting(loads.slice(0, index + 1), MIN_SHARE)
          expect(await extracted()).toEqual(versionsOf(counted))
        }
        await expectSettled('dim_extracted')
      }),
      { numRuns: 40 },
    )
  }, 240_000)

  const twoOf = (value: string) => ({ a: value, b: 'A' })

  test('A, B, A are three versions; a thing that went and came back has a gap', async () => {
    await startOver()
    for (const [day, value] of ['A', 'B', 'A'].entries())
      await load(day + 1, { day: day + 1, things: { ...twoOf(value), c: 'A' } })
    await load(4, { day: 4, things: twoOf('A') })
    await load(5, { day: 5, things: { ...twoOf('A'), c: 'A' } })
    await run('dim_extracted')
    const rows = await extracted()
    expect(
      rows.map(({ key, value, valid_from, valid_to }) => [key, value, valid_from, valid_to]),
    ).toEqual([
      ['a', 'A', 1, 2],
      ['a', 'B', 2, 3],
      ['a', 'A', 3, null],
      ['b', 'A', 1, null],
      ['c', 'A', 1, 4],
      ['c', 'A', 5, null],
    ])
    expect(rows.find(({ valid_to }) => valid_to === 4)).toMatchObject({
      deleted_at: 4,
      is_deleted: false,
    })
  })

  test('a column that is not tracked makes no version, and keeps the value of the first row', async () => {
    await startOver()
    await load(1, { day: 1, things: twoOf('A') })
    await load(2, { day: 2, things: twoOf('A') })
    await run('dim_extracted')
    expect(await db.rows(`select note, valid_to from lab.dim_extracted ${ORDER}`)).toEqual([
      { note: 'load 1', valid_to: null },
      { note: 'load 1', valid_to: null },
    ])
  })

  test('one that is much too small deletes nothing, and is recorded; sent again whole, it counts', async () => {
    await startOver()
    const many = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((key) => [key, 'A']))
    await load(1, { day: 1, things: many })
    await load(2, { day: 2, things: { a: 'B', b: 'A' } })
    await run('dim_extracted')
    const current = async () => (await extracted()).filter(({ is_current }) => is_current).length
    const held = () =>
      db.rows('select extract_date::text, keys, keys_before from shared.int_extracts where is_held')
    expect(await current()).toBe(5)
    expect(await held()).toEqual([{ extract_date: date(2), keys: '2', keys_before: '5' }])
    await load(3, { day: 2, things: { ...many, a: 'B', e: 'B' } })
    await run('dim_extracted')
    expect(await held()).toEqual([])
    expect(await extracted()).toHaveLength(7)
  })
})

describe('extracts of several files', () => {
  const part = (loadId: number, day: number, file: string, keys: string, value = 'A') =>
    db.rows(
      `insert into lab.parts
       select key, $1, date '2024-06-01', '${date(day)}', $2, ${loadId}, row_number() over ()
       from unnest(string_to_array($3, null)) as key`,
      [value, file, keys],
    )
  const current = async () =>
    (await db.rows(`select key, value from lab.dim_parted where is_current ${ORDER}`)).map(
      ({ key, value }) => `${String(key)}=${String(value)}`,
    )

  test('a load takes the place of its own file; half an extract is held until the rest is there', async () => {
    await startOver()
    await part(1, 1, 'x', 'ab')
    await part(2, 1, 'y', 'cd')
    await run('dim_parted')
    expect(await current()).toEqual(['a=A', 'b=A', 'c=A', 'd=A'])
    await part(3, 2, 'x', 'ab', 'B')
    await run('dim_parted')
    expect(await current()).toEqual(['a=A', 'b=A', 'c=A', 'd=A'])
    await part(4, 2, 'y', 'cd', 'B')
    await run('dim_parted')
    expect(await current()).toEqual(['a=B', 'b=B', 'c=B', 'd=B'])
    await part(5, 2, 'y', 'c', 'C')
    await run('dim_parted')
    // Three of four is less than 80 %: the whole second extract is held again, with what it had brought.
    expect(await current()).toEqual(['a=A', 'b=A', 'c=A', 'd=A'])
    await expectSettled('dim_parted')
  })

  test('an accepted one counts however small it is; the first version is valid from an earlier date', async () => {
    await startOver()
    await part(1, 4, 'x', 'abcd')
    await part(2, 5, 'x', 'a')
    await run('dim_parted')
    expect(await current()).toEqual(['a=A'])
    expect(
      await db.rows(
        `select valid_from::text, valid_to::text, is_deleted from lab.dim_parted where key = 'b'`,
      ),
    ).toEqual([{ valid_from: '2024-06-01', valid_to: date(5), is_deleted: true }])
    await expectSettled('dim_parted')
  })
})

describe('an extract that comes late and is larger than all after it', () => {
  const things = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${String(index)}`, 'A']))
  const files: readonly Extract[] = [
    ...[2, 3, 4].map((day) => ({ day, things: things(3 + (day % 2)) })),
    { day: 1, things: things(8) },
  ]
  const current = async (name: string) =>
    (await db.rows(`select count(*)::int as n from lab.${name} where is_current`))[0]?.n
  const held = (name: string) =>
    db.rows(
      `select extract(day from extract_date)::int as day from shared.int_extracts
       where is_held and model = 'lab.${name}' order by 1`,
    )

  test('holds those, whatever came first, until the first of them is accepted', async () => {
    await startOver()
    for (const [place, file] of files.entries()) {
      await load(place + 1, file)
      for (const name of ['dim_extracted', 'dim_accepting']) await run(name)
      if (place === 2) expect(await current('dim_extracted')).toBe(3)
    }
    expect(await current('dim_extracted')).toBe(8)
    expect(await held('dim_extracted')).toEqual([{ day: 2 }, { day: 3 }, { day: 4 }])
    expect(await current('dim_accepting')).toBe(3)
    expect(await held('dim_accepting')).toEqual([])
    await expectSettled('dim_extracted')
    await expectSettled('dim_accepting')

    // Sent again, right, it holds nothing.
    await load(5, { day: 1, things: things(3) })
    await run('dim_extracted')
    expect(await held('dim_extracted')).toEqual([])
    expect(await current('dim_extracted')).toBe(3)
  })
})

describe('a feed of changes', () => {
  const change = fc.record({
    key: fc.integer({ min: 1, max: 3 }),
    day: fc.integer({ min: 1, max: 9 }),
    value: fc.constantFrom('A', 'B', null),
    isRun: fc.boolean(),
  })

  test('in any order of arrival gives the versions of the model', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (changes) => {
        await startOver()
        for (const [index, { key, day, value, isRun }] of changes.entries()) {
          await db.rows(
            `insert into lab.changes values ('k', $1, $2, $3, '${date(day)}', ${index + 1}, 1)`,
            [key, value, value === null],
          )
          if (isRun || index === changes.length - 1) await run('dim_fed')
        }
        const rows = await db.rows(
          `select key::text, value, extract(day from valid_from)::int as valid_from,
             extract(day from valid_to)::int as valid_to, is_current, is_deleted,
             extract(day from deleted_at)::int as deleted_at
           from lab.dim_fed ${ORDER}`,
        )
        expect(rows).toEqual(fedVersions(changes))
        await expectSettled('dim_fed')
      }),
      { numRuns: 25 },
    )
  }, 240_000)

  /** A key's changes as extracts of that key alone. */
  function fedVersions(changes: readonly { key: number; day: number; value: string | null }[]) {
    return [1, 2, 3].flatMap((key) => {
      const byDay = new Map(
        changes.filter((each) => each.key === key).map(({ day, value }) => [day, value]),
      )
      const extracts = [...byDay]
        .sort(([a], [b]) => a - b)
        .map(([day, value]) => ({ day, things: value === null ? {} : { [String(key)]: value } }))
      return versionsOf(extracts)
    })
  }
})
