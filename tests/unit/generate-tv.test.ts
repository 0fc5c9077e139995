/** The generator of the TV domain: the same bytes whatever the number of jobs, the shares of the real logs, its manifest. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { findGenerator } from '../../src/generate/registry.js'
import {
  bytesOf,
  documentedFlags,
  generate,
  manifestOf,
  pathsOf,
  project,
} from './generate-files.js'

type Counts = Readonly<Record<string, number>>
interface Manifest {
  readonly expected: {
    readonly files: number
    readonly missing_days: readonly string[]
    readonly rejected_lines: number
    readonly blank_lines: number
    readonly raw_rows: number
    readonly staged_rows: number
    readonly duplicate_rows: number
    readonly quarantined_rows: Counts
    readonly customers: number
    readonly customers_by_date: Counts
    readonly rows_by_date: Counts
    readonly rows_by_contract_quality: Counts
    readonly seconds_by_category: Counts
    readonly customer_seconds_by_category: Counts
  }
  readonly dirt: {
    readonly pieces: number
    readonly kinds: Readonly<Record<string, { readonly pieces: number; readonly fate: string }>>
  }
}

interface Line {
  readonly _type: string
  readonly _id: string | null
  readonly _source?: {
    readonly Contract: string | null
    readonly Mac: string | null
    readonly TotalDuration: unknown
    readonly AppName: string | null
  }
}

const small = { users: 150, days: 14, seed: 4, dirt: 0.2, jobs: 1 }
const categories: Readonly<Record<string, string>> = {
  ...{ CHANNEL: 'TV', KPLUS: 'TV', VOD: 'Movie', FIMS: 'Movie' },
  ...{ CHILD: 'Child', RELAX: 'Relax', SPORT: 'Sport' },
}

const add = (counts: Record<string, number>, name: string, by = 1) => {
  counts[name] = (counts[name] ?? 0) + by
}

function qualityOf(contract: string): string {
  if (/^[A-Z]{2,4}\d+$/.test(contract)) return 'valid'
  if (/^(0|PAYTV|NONFPT)$/.test(contract)) return 'placeholder'
  return /^(\d{1,3}\.){3}\d{1,3}$/.test(contract) ? 'ip' : 'bad_format'
}

/** Counts what lies in a folder of logs, from the files alone, by an own reading of the rules. */
async function recount(root: string) {
  const kinds: Record<string, number> = {}
  const quarantined: Record<string, number> = {}
  const byDate: Record<string, number> = {}
  const byQuality: Record<string, number> = {}
  const seconds: Record<string, number> = {}
  const customerSeconds: Record<string, number> = {}
  const sums = { files: 0, rejected: 0, blank: 0, rows: 0, staged: 0, duplicates: 0 }
  const fileOfId = new Map<string, string>()
  const customers = new Map<string, Set<string>>()
  const ambiguous: string[] = []
  for (const path of (await pathsOf(root, 'tv')).filter((each) => each.startsWith('tv/'))) {
    sums.files += 1
    const bytes = await readFile(join(root, path))
    const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
    const lines = text.split('\n')
    const isCut = lines.at(-1) !== ''
    if (!isCut) lines.pop()
    const digits = /(\d{4})(\d{2})(\d{2})\.json/.exec(path) ?? []
    const date = digits.slice(1).join('-')
    for (const [number, text] of lines.entries()) {
      if (text === '') {
        sums.blank += 1
        add(kinds, 'blank_line')
        continue
      }
      let line: Line
      try {
        line = JSON.parse(text) as Line
      } catch {
        sums.rejected += 1
        add(kinds, isCut && number === lines.length - 1 ? 'truncated_last_line' : 'malformed_line')
        continue
      }
      sums.rows += 1
      const found = kindsOf(line)
      if (found.length > 1) ambiguous.push(text)
      const reason = found.map(reasonOf).find((each) => each !== undefined)
      const earlier = fileOfId.get(line._id ?? '')
      if (reason === undefined && earlier !== undefined) {
        sums.duplicates += 1
        add(kinds, earlier === path ? 'identical_row' : 'reexported_rows')
        continue
      }
      for (const kind of found) add(kinds, kind)
      if (reason !== undefined) {
        add(quarantined, reason)
        continue
      }
      fileOfId.set(line._id ?? '', path)
      sums.staged += 1
      add(byDate, date)
      const contract = line._source?.Contract?.trim().toUpperCase() ?? ''
      const quality = qualityOf(contract)
      add(byQuality, quality)
      const app = line._source?.AppName?.toUpperCase() ?? ''
      const category = categories[app] ?? 'Others'
      const duration = Number(line._source?.TotalDuration)
      add(seconds, category, duration)
      if (quality !== 'valid') continue
      add(customerSeconds, category, duration)
      const known = customers.get(date) ?? new Set()
      customers.set(date, known.add(contract))
    }
  }
  return {
    ...{ ...sums, kinds, quarantined, byDate, byQuality, seconds, customerSeconds, ambiguous },
    customers: new Set([...customers.values()].flatMap((each) => [...each])).size,
    customersByDate: Object.fromEntries([...customers].map(([day, { size }]) => [day, size])),
  }
}

