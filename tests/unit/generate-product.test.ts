/** The generator of the product domain: the same bytes whatever the number of jobs, shares, retention, and its manifest. */
import { join } from 'node:path'
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
import { recountProduct, rowsOf, type Row } from './generate-product-recount.js'

type Counts = Readonly<Record<string, number>>
interface Manifest {
  readonly expected: {
    readonly raw_rows: Counts
    readonly staged_rows: Counts
    readonly duplicate_rows: Counts
    readonly quarantined_rows: Readonly<Record<string, Counts>>
    readonly users: number
    readonly users_current: number
    readonly users_deleted: number
    readonly user_versions: number
    readonly events_by_date: Counts
    readonly active_users_by_date: Counts
  }
  readonly dirt: {
    readonly pieces: number
    readonly kinds: Readonly<
      Record<string, Readonly<Record<string, { readonly pieces: number; readonly fate: string }>>>
    >
  }
}

const small = { users: 120, days: 24, seed: 5, dirt: 0.2, jobs: 1 }

describe('the same arguments give the same bytes', () => {
  test('whether one file is written at once or four', async () => {
    const one = await bytesOf(await generate('product', small), 'product')
    const four = await bytesOf(await generate('product', { ...small, jobs: 4 }), 'product')
    expect(four).toEqual(one)
    expect(Object.keys(one).length).toBeGreaterThan(24)
  })

  test('another seed gives others', async () => {
    const path = 'product/events/dt=2026-11-20/events.parquet'
    const first = await bytesOf(await generate('product', small), 'product')
    const other = await bytesOf(await generate('product', { ...small, seed: 6 }), 'product')
    expect(other[path]).not.toBe(first[path])
  })
})

describe('the manifest says what the files hold', () => {
  const variants = [
    ['Parquet', small],
    ['CSV', { ...small, format: 'csv' }],
    ['NDJSON, compressed', { ...small, format: 'ndjson', gzip: 'all' }],
    ['a snapshot a day', { ...small, days: 12, 'snapshot-every': 1 }],
    ['one snapshot', { ...small, 'snapshot-every': 30 }],
    ['little dirt', { ...small, dirt: 0.02 }],
    ['none', { ...small, dirt: 0 }],
    ['a single day', { ...small, days: 1 }],
    ['hardly anybody', { ...small, users: 2, days: 9 }],
  ] as const
  test.each(variants)('%s', async (_, flags) => {
    const root = await generate('product', flags)
    const { expected, dirt } = await manifestOf<Manifest>(root, 'product')
    const found = await recountProduct(root)
    expect(found.ambiguous).toEqual([])
    for (const [source, counted] of [
      ['product_events', found.events],
      ['product_users', found.users],
    ] as const) {
      expect(counted).toEqual({
        rows: expected.raw_rows[source],
        staged: expected.staged_rows[source],
        duplicates: expected.duplicate_rows[source],
        quarantined: expected.quarantined_rows[source],
      })
    }
    expect(found.byDate).toEqual(expected.events_by_date)
    expect(found.activeByDate).toEqual(expected.active_users_by_date)
    expect({ versions: found.versions, current: found.current }).toEqual({
      versions: expected.user_versions,
      current: expected.users_current,
    })
    expect(expected.users_current + expected.users_deleted).toBe(expected.users)
    const pieces: Record<string, number> = {}
    for (const [kind, { pieces: count }] of Object.values(dirt.kinds).flatMap((kinds) =>
      Object.entries(kinds),
    )) {
      if (count > 0) pieces[kind] = (pieces[kind] ?? 0) + count
    }
    expect(found.kinds).toEqual(pieces)
  })

  test('there is something of every kind, and together about as much as asked for', async () => {
    const root = await generate('product', { ...small, users: 400, dirt: 0.1, format: 'csv' })
    const { expected, dirt } = await manifestOf<Manifest>(root, 'product')
    const events = Object.entries(dirt.kinds.product_events ?? {})
    for (const [kind, { pieces }] of [...events, ...Object.entries(dirt.kinds.product_users ?? {})])
      expect(pieces, kind).toBeGreaterThan(0)
    const pieces = events.reduce((sum, [, kind]) => sum + kind.pieces, 0)
    const share = pieces / (expected.raw_rows.product_events ?? 0)
    expect(share).toBeGreaterThan(0.08)
    expect(share).toBeLessThan(0.12)
  })

  test('dirt does not change what lies beneath it', async () => {
    const clean = await recountProduct(await generate('product', { ...small, dirt: 0 }))
    const dirty = await recountProduct(await generate('product', small))
    const ids = new Set(dirty.rows.map((row) => row.event_id))
    const kept = clean.rows.filter((row) => ids.has(row.event_id)).length
    const { quarantined } = dirty.events
    const lost = Object.values(quarantined).reduce((sum, rows) => sum + rows, 0)
    expect(kept).toBe(clean.rows.length - lost)
  })
})

