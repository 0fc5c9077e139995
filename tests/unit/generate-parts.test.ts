import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CommandError } from '../../src/failure/types.js'
import { scramble } from '../../src/generate/bits.js'
import {
  formatDay,
  formatInstant,
  isoWeek,
  parseDay,
  weekday,
} from '../../src/generate/calendar.js'
import { Audience } from '../../src/generate/media/audience.js'
import { rowDirtNames, sharingKinds, type RowDirt } from '../../src/generate/media/dirt-kinds.js'
import { DirtSchedule } from '../../src/generate/media/dirt-schedule.js'
import { fileSlot } from '../../src/generate/media/file-slots.js'
import { readMediaOptions } from '../../src/generate/media/options.js'
import { createPools } from '../../src/generate/media/pools.js'
import { simulateTraffic } from '../../src/generate/media/traffic.js'
import { OutputFile } from '../../src/generate/output-file.js'
import { createRandom, weightedPick, zipfPick } from '../../src/generate/random.js'
import { findGenerator, generators } from '../../src/generate/registry.js'

describe('registry', () => {
  test('finds a generator by its domain, and none by another name', () => {
    expect(findGenerator('media')?.domain).toBe('media')
    expect(findGenerator('radio')).toBeUndefined()
  })

  test('has every domain once', () => {
    const domains = generators.map((generator) => generator.domain)
    expect(new Set(domains).size).toBe(domains.length)
  })
})

describe('options', () => {
  test('have defaults that do not depend on today', () => {
    const options = readMediaOptions({ out: 'x' })
    expect(formatDay(options.firstDay)).toBe('2026-10-22')
    expect(options).toMatchObject({ users: 100, days: 30, seed: 1, dirt: 0.03, gzip: 'none' })
  })

  test('take a first day as well as a last one', () => {
    const from = readMediaOptions({ out: 'x', start: '2024-02-28', days: '3' })
    const to = readMediaOptions({ out: 'x', end: '2024-03-01', days: 3 })
    expect(formatDay(from.firstDay)).toBe('2024-02-28')
    expect(to.firstDay).toBe(from.firstDay)
  })

  test('take the bare --gzip for all', () => {
    expect(readMediaOptions({ out: 'x', gzip: '' }).gzip).toBe('all')
  })

  test('report every mistake at once', () => {
    const wrong = {
      users: '1.5',
      days: 0,
      seed: -1,
      dirt: '0.6',
      start: '2026-02-30',
      end: 'soon',
      gzip: 'zip',
      format: 'csv',
      period: 'year',
      articles: 'many',
      'files-per-period': 0,
    }
    let failure: unknown
    try {
      readMediaOptions(wrong)
    } catch (error) {
      failure = error
    }
    expect(failure).toBeInstanceOf(CommandError)
    expect(failure).toMatchObject({
      exitCode: 2,
      message: [
        '--users must be a whole number from 1 to 100000000, not "1.5"',
        '--days must be a whole number from 1 to 3660, not 0',
        '--seed must be a whole number from 0 to 4294967295, not -1',
        '--dirt must be a number from 0 to 0.5, not "0.6"',
        '--out is required',
        '--start must be a date like 2026-11-20, not "2026-02-30"',
        '--end must be a date like 2026-11-20, not "soon"',
        '--start and --end exclude each other: --days gives the length',
        '--articles must be a whole number from 8 to 100000, not "many"',
        '--gzip must be one of none, some, all, not "zip"',
        '--format must be one of mixed, ndjson, array, not "csv"',
        '--period must be one of day, week, month, not "year"',
        '--files-per-period must be a whole number from 1 to 1000, not 0',
      ].join('\n'),
    })
  })
})

describe('calendar', () => {
  test('agrees with Date on every day', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40_000 }), (day) => {
        const date = new Date(day * 86_400_000)
        expect(formatDay(day)).toBe(date.toISOString().slice(0, 10))
        expect(parseDay(formatDay(day))).toBe(day)
        expect(weekday(day)).toBe((date.getUTCDay() + 6) % 7)
      }),
    )
  })

  test('agrees with Date on every second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (second) => {
        expect(formatInstant(second)).toBe(
          new Date(second * 1000).toISOString().replace('.000', ''),
        )
      }),
    )
  })

  test.each([
    ['2024-12-29', '2024-W52'],
    ['2024-12-30', '2025-W01'],
    ['2021-01-03', '2020-W53'],
    ['2026-11-20', '2026-W47'],
  ])('%s is in %s', (date, week) => {
    expect(isoWeek(parseDay(date) ?? 0)).toBe(week)
  })

  test.each(['2026-02-29', '2026-13-01', '26-1-1', '2026-11-20 ', ''])('%j is no date', (text) => {
    expect(parseDay(text)).toBeUndefined()
  })
})

