/**
 * From the names in a file's header to the declared columns.
 */
import type { SeedColumn } from '../declaration.js'

/** The names that a header may have. */
export interface Expected {
  readonly columns: readonly SeedColumn[]
  /** Another name -> the column. */
  readonly aliases: Readonly<Record<string, string>>
}

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
 * The layout of a file with a header. A name stands for the column of that name, or of that alias; what is written just so
 * comes first, then what differs in upper case and blanks around it only.
 * @param names of the header; empty ones become `column_3`, one that is there twice `name_2`
 */
export function layoutOf(names: readonly string[], { columns, aliases }: Expected): Layout {
  const candidates = [
    ...columns.map(({ name }) => ({ name, column: name, rank: 0 })),
    ...Object.entries(aliases).map(([name, column], index) => ({ name, column, rank: index + 1 })),
  ]
  const found = new Map<number, (typeof candidates)[number]>()
  for (const written of [(name: string) => name, looseName]) {
    const free = new Map<string, (typeof candidates)[number]>()
    const isTaken = new Set(found.values())
    for (const candidate of candidates.toReversed())
      if (!isTaken.has(candidate)) free.set(written(candidate.name), candidate)
    names.forEach((name, field) => {
      const candidate = found.has(field) ? undefined : free.get(written(name))
      if (candidate === undefined) return
      found.set(field, candidate)
      // Two fields of one name: the first is the column's.
      free.delete(written(name))
    })
  }
  const taken = new Map<string, number>()
  const byColumn = new Map<string, { field: number; rank: number }[]>()
  const extras: { field: number; key: string }[] = []
  names.forEach((name, field) => {
    const candidate = found.get(field)
    if (candidate === undefined)
      extras.push({ field, key: freeKey(name.trim() || `column_${field + 1}`, taken) })
    else {
      const { column, rank } = candidate
      byColumn.set(column, [...(byColumn.get(column) ?? []), { field, rank }])
    }
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

/** A name without what does not tell names apart. */
export const looseName = (name: string): string => name.trim().toLowerCase()

/** @param taken keys that were given away -> how often */
function freeKey(name: string, taken: Map<string, number>): string {
  const count = (taken.get(name) ?? 0) + 1
  taken.set(name, count)
  return count === 1 ? name : freeKey(`${name}_${count}`, taken)
}

/** The names of the columns and their aliases, loosely. */
export function knownNames({ columns, aliases }: Expected): ReadonlySet<string> {
  return new Set([...columns.map(({ name }) => name), ...Object.keys(aliases)].map(looseName))
}
