/**
 * Whether every target is exactly its old or its new state.
 */
import type { RelationState, Snapshot } from './snapshot.js'

/** Relations that are exchanged together, besides those that stand alone. */
const TOGETHER: readonly (readonly string[])[] = [
  // `m.flat` is an action of its own, but its definition never changes: what it shows is the table's.
  ['m.hub', 'm.flat', 'out.hub_view', 'out.hub_view_2', 'out.hub_mat', 'out.hub_mat_view'],
  ['m.mat', 'out.mat_view'],
  ['m.mat_key', 'out.mat_key_view'],
  ['m.merge', 'out.merge_view'],
  ['m.parts', 'out.parts_view'],
]

/** Their indexes and foreign keys are brought up to date after the rows, in steps of their own. */
const KEYS_COME_LATER: ReadonlySet<string> = new Set(['m.keyed', 'm.keyed_parts'])

const partsOf = (
  state: RelationState | undefined,
  name: string,
): readonly (keyof RelationState)[] =>
  state === undefined
    ? ['rows', 'shape', 'keys']
    : KEYS_COME_LATER.has(name)
      ? ['rows', 'shape']
      : ['rows', 'shape', 'keys']

function differing(name: string, now: Snapshot, then: Snapshot): readonly string[] {
  const [a, b] = [now.get(name), then.get(name)]
  return partsOf(a, name)
    .filter((part) => a?.[part] !== b?.[part])
    .map((part) => `${part} of ${name}: ${a?.[part] ?? 'none'} <> ${b?.[part] ?? 'none'}`)
}

/** What is neither old nor new, in words; each group of relations by itself. */
export function mixtures(now: Snapshot, before: Snapshot, after: Snapshot): readonly string[] {
  const names = new Set([...now.keys(), ...before.keys(), ...after.keys()])
  const grouped = new Set(TOGETHER.flat())
  const groups = [
    ...TOGETHER,
    ...[...names].filter((name) => !grouped.has(name)).map((name) => [name]),
  ]
  return groups.flatMap((group) => {
    const notOld = group.flatMap((name) => differing(name, now, before))
    const notNew = group.flatMap((name) => differing(name, now, after))
    return notOld.length === 0 || notNew.length === 0
      ? []
      : [`${group.join(', ')} neither old (${notOld.join('; ')}) nor new (${notNew.join('; ')})`]
  })
}

/** What is not as it should be, in words. */
export function differences(now: Snapshot, wanted: Snapshot): readonly string[] {
  const names = new Set([...now.keys(), ...wanted.keys()])
  return [...names].flatMap((name) =>
    (['rows', 'shape', 'keys'] as const)
      .filter((part) => now.get(name)?.[part] !== wanted.get(name)?.[part])
      .map(
        (part) =>
          `${part} of ${name}: ${now.get(name)?.[part] ?? 'none'} <> ${wanted.get(name)?.[part] ?? 'none'}`,
      ),
  )
}