describe('random numbers', () => {
  test('follow from the seed and the stream', () => {
    const draw = (seed: number, stream: number): readonly number[] => {
      const random = createRandom(seed, stream)
      return Array.from({ length: 5 }, () => random.below(1_000_000))
    }
    expect(draw(1, 1)).toEqual(draw(1, 1))
    expect(draw(1, 2)).not.toEqual(draw(1, 1))
    expect(draw(2, 1)).not.toEqual(draw(1, 1))
  })

  test('pick by weight', () => {
    const random = createRandom(4, 1)
    const pick = weightedPick([
      ['often', 3],
      ['never', 0],
      ['seldom', 1],
    ])
    const counts = { often: 0, never: 0, seldom: 0 }
    for (let draw = 0; draw < 4000; draw++) counts[pick(random) as keyof typeof counts] += 1
    expect(counts.never).toBe(0)
    expect(counts.often / counts.seldom).toBeGreaterThan(2.6)
    expect(counts.often / counts.seldom).toBeLessThan(3.4)
  })

  test("follow Zipf's law", () => {
    const random = createRandom(4, 2)
    const pick = zipfPick([0, 1, 2, 3])
    const draws = Array.from({ length: 10_000 }, () => pick(random))
    const [first = 0, second = 0, , fourth = 0] = [0, 1, 2, 3].map(
      (rank) => draws.filter((drawn) => drawn === rank).length,
    )
    expect(first / second).toBeCloseTo(2, 0)
    expect(first / fourth).toBeCloseTo(4, 0)
  })

  test('are scrambled without collisions', () => {
    const seen = new Set(Array.from({ length: 200_000 }, (_, index) => scramble(index)))
    expect(seen.size).toBe(200_000)
  })
})

describe('dirt schedule', () => {
  test('keeps the proportion and gives all kinds their turn', () => {
    const schedule = new DirtSchedule(0.1, createRandom(1, 1))
    const counts = new Map<RowDirt, number>()
    for (let row = 0; row < 10_000; row++) {
      const kind = schedule.next(() => true)
      if (kind !== undefined) counts.set(kind, (counts.get(kind) ?? 0) + 1)
    }
    const pieces = [...counts.values()].reduce((sum, count) => sum + count, 0)
    const share = (1000 * rowDirtNames.length) / sharingKinds
    expect(Math.abs(pieces - share)).toBeLessThanOrEqual(1)
    expect(counts.size).toBe(rowDirtNames.length)
  })

  test('lets a kind that is impossible keep its turn', () => {
    const schedule = new DirtSchedule(0.5, createRandom(1, 1))
    const drawn: (RowDirt | undefined)[] = []
    for (let row = 0; row < 300; row++) drawn.push(schedule.next((kind) => kind !== 'late_row'))
    expect(drawn).not.toContain('late_row')
    const next: (RowDirt | undefined)[] = []
    for (let row = 0; row < 10; row++) next.push(schedule.next(() => true))
    expect(next.find((kind) => kind !== undefined)).toBe('late_row')
  })
})

describe('file slots', () => {
  test('follow one another without a gap or an overlap', () => {
    for (const period of ['day', 'week', 'month']) {
      const options = readMediaOptions({ out: 'x', period, 'files-per-period': 7 })
      let second = (parseDay('2024-01-30') ?? 0) * 86_400
      for (let slot = 0; slot < 60; slot++) {
        const { end, periodEnd, folder } = fileSlot(options, second, Infinity)
        expect(end).toBeGreaterThan(second)
        expect(end).toBeLessThanOrEqual(periodEnd)
        expect(fileSlot(options, end - 1, Infinity)).toEqual({ end, periodEnd, folder })
        second = end
      }
    }
  })

  test('are cut where a new file has to begin', () => {
    const options = readMediaOptions({ out: 'x' })
    const midnight = options.firstDay * 86_400
    expect(fileSlot(options, midnight, midnight + 600).end).toBe(midnight + 600)
    expect(fileSlot(options, midnight + 600, midnight + 600).end).toBe(midnight + 86_400)
  })
})

describe('streaming', () => {
  test('the first rows of a simulation of any size come without the others', () => {
    // Some 10 billion rows: a generator that collected anything would never come to the first.
    const options = readMediaOptions({ out: 'x', users: 100_000_000, days: 366, dirt: 0 })
    const traffic = simulateTraffic(options, new Audience(options), createPools(1, 50))
    let previous = 0
    for (let row = 0; row < 5000; row++) {
      const { second } = traffic.next().value ?? { second: -1 }
      expect(second).toBeGreaterThanOrEqual(previous)
      previous = second
    }
  })

  test.each([false, true])(
    'a file says when it has to be drained (compressed: %s)',
    async (gzip) => {
      const folder = await mkdtemp(join(tmpdir(), 'generate-file-'))
      const path = join(folder, 'a', 'b.txt')
      const file = await OutputFile.create(path, gzip)
      const line = 'é'.repeat(999) + '\n'
      let drains = 0
      for (let row = 0; row < 2000; row++) {
        file.write(line)
        if (!file.isFull) continue
        await file.drain()
        expect(file.isFull).toBe(false)
        drains += 1
      }
      await file.close()
      const bytes = await readFile(path)
      expect((gzip ? gunzipSync(bytes) : bytes).toString()).toBe(line.repeat(2000))
      expect(drains).toBeGreaterThan(5)
      await rm(folder, { recursive: true })
    },
  )
})