function kindsOf({ _id, _type, _source }: Line): readonly string[] {
  const kinds: string[] = []
  const note = (isSo: boolean, kind: string) => {
    if (isSo) kinds.push(kind)
  }
  note(_id === null, 'null_id')
  if (_source === undefined) return [...kinds, 'absent_source']
  const { Contract: contract, Mac: mac, TotalDuration: duration, AppName: app } = _source
  note(contract === null, 'null_contract')
  note(typeof contract === 'string' && contract.trim() === '', 'blank_contract')
  const isNamed = typeof contract === 'string' && contract.trim() !== ''
  note(isNamed && contract !== contract.trim(), 'padded_contract')
  note(isNamed && contract !== contract.toUpperCase(), 'lower_case_contract')
  note(mac === null, 'null_mac')
  note(typeof mac === 'string' && mac.includes(':'), 'separated_mac')
  note(app === null, 'null_app')
  const isKnown = typeof app === 'string' && app.toUpperCase() in categories
  note(typeof app === 'string' && !isKnown, 'unknown_app')
  note(isKnown && app !== app.toUpperCase(), 'mixed_case_app')
  note(typeof app === 'string' && _type !== app.toLowerCase(), 'other_type')
  note(duration === null, 'null_duration')
  const isText = typeof duration === 'string'
  note(isText && /^\d+$/.test(duration), 'quoted_duration')
  note(isText && !/^\d+$/.test(duration), 'non_numeric_duration')
  note(duration === 0, 'zero_duration')
  note(typeof duration === 'number' && duration < 0, 'negative_duration')
  note(typeof duration === 'number' && duration > 86_400, 'excessive_duration')
  return kinds
}

function reasonOf(kind: string): string | undefined {
  if (/^(null_(id|contract|app|duration)|blank_contract|absent_source)$/.test(kind))
    return 'missing_key'
  return /^(zero|negative|excessive|non_numeric)_duration$/.test(kind) ? 'out_of_range' : undefined
}

describe('the same arguments give the same bytes', () => {
  test('whether one file is written at once or four', async () => {
    const one = await bytesOf(await generate('tv', small), 'tv')
    expect(await bytesOf(await generate('tv', { ...small, jobs: 4 }), 'tv')).toEqual(one)
    expect(Object.keys(one)).toHaveLength(15)
  })

  test('another seed gives others', async () => {
    const first = await bytesOf(await generate('tv', small), 'tv')
    const other = await bytesOf(await generate('tv', { ...small, seed: 5 }), 'tv')
    expect(other['tv/20261120.json']).not.toBe(first['tv/20261120.json'])
  })
})

describe('the manifest says what the files hold', () => {
  const variants = [
    ['plain', small],
    ['compressed', { ...small, gzip: 'all' }],
    ['little dirt', { ...small, dirt: 0.02, users: 600 }],
    ['none', { ...small, dirt: 0 }],
    ['a single day', { ...small, days: 1 }],
    ['a few contracts', { ...small, users: 3 }],
    ['days without a file', { ...small, 'missing-days': 3 }],
  ] as const
  test.each(variants)('%s', async (_, flags) => {
    const root = await generate('tv', flags)
    const { expected, dirt } = await manifestOf<Manifest>(root, 'tv')
    const found = await recount(root)
    expect(found.ambiguous).toEqual([])
    expect({
      files: found.files,
      rejected_lines: found.rejected,
      blank_lines: found.blank,
      raw_rows: found.rows,
      staged_rows: found.staged,
      duplicate_rows: found.duplicates,
      quarantined_rows: found.quarantined,
      customers: found.customers,
      customers_by_date: found.customersByDate,
      rows_by_date: found.byDate,
      rows_by_contract_quality: found.byQuality,
      seconds_by_category: found.seconds,
      customer_seconds_by_category: found.customerSeconds,
    }).toEqual(
      Object.fromEntries(
        Object.entries(expected).filter(
          ([name]) => name !== 'missing_days' && name !== 'normalised_rows',
        ),
      ),
    )
    const pieces = Object.entries(dirt.kinds).flatMap(([kind, { pieces: count }]) =>
      count > 0 ? [[kind, count]] : [],
    )
    expect(found.kinds).toEqual(Object.fromEntries(pieces))
  })

  test('days without a file are neither the first nor the last', async () => {
    const root = await generate('tv', { ...small, 'missing-days': 3 })
    const { expected } = await manifestOf<Manifest>(root, 'tv')
    expect(expected.missing_days).toHaveLength(3)
    const paths = await pathsOf(root, 'tv')
    expect(paths).toHaveLength(1 + 14 - 3)
    expect(paths).toContain('tv/20261107.json')
    expect(paths).toContain('tv/20261120.json')
    for (const day of expected.missing_days)
      expect(paths).not.toContain(`tv/${day.replaceAll('-', '')}.json`)
  })
})

