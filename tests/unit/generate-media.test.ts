import { mkdtemp, readFile, readdir, rm, writeFile, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { CommandError } from '../../src/failure/types.js'
import { findGenerator } from '../../src/generate/registry.js'
import type { GenerateProgress } from '../../src/generate/types.js'
import { recount } from './generate-recount.js'

interface Manifest {
  readonly arguments: Readonly<Record<string, unknown>>
  readonly expected: {
    readonly files: number
    readonly physical_lines: number
    readonly blank_lines: number
    readonly rejected_lines: number
    readonly raw_rows: number
    readonly staged_rows: number
    readonly duplicate_rows: number
    readonly normalised_rows: number
    readonly users: number
    readonly pageviews: number
    readonly quarantined_rows: Readonly<Record<string, number>>
    readonly rows_by_category: Readonly<Record<string, number>>
    readonly rows_by_referrer_category: Readonly<Record<string, number>>
    readonly rows_by_date: Readonly<Record<string, number>>
  }
  readonly dirt: {
    readonly pieces: number
    readonly proportion: number
    readonly kinds: Readonly<
      Record<string, { readonly pieces: number; readonly fate: string } | undefined>
    >
    readonly vanished_column: { readonly column: string; readonly from: string } | null
  }
  readonly files: readonly {
    readonly path: string
    readonly rows: number
    readonly lines: number
    readonly format: string
  }[]
}

type Flags = Readonly<Record<string, string>>

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'generate-'))
})
afterEach(async () => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
  await rm(root, { recursive: true })
})

async function generate(
  out: string,
  flags: Flags,
  onProgress: (progress: GenerateProgress) => void = () => undefined,
): Promise<Manifest> {
  const generator = findGenerator('media')
  if (generator === undefined) throw new Error('no media generator')
  const summary = await generator.prepare({ out, ...flags })(onProgress)
  return JSON.parse(await readFile(summary.manifestPath, 'utf8')) as Manifest
}

async function contents(out: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(out, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const paths = files.map((file) => join(file.parentPath, file.name)).sort()
  const pairs = paths.map(
    async (path) => [path.slice(out.length), (await readFile(path)).toString('base64')] as const,
  )
  return new Map(await Promise.all(pairs))
}

const small = { users: '300', days: '30', seed: '11', dirt: '0.05', period: 'week', gzip: 'some' }

/** Drops the zeros, which a count of what is there cannot have. */
function nonZero(counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))
}

function pieces(manifest: Manifest): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(manifest.dirt.kinds).map(([kind, entry]) => [kind, entry?.pieces ?? 0]),
  )
}

describe('determinism', () => {
  test('the same arguments give the same bytes, whatever the folder, the zone and the day', async () => {
    await generate(join(root, 'a'), small)
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2031-07-09T23:30:00Z') })
    vi.stubEnv('TZ', 'Pacific/Auckland')
    await generate(join(root, 'b'), small)
    expect(await contents(join(root, 'b'))).toEqual(await contents(join(root, 'a')))
  })

  test('another seed gives other bytes', async () => {
    await generate(join(root, 'a'), small)
    await generate(join(root, 'b'), { ...small, seed: '12' })
    expect(await contents(join(root, 'b'))).not.toEqual(await contents(join(root, 'a')))
  })

  test('dirt leaves the traffic beneath it as it is', async () => {
    const clean = await generate(join(root, 'a'), { ...small, dirt: '0' })
    const dirty = await generate(join(root, 'b'), small)
    const { quarantined_rows: quarantined, staged_rows: staged } = dirty.expected
    const lost = Object.values(quarantined).reduce((sum, rows) => sum + rows, 0)
    expect(staged + lost).toBe(clean.expected.staged_rows)
  })

  test('generating again over an earlier output replaces it whole', async () => {
    await generate(join(root, 'a'), { ...small, period: 'day' })
    await generate(join(root, 'a'), small)
    await generate(join(root, 'b'), small)
    expect(await contents(join(root, 'a'))).toEqual(await contents(join(root, 'b')))
  })
})

