/**
 * How the columns of a relation change, and what the views on it make of that.
 */
import type { Target } from '../../graph/types.js'
import type { ColumnFacts, RelationFacts } from './facts.js'

/** What becomes of a column that is not the same in the new relation. */
export interface ColumnChange {
  readonly name: string
  /** `is removed`, `changes from text to integer`. */
  readonly what: string
  readonly isRemoved: boolean
}

const typeOf = (column: ColumnFacts): string =>
  column.collation === null ? column.type : `${column.type} collate ${column.collation}`

/** The columns of the old relation that the new one does not have, or has with another type. */
export function columnChanges(
  old: readonly ColumnFacts[],
  next: readonly ColumnFacts[],
): ReadonlyMap<string, ColumnChange> {
  const byName = new Map(next.map((column) => [column.name, column]))
  return new Map(
    old.flatMap((column): readonly [string, ColumnChange][] => {
      const now = byName.get(column.name)
      if (now === undefined)
        return [[column.name, { name: column.name, what: 'is removed', isRemoved: true }]]
      if (typeOf(now) === typeOf(column)) return []
      const what = `changes from ${typeOf(column)} to ${typeOf(now)}`
      return [[column.name, { name: column.name, what, isRemoved: false }]]
    }),
  )
}

/** True if `CREATE OR REPLACE VIEW` can turn one into the other: the old columns, then perhaps new ones. */
export function fitsInPlace(
  old: Pick<RelationFacts, 'columns'>,
  next: Pick<RelationFacts, 'columns'>,
): boolean {
  return old.columns.every((column, i) => {
    const now = next.columns[i]
    return now?.name === column.name && typeOf(now) === typeOf(column)
  })
}

const isNamed = (a: Target, b: Target): boolean => a.schema === b.schema && a.name === b.name

/** The relations that read one directly. */
export function readersOf(
  relations: readonly RelationFacts[],
  of: Target,
): readonly RelationFacts[] {
  return relations.filter((relation) => relation.reads.some((read) => isNamed(read, of)))
}

/** Which columns of a relation a view reads. */
export function columnsRead(view: RelationFacts, of: Target): readonly string[] {
  return view.reads.filter((read) => isNamed(read, of)).flatMap((read) => read.columns)
}

/** Some relations and all that read them, to any depth, each after what it reads. */
export function withReaders(
  relations: readonly RelationFacts[],
  roots: readonly RelationFacts[],
): readonly RelationFacts[] {
  const found = new Set<RelationFacts>(roots)
  for (const relation of found)
    for (const reader of readersOf(relations, relation)) found.add(reader)
  return inOrder([...found])
}

/** The relations in an order in which each comes after what it reads. */
export function inOrder(relations: readonly RelationFacts[]): readonly RelationFacts[] {
  const left = new Set(relations)
  const ordered: RelationFacts[] = []
  const place = (relation: RelationFacts): void => {
    if (!left.delete(relation)) return
    for (const read of relation.reads) {
      const input = [...left].find((candidate) => isNamed(candidate, read))
      if (input !== undefined) place(input)
    }
    ordered.push(relation)
  }
  for (const relation of relations) place(relation)
  return ordered
}
