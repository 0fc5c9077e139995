/**
 * From the names in a file's header to the declared columns.
 */
import type { SeedColumn } from '../declaration.js'

/** What a file's fields are, by their position. */
export interface Layout {
  /** How many fields a record has. */
  readonly fieldCount: number
  /** What each field is called. */
  readonly names: readonly string[]
  /** Of each declared column: the fields that may have its value, in the order in which they are tried. */
  readonly fieldsOf: readonly (readonly number[])[]
  /** Fields that no column takes, with the key under which `_extra` has them. */
  readonly extras: readonly { readonly field: number; readonly key: string }[]
  /** Declared columns that the file lacks. */
  readonly missing: readonly string[]
}

/**
 * The layout of a file with a header. A name stands for the column of that name, or of that alias; blanks around it and
 * upper case do not matter, unless a column is declared that is written just so.
 * @param names of the header; empty ones become `column_3`, one that is there twice `name_2`
 */
export function layoutOf(
  names: readonly string[],
  columns: readonly SeedColumn[],
  aliases: Readonly<Record<string, string>>,
): Layout {
  const candidates = new Map<string, string>([
    ...Object.entries(aliases),
    ...columns.map(({ name }) => [name, name] as const),
  ])
  const loosely = new Map([...candidates].map(([name, column]) => [loose(name), column]))
  const keys = Object.keys(aliases)
  const rank = (name: string): number => 1 + keys.findIndex((key) => loose(key) === loose(name))
  const byColumn = new Map<string, { field: number; rank: number }[]>()
  const extras: { field: number; key: string }[] = []
  const used = new Set<string>()
  const taken = new Map<string, number>()
  names.forEach((name, field) => {
    const column = candidates.get(name) ?? loosely.get(loose(name))
    const fields = column === undefined ? undefined : (byColumn.get(column) ?? [])
    // Two fields of one name: the first is the column's.
    if (column !== undefined && fields !== undefined && !used.has(loose(name))) {
      byColumn.set(column, [...fields, { field, rank: rank(name) }])
      used.add(loose(name))
    } else extras.push({ field, key: freeKey(name.trim() || `column_${field + 1}`, taken) })
  })
  return {
    fieldCount: names.length,
    names,
    fieldsOf: columns.map(({ name }) =>
      (byColumn.get(name) ?? []).toSorted((a, b) => a.rank - b.rank).map(({ field }) => field),
    ),
    extras,
    missing: columns.map(({ name }) => name).filter((name) => !byColumn.has(name)),
  }
}

/** The layout of a file without a header: the fields are the columns in their order. */
export function layoutWithoutHeader(columns: readonly SeedColumn[]): Layout {
  return {
    fieldCount: columns.length,
    names: columns.map(({ name }) => name),
    fieldsOf: columns.map((_, field) => [field]),
    extras: [],
    missing: [],
  }
}

const loose = (name: string): string => name.trim().toLowerCase()

/** @param taken keys that were given away -> how often */
function freeKey(name: string, taken: Map<string, number>): string {
  const count = (taken.get(name) ?? 0) + 1
  taken.set(name, count)
  return count === 1 ? name : freeKey(`${name}_${count}`, taken)
}
