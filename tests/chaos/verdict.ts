/**
 * Whether every target is exactly its old or its new state.
 */
import { EMPTY } from './snapshot.js'
import type { RelationState, Snapshot } from './snapshot.js'
import type { Strategy } from './strategies/strategy.js'

type Part = keyof RelationState

const ALL_PARTS: readonly Part[] = ['rows', 'shape', 'keys']

function differing(
  name: string,
  now: Snapshot,
  then: Snapshot,
  parts: readonly Part[],
): readonly string[] {
  const [a, b] = [now.get(name), then.get(name)]
  return parts
    .filter((part) => a?.[part] !== b?.[part])
    .map((part) => `${part} of ${name}: ${a?.[part] ?? 'none'} <> ${b?.[part] ?? 'none'}`)
}

/** What is not as it should be, in words. */
export function differences(
  now: Snapshot,
  wanted: Snapshot,
  parts: readonly Part[] = ALL_PARTS,
): readonly string[] {
  const names = new Set([...now.keys(), ...wanted.keys()])
  return [...names].flatMap((name) => differing(name, now, wanted, parts))
}

/** What is neither old nor new, in words; each group of relations by itself. */
export function mixtures(
  now: Snapshot,
  { before, after }: { readonly before: Snapshot; readonly after: Snapshot },
  { together = [], keysComeLater = [], beginEmpty = [] }: Strategy,
): readonly string[] {
  const names = new Set([...now.keys(), ...before.keys(), ...after.keys()])
  const grouped = new Set(together.flat())
  const alone = [...names].filter((name) => !grouped.has(name))
  const hasBegun = (name: string): boolean =>
    beginEmpty.includes(name) && !before.has(name) && now.get(name)?.rows === EMPTY
  const partsOf = (name: string): readonly Part[] =>
    hasBegun(name)
      ? ['shape', 'keys']
      : now.has(name) && keysComeLater.includes(name)
        ? ['rows', 'shape']
        : ALL_PARTS
  return [...together, ...alone.map((name) => [name])].flatMap((group) => {
    const notOld = group.flatMap((name) => differing(name, now, before, partsOf(name)))
    const notNew = group.flatMap((name) => differing(name, now, after, partsOf(name)))
    return notOld.length === 0 || notNew.length === 0
      ? []
      : [`${group.join(', ')} neither old (${notOld.join('; ')}) nor new (${notNew.join('; ')})`]
  })
}