describe('the manifest says what the files hold', () => {
  const variants: readonly (readonly [string, Flags])[] = [
    ['weeks, some compressed', small],
    ['a file a day', { users: '200', days: '21', seed: '5', dirt: '0.1' }],
    ['arrays only', { ...small, format: 'array' }],
    ['lines only, all compressed', { ...small, format: 'ndjson', gzip: 'all' }],
    ['months, four files each', { ...small, days: '70', period: 'month', 'files-per-period': '4' }],
    ['half of it dirt', { ...small, dirt: '0.5', 'files-per-period': '7' }],
    ['over a new year', { ...small, start: '2024-12-20', days: '20' }],
    ['too few rows for every kind', { ...small, users: '3', days: '4' }],
    ['no dirt', { ...small, dirt: '0' }],
  ]
  test.each(variants)('%s', async (_, flags) => {
    const manifest = await generate(root, flags)
    const found = await recount(root)
    const { expected } = manifest
    expect(found.ambiguous).toEqual([])
    expect(found.kinds).toEqual(nonZero(pieces(manifest)))
    expect(found.quarantined).toEqual(nonZero(expected.quarantined_rows))
    expect(found.byCategory).toEqual(expected.rows_by_category)
    expect(found.byReferrer).toEqual(expected.rows_by_referrer_category)
    expect(found.byDate).toEqual(expected.rows_by_date)
    expect({
      files: found.files,
      physical_lines: found.lines,
      blank_lines: found.blankLines,
      rejected_lines: found.rejected,
      raw_rows: found.rows,
      staged_rows: found.staged,
      duplicate_rows: found.duplicates,
      users: found.users,
      pageviews: found.pageviews,
    }).toEqual({
      files: expected.files,
      physical_lines: expected.physical_lines,
      blank_lines: expected.blank_lines,
      rejected_lines: expected.rejected_lines,
      raw_rows: expected.raw_rows,
      staged_rows: expected.staged_rows,
      duplicate_rows: expected.duplicate_rows,
      users: expected.users,
      pageviews: expected.pageviews,
    })
    expect(manifest.files.reduce((sum, file) => sum + file.rows, 0)).toBe(found.rows)
  })
})

describe('dirt', () => {
  test('every kind is there, and together they have the proportion asked for', async () => {
    const manifest = await generate(root, { ...small, users: '1500', dirt: '0.04' })
    expect(Object.entries(pieces(manifest)).filter(([, count]) => count === 0)).toEqual([])
    expect(manifest.dirt.proportion).toBeGreaterThan(0.0385)
    expect(manifest.dirt.proportion).toBeLessThan(0.0415)
  })

  test('the kinds of single rows have equal shares', async () => {
    const manifest = await generate(root, { ...small, users: '1500', format: 'ndjson' })
    const others = ['resent_file', 'vanished_column', 'byte_order_mark', 'truncated_last_line']
    // The last period has no later file for a late row.
    others.push('late_row')
    const counts = Object.entries(pieces(manifest))
      .filter(([kind]) => !others.includes(kind))
      .map(([, count]) => count)
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2)
  })

  test('no dirt means none, of whole files neither', async () => {
    const manifest = await generate(root, { ...small, dirt: '0' })
    expect(manifest.dirt.pieces).toBe(0)
    expect(manifest.dirt.vanished_column).toBeNull()
    expect(manifest.expected.raw_rows).toBe(manifest.expected.staged_rows)
  })

  test('the column that vanishes is missing in whole files', async () => {
    const manifest = await generate(root, { ...small, format: 'ndjson', gzip: 'none' })
    const last = manifest.files.at(-1)
    const lines = (await readFile(join(root, last?.path ?? ''), 'utf8')).trimEnd().split('\n')
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.filter((line) => line.includes('scroll_depth'))).toEqual([])
  })
})