test('rows are distributed as in the real logs', async () => {
  const root = await generate('tv', { users: 4000, days: 8, seed: 2, dirt: 0, jobs: 2 })
  const lines: Required<Line>[] = []
  for (const path of (await pathsOf(root, 'tv')).slice(1)) {
    const text = await readFile(join(root, path), 'utf8')
    for (const line of text.trimEnd().split('\n')) lines.push(JSON.parse(line) as Required<Line>)
  }
  const share = (isSo: (source: Required<Line>['_source']) => boolean) =>
    lines.filter(({ _source }) => isSo(_source)).length / lines.length
  const near = (value: number, aim: number, tolerance: number) => {
    expect(Math.abs(value - aim), `${value} instead of ${aim}`).toBeLessThan(tolerance)
  }
  // Rows of a contract and day.
  near(lines.length / 32_000, 0.8, 0.1)
  near(
    share(({ AppName }) => AppName === 'CHANNEL'),
    0.9028,
    0.015,
  )
  near(
    share(({ AppName }) => AppName === 'VOD'),
    0.0517,
    0.01,
  )
  near(
    share(({ AppName }) => AppName === 'CHILD'),
    0.0208,
    0.008,
  )
  near(
    share(({ Contract }) => qualityOf(Contract ?? '') !== 'valid'),
    0.0512,
    0.012,
  )
  expect(lines.every(({ _source: { Mac } }) => /^[0-9A-F]{12}$/.test(Mac ?? ''))).toBe(true)
  expect(lines.every(({ _id }) => /^[\w-]{20}$/.test(_id ?? ''))).toBe(true)
  expect(new Set(lines.map(({ _id }) => _id)).size).toBe(lines.length)

  const durations = lines.map(({ _source }) => Number(_source.TotalDuration)).sort((a, b) => a - b)
  const quantile = (at: number) => durations[Math.floor(durations.length * at)] ?? 0
  expect(durations[0]).toBeGreaterThan(0)
  expect(durations.at(-1)).toBe(86_400)
  near(quantile(0.25) / 1028, 1, 0.2)
  near(quantile(0.5) / 6702, 1, 0.15)
  near(quantile(0.75) / 18_322, 1, 0.15)
  near(quantile(0.95) / 76_609, 1, 0.12)

  const boxes = new Map<string, Set<string>>()
  const owners = new Map<string, Set<string>>()
  for (const { _source } of lines) {
    const [contract, mac] = [_source.Contract ?? '', _source.Mac ?? '']
    boxes.set(contract, (boxes.get(contract) ?? new Set()).add(mac))
    owners.set(mac, (owners.get(mac) ?? new Set()).add(contract))
  }
  const proper = [...boxes].filter(([contract]) => qualityOf(contract) === 'valid')
  near(proper.filter(([, { size }]) => size > 1).length / proper.length, 0.11, 0.025)
  // Boxes that are under several contracts are so mostly because of the placeholder.
  const shared = [...owners.values()].filter(({ size }) => size > 1).length / owners.size
  expect(shared).toBeGreaterThan(0.08)
  expect(shared).toBeLessThan(0.2)
  // A box cannot be watched for more than the day.
  const days = new Map<string, number>()
  for (const path of (await pathsOf(root, 'tv')).slice(1)) {
    for (const line of (await readFile(join(root, path), 'utf8')).trimEnd().split('\n')) {
      const { Mac, TotalDuration } = (JSON.parse(line) as Required<Line>)._source
      const key = `${path} ${Mac ?? ''}`
      days.set(key, (days.get(key) ?? 0) + Number(TotalDuration))
    }
  }
  expect([...days.values()].filter((seconds) => seconds > 86_400)).toEqual([])
})

test('wrong flags are refused', () => {
  const prepare = () =>
    findGenerator('tv')?.prepare({ out: 'x', days: 4, 'missing-days': 3, gzip: 'zip' })
  expect(prepare).toThrow(/--gzip must .*\n--missing-days must leave the first day/)
})

describe('the bundled sample', () => {
  test('is what the documented command makes, byte by byte', async () => {
    const made = await generate('tv', await documentedFlags('tv'))
    expect(await bytesOf(join(project, 'seeds'), 'tv')).toEqual(await bytesOf(made, 'tv'))
  })

  test('is small, and has every kind of dirt', async () => {
    const root = join(project, 'seeds')
    const files = await bytesOf(root, 'tv')
    expect(Object.values(files).join('').length * 0.75).toBeLessThan(1_000_000)
    const { dirt } = await manifestOf<Manifest>(root, 'tv')
    expect(Object.entries(dirt.kinds).filter(([, { pieces }]) => pieces === 0)).toEqual([])
  })
})
