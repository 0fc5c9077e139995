/**
 * Tables that foreign keys join are not replaced at once: each needs locks on the other.
 */
import { reachable } from '../graph/neighbours.js'
import { targetKey } from '../graph/target.js'
import type { Action } from '../graph/types.js'
import type { Catalog } from '../plan/catalog.js'

/**
 * For every action those that it waits for because its table refers to theirs, whoever made the key and however they
 * end. Where two refer to each other, or a dependency says otherwise, they are in an order already.
 */
export function keyOrder(
  actions: readonly Action[],
  catalog: Catalog,
): ReadonlyMap<string, readonly string[]> {
  const waitsFor = new Map(
    actions.map((action) => [targetKey(action.target), action.dependencies.map(targetKey)]),
  )
  const order = new Map<string, string[]>()
  for (const key of waitsFor.keys()) {
    for (const { table } of catalog.relations.get(key)?.foreignKeys ?? []) {
      const other = targetKey(table)
      if (other === key || !waitsFor.has(other)) continue
      if (reachable([other], (next) => waitsFor.get(next) ?? []).has(key)) continue
      waitsFor.get(key)?.push(other)
      order.set(key, [...(order.get(key) ?? []), other])
    }
  }
  return order
}