describe('traffic', () => {
  test('has busy and quiet hours, weekends, returning readers and popular articles', async () => {
    await generate(root, {
      users: '2000',
      days: '28',
      dirt: '0',
      format: 'ndjson',
      period: 'month',
    })
    const manifestFiles = await contents(root)
    const rows = [...manifestFiles]
      .filter(([path]) => path.endsWith('.ndjson'))
      .flatMap(([, base64]) => Buffer.from(base64, 'base64').toString().trimEnd().split('\n'))
      .map((line) => JSON.parse(line) as Readonly<Record<string, string>>)
    const count = (test: (row: Readonly<Record<string, string>>) => boolean): number =>
      rows.filter(test).length
    const hour = (row: Readonly<Record<string, string>>): string =>
      row['timestamp']?.slice(11, 13) ?? ''
    expect(count((row) => hour(row) === '19')).toBeGreaterThan(
      5 * count((row) => hour(row) === '03'),
    )

    const isWeekend = (row: Readonly<Record<string, string>>): boolean =>
      [0, 6].includes(new Date(row['timestamp'] ?? '').getUTCDay())
    expect(count(isWeekend) / rows.length).toBeLessThan(0.27)

    const days = new Map<string, Set<string>>()
    for (const { user_id: user = '', timestamp = '' } of rows) {
      days.set(user, (days.get(user) ?? new Set()).add(timestamp.slice(0, 10)))
    }
    const returning = [...days.values()].filter((seen) => seen.size > 1).length
    expect(returning / days.size).toBeGreaterThan(0.4)

    const views = new Map<string, number>()
    for (const { page_url: url = '' } of rows) views.set(url, (views.get(url) ?? 0) + 1)
    const [front, second] = [...views.values()].sort((a, b) => b - a)
    expect(front).toBeGreaterThan(0)
    expect(second).toBeGreaterThan((4 * rows.length) / views.size)
  })

  test('has no two rows that the interaction key could not tell apart', async () => {
    await generate(root, { users: '50', days: '200', dirt: '0', seed: '3', period: 'month' })
    expect((await recount(root)).duplicates).toBe(0)
  })
})

describe('files', () => {
  test('are divided by day, by part of a day, and by month', async () => {
    const day = await generate(root, { users: '400', days: '2', dirt: '0', format: 'ndjson' })
    expect(day.files.map(({ path }) => path)).toEqual([
      'media/2026-11-19/interactions-01.ndjson',
      'media/2026-11-20/interactions-01.ndjson',
    ])
    const parts = await generate(root, {
      users: '400',
      days: '1',
      dirt: '0',
      'files-per-period': '2',
      gzip: 'all',
    })
    expect(parts.files.map(({ path }) => path)).toEqual([
      'media/2026-11-20/interactions-01.ndjson.gz',
      'media/2026-11-20/interactions-02.json.gz',
    ])
    const month = await generate(root, { ...small, days: '30', dirt: '0', period: 'month' })
    expect(month.files.map(({ path }) => path)).toEqual([
      'media/2026-10/interactions-01.ndjson',
      'media/2026-11/interactions-01.json',
    ])
  })

  test('that somebody else put there are left alone', async () => {
    await mkdir(join(root, 'media'))
    await writeFile(join(root, 'media', 'mine.json'), '[]')
    const failure = await generate(root, small).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(CommandError)
    expect(failure).toMatchObject({ exitCode: 2 })
    expect((failure as CommandError).message).toContain('media/mine.json')
    expect(await readFile(join(root, 'media', 'mine.json'), 'utf8')).toBe('[]')
  })

  test('are reported on while they are written', async () => {
    const seen: GenerateProgress[] = []
    await generate(root, small, (progress) => seen.push(progress))
    expect(seen.length).toBeGreaterThan(3)
    expect(seen.map(({ rows }) => rows)).toEqual(seen.map(({ rows }) => rows).sort((a, b) => a - b))
    expect(seen.every(({ fraction }) => fraction >= 0 && fraction <= 1)).toBe(true)
  })
})
