/** Whatever is done to a file: every line of it is a row or a reject, and nothing stops the reading. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { read, type Reading } from './seed-reading.js'

/** Files in all of the tests together. */
const FILES = 12_000

interface Damaged {
  readonly bytes: Buffer
  readonly chunks: readonly number[]
}

/** Changes the bytes of a file. */
type Damage = (bytes: Buffer) => Buffer

const text = fc.string({
  unit: fc.constantFrom('a', 'é', '€', ',', ';', '"', "'", '{', ']', '\\', ' '),
  maxLength: 12,
})
const records = fc.array(
  fc.record({
    id: fc.nat(),
    name: fc.option(text),
    items: fc.option(fc.array(text, { maxLength: 3 })),
  }),
  {
    maxLength: 12,
  },
)

const lines = (bytes: Buffer): readonly Buffer[] => {
  const all: Buffer[] = []
  for (let start = 0; start <= bytes.length;) {
    const end = bytes.indexOf(0x0a, start)
    all.push(bytes.subarray(start, end < 0 ? bytes.length : end))
    start = end < 0 ? bytes.length + 1 : end + 1
  }
  return all
}
const joined = (all: readonly Buffer[]): Buffer =>
  Buffer.concat(all.flatMap((line, index) => (index === 0 ? [line] : [Buffer.from('\n'), line])))

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const at = (share: number, length: number): number => Math.floor(share * length)

const damage: fc.Arbitrary<Damage> = fc.oneof(
  place.map(
    (share): Damage =>
      (bytes) =>
        bytes.subarray(0, at(share, bytes.length)),
  ),
  fc.tuple(place, fc.nat(7)).map(([share, bit]): Damage => (bytes) => {
    const flipped = Buffer.from(bytes)
    const index = at(share, bytes.length)
    if (bytes.length > 0) flipped[index] = (flipped[index] as number) ^ (1 << bit)
    return flipped
  }),
  fc.constant<Damage>((bytes) => Buffer.from(bytes.toString('utf8'), 'latin1')),
  fc.constant<Damage>((bytes) => Buffer.from(bytes.toString('utf8'), 'utf16le')),
  fc
    .tuple(place, fc.constantFrom('"', "'", '“', '\\', '\0', '\r'))
    .map(([share, mark]): Damage => (bytes) => {
      const index = at(share, bytes.length)
      return Buffer.concat([bytes.subarray(0, index), Buffer.from(mark), bytes.subarray(index)])
    }),
  place.map((share): Damage => (bytes) => {
    const all = lines(bytes)
    const index = at(share, all.length)
    return joined([...all.slice(0, index), ...all.slice(index, index + 1), ...all.slice(index)])
  }),
  fc.tuple(place, place).map(([one, other]): Damage => (bytes) => {
    const all = [...lines(bytes)]
    const [a, b] = [at(one, all.length), at(other, all.length)]
    ;[all[a], all[b]] = [all[b] as Buffer, all[a] as Buffer]
    return joined(all)
  }),
)

const damaged = (
  write: (all: readonly Record<string, unknown>[]) => string,
): fc.Arbitrary<Damaged> =>
  fc
    .tuple(
      records,
      fc.array(damage, { maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 3 }),
    )
    .map(([all, damages, chunks]) => ({
      bytes: damages.reduce<Buffer>((bytes, change) => change(bytes), Buffer.from(write(all))),
      chunks,
    }))

const json = (all: readonly unknown[]): readonly string[] =>
  all.map((record) => JSON.stringify(record))

function account({ rows, rejects, recordsRead }: Reading): void {
  expect(rows.length + rejects.length).toBe(recordsRead)
}

const isBlank = (line: Buffer | undefined): boolean =>
  /^[\t\r ]*$/.test(line?.toString('latin1') ?? '')

function check(files: fc.Arbitrary<Damaged>, look: (file: Damaged) => void): void {
  fc.assert(fc.property(files, look), { numRuns: FILES / 3 })
}

test('an object a line: as many records as lines that are not blank', () => {
  check(
    damaged((all) => json(all).join('\n')),
    ({ bytes, chunks }) => {
      const reading = read(bytes, { format: 'ndjson', chunks })
      account(reading)
      const first = bytes.subarray(0, 3).equals(Buffer.from('\ufeff')) ? bytes.subarray(3) : bytes
      expect(reading.recordsRead).toBe(lines(first).filter((line) => !isBlank(line)).length)
    },
  )
})

test('an array: the account balances, and the records are numbered', () => {
  check(
    damaged((all) => `[${json(all).join(',\n')}]`),
    ({ bytes, chunks }) => {
      const reading = read(bytes, { chunks })
      account(reading)
      expect(numbers(reading)).toEqual(Array.from(new Set(numbers(reading))))
    },
  )
})

const numbers = ({ rows, rejects }: Reading): readonly number[] =>
  [...rows.map(({ _line }) => Number(_line)), ...rejects.map(({ line }) => line)].sort(
    (a, b) => a - b,
  )

const field = (value: unknown): string =>
  value === null
    ? ''
    : `"${(typeof value === 'string' ? value : JSON.stringify(value)).replaceAll('"', '""')}"`
const csv = (all: readonly Record<string, unknown>[]): string =>
  [['id', 'name', 'items'], ...all.map(({ id, name, items }) => [id, name, items].map(field))]
    .map((row) => row.join(','))
    .join('\n')

test('CSV: every line that is not blank is the header, or in one record', () => {
  check(damaged(csv), ({ bytes, chunks }) => {
    // In one of UTF-16 lines are something else; that it is read is another test's.
    const options = { encoding: 'utf-8' } as const
    const reading = read(bytes, { format: 'csv', csv: options, chunks })
    account(reading)
    const all = lines(bytes)
    if (reading.recordsRead === 0 || !bytes.includes(0x0a)) return
    const spans = new Map([
      ...reading.rows.map((row) => [Number(row._line), breaksIn(row)] as const),
      ...reading.rejects.map(({ line, text: kept }) => [line, lines(kept).length - 1] as const),
    ])
    expect(spans.size).toBe(reading.recordsRead)
    const starts = [...spans.keys()].sort((a, b) => a - b)
    const covered = new Set(
      starts.flatMap((start) =>
        Array.from({ length: 1 + (spans.get(start) ?? 0) }, (_, n) => start + n),
      ),
    )
    const first = starts[0] ?? 0
    const uncovered = all.flatMap((line, index) =>
      index + 1 < first || covered.has(index + 1) || /^\r?$/.test(line.toString('latin1'))
        ? []
        : [index + 1],
    )
    expect(uncovered).toEqual([])
  })
})

/** Line feeds in a row's values. */
function breaksIn(row: Readonly<Record<string, string | null>>): number {
  const values = [row.id, row.name, row.items, ...Object.values(extraOf(row))]
  return values.join('').split('\n').length - 1
}

function extraOf({
  _extra,
}: Readonly<Record<string, string | null>>): Readonly<Record<string, string>> {
  return _extra === null || _extra === undefined
    ? {}
    : (JSON.parse(_extra) as Record<string, string>)
}