describe('the people', () => {
  const share = (rows: readonly Row[], column: string, value: string) =>
    rows.filter((row) => row[column] === value).length / rows.length
  const flags = { users: 1500, days: 32, seed: 9, dirt: 0, jobs: 2, format: 'csv' }

  test('are and do what the shares say, more at weekends, and come less and less', async () => {
    const root = await generate('product', flags)
    const { rows, people, byDate, activeByDate } = await recountProduct(root)
    const near = (value: number, aim: number, tolerance = 0.035) => {
      expect(Math.abs(value - aim), `${value} instead of ${aim}`).toBeLessThan(tolerance)
    }
    near(share(people, 'country', 'US'), 0.25)
    near(share(people, 'age_group', '25-34'), 0.3)
    near(share(people, 'device_type', 'android'), 0.45)
    near(share(people, 'user_segment', 'casual'), 0.5)
    near(share(people, 'primary_platform', 'whatsapp'), 0.15)
    for (const [type, aim] of [
      ['app_open', 0.18],
      ['content_view', 0.25],
      ['message_sent', 0.1],
      ['ad_click', 0.01],
      ['session_end', 0],
    ] as const)
      near(share(rows, 'event_type', type), aim, 0.004)

    const person = new Map(people.map((row) => [row.user_id, row]))
    const onPrimary = rows.filter(
      ({ user_id, platform }) => person.get(user_id)?.primary_platform === platform,
    )
    // Some have changed it.
    near(onPrimary.length / rows.length, 0.7, 0.02)

    // Events of one user on a day, by segment; at weekends a fifth more.
    const perDay = new Map<string, number>()
    for (const { user_id, event_timestamp } of rows) {
      const key = `${user_id ?? ''} ${event_timestamp?.slice(0, 10) ?? ''}`
      perDay.set(key, (perDay.get(key) ?? 0) + 1)
    }
    const limits = { power: [20, 61], active: [5, 25], casual: [1, 7], dormant: [1, 2] } as const
    const within = { power: 0, active: 0, casual: 0, dormant: 0, outside: 0 }
    for (const [key, count] of perDay) {
      const segment = person.get(key.split(' ')[0] ?? '')?.user_segment as keyof typeof limits
      if (!(segment in limits)) continue
      const [low, high] = limits[segment]
      within[count >= low && count <= high ? segment : 'outside'] += 1
    }
    expect(Math.min(within.power, within.active, within.casual, within.dormant)).toBeGreaterThan(50)
    // Those who have changed their segment.
    expect(within.outside / perDay.size).toBeLessThan(0.03)

    const isWeekend = (day: string) => [0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay())
    const mean = (days: readonly (readonly [string, number])[]) =>
      days.reduce((sum, [, count]) => sum + count, 0) / days.length
    const days = Object.entries(byDate)
    const uplift =
      mean(days.filter(([day]) => isWeekend(day))) / mean(days.filter(([day]) => !isWeekend(day)))
    expect(uplift).toBeGreaterThan(1.15)
    expect(uplift).toBeLessThan(1.45)

    // Retention of those who signed up early enough to be seen for 14 days.
    const seen = new Map<string, Set<string>>()
    for (const { user_id, event_timestamp } of rows) {
      const day = event_timestamp?.slice(0, 10) ?? ''
      const ids = seen.get(day) ?? new Set()
      seen.set(day, ids.add(user_id ?? ''))
    }
    const first = days[0]?.[0] ?? ''
    const after = (day: string, count: number) =>
      new Date(Date.parse(day) + count * 86_400_000).toISOString().slice(0, 10)
    const cohort = people.filter(({ signup_date }) => {
      const day = signup_date ?? ''
      return day >= first && after(day, 14) <= '2026-11-20'
    })
    const retained = (count: number) =>
      cohort.filter(({ user_id, signup_date }) =>
        seen.get(after(signup_date ?? '', count))?.has(user_id ?? ''),
      ).length / cohort.length
    expect(cohort.length).toBeGreaterThan(100)
    const curve = [0, 1, 3, 14].map(retained)
    expect([...curve].sort((a, b) => b - a)).toEqual(curve)
    expect(curve[1]).toBeLessThan(0.75)
    expect(curve[3]).toBeGreaterThan(0.2)
    expect(curve[3]).toBeLessThan(0.5)
    // More and more of them.
    const users = Object.values(activeByDate)
    expect(mean(users.slice(-7).map((count) => ['', count]))).toBeGreaterThan(
      1.1 * mean(users.slice(0, 7).map((count) => ['', count])),
    )
  })

  test('change, change back, go and come again from snapshot to snapshot', async () => {
    const root = await generate('product', { ...flags, 'snapshot-every': 2 })
    const paths = (await pathsOf(root, 'product')).filter((path) => path.includes('/users/'))
    const states = new Map<string, (string | undefined)[]>()
    for (const [index, path] of paths.entries()) {
      for (const row of await rowsOf(join(root, path))) {
        const { country, age_group, device_type, user_segment, primary_platform } = row
        const of = states.get(row.user_id ?? '') ?? []
        of[index] = [country, age_group, device_type, user_segment, primary_platform].join()
        states.set(row.user_id ?? '', of)
      }
    }
    const runs = [...states.values()].map((each) => {
      const present = Array.from({ length: paths.length }, (_, index) => each[index])
      return present.filter((state, index) => index === 0 || state !== present[index - 1])
    })
    const shown = runs.map((run) => run.filter((state) => state !== undefined))
    expect(shown.filter((run) => run.length === 1).length).toBeGreaterThan(1000)
    // A, B, A again, with nothing between.
    expect(
      runs.filter((run) =>
        run.some(
          (state, at) => state !== undefined && run[at + 1] !== undefined && run[at + 2] === state,
        ),
      ).length,
    ).toBeGreaterThan(8)
    // There, gone, there again; and gone at the end.
    expect(
      runs.filter((run) =>
        run.some(
          (state, at) =>
            at > 0 && at < run.length - 1 && state === undefined && run[at - 1] !== undefined,
        ),
      ).length,
    ).toBeGreaterThan(8)
    expect(runs.filter((run) => run.at(-1) === undefined).length).toBeGreaterThan(8)
  })
})

