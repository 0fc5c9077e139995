/**
 * What changes between the columns that a relation has and those that it would have. Pure.
 */
import type { Column } from './existing.js'
import type { RelationChange, TypedColumn } from './types.js'

/** The difference of two lists of columns; their order is of no importance. */
export function columnChanges(
  before: readonly Column[],
  after: readonly Column[],
): Pick<RelationChange, 'added' | 'removed' | 'retyped'> {
  const old = new Map(before.map((column) => [column.name, column]))
  const names = new Set(after.map(({ name }) => name))
  return {
    added: after.filter(({ name }) => !old.has(name)).map(typed),
    removed: before.filter(({ name }) => !names.has(name)).map(typed),
    retyped: after.flatMap((column) => {
      const { name, type: to } = typed(column)
      const before = old.get(name)
      if (before === undefined) return []
      const { type: from } = typed(before)
      return from === to ? [] : [{ name, from, to }]
    }),
  }
}

// The rows of a scratch relation have a type of their own: `"s.t"` for `s.t`.
const typed = ({ name, type }: Column): TypedColumn => ({
  name,
  type: type.replace(/^(?:pg_temp\w*\.)?"([^".]+\.[^"]+)"/, '$1'),
})

/** True if nothing changes. */
export function isUnchanged({
  added,
  removed,
  retyped,
}: Pick<RelationChange, 'added' | 'removed' | 'retyped'>): boolean {
  return added.length + removed.length + retyped.length === 0
}