test('wrong flags are refused, all of them at once', () => {
  const prepare = (flags: object) => () => findGenerator('product')?.prepare({ out: 'x', ...flags })
  expect(prepare({ format: 'xml', jobs: 0, 'snapshot-every': 0 })).toThrow(
    /--snapshot-every must .*\n--format must .*\n--jobs must /,
  )
  expect(prepare({ gzip: 'all' })).toThrow('--gzip is for --format csv and ndjson')
})

test('what a file needs does not grow with users or days: batches of a fixed size, one at a time', async () => {
  const { EventBatch, batchRows } = await import('../../src/generate/product/event-batch.js')
  const { EventsFile } = await import('../../src/generate/product/events-file.js')
  const { readProductOptions } = await import('../../src/generate/product/options.js')
  const options = readProductOptions({ out: 'x', users: 60_000, days: 2, dirt: 0.02 })
  const written: number[] = []
  await new EventsFile(options, options.firstDay + 1).write(() =>
    Promise.resolve({
      write: (_, rows) => {
        written.push(rows)
        return Promise.resolve()
      },
      close: () => Promise.resolve(),
    }),
  )
  expect(written.length).toBeGreaterThan(2)
  const capacity = new EventBatch(1).country.codes.length
  for (const rows of written) expect(rows).toBeLessThanOrEqual(capacity)
  for (const rows of written.slice(0, -1)) expect(rows).toBeGreaterThanOrEqual(batchRows)
})

describe('the bundled sample', () => {
  test('is what the documented command makes, byte by byte', async () => {
    const made = await generate('product', await documentedFlags('product'))
    expect(await bytesOf(join(project, 'seeds'), 'product')).toEqual(await bytesOf(made, 'product'))
  })

  test('is small, and has every kind of dirt', async () => {
    const root = join(project, 'seeds')
    const files = await bytesOf(root, 'product')
    expect(Object.values(files).join('').length * 0.75).toBeLessThan(1_500_000)
    const { dirt } = await manifestOf<Manifest>(root, 'product')
    const kinds = Object.values(dirt.kinds).flatMap((each) => Object.entries(each))
    expect(kinds.filter(([, { pieces }]) => pieces === 0)).toEqual([])
  })
})
