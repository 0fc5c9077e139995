/** Figures by name. */
export type Counts = Record<string, number>

/** Adds to a figure. */
export function add(counts: Counts, name: string, amount = 1): void {
  counts[name] = (counts[name] ?? 0) + amount
}

/** Adds every figure of another count. */
export function addAll(counts: Counts, others: Readonly<Counts>): void {
  for (const [name, amount] of Object.entries(others)) add(counts, name, amount)
}

/** All figures together. */
export function sum(counts: Readonly<Counts>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}

/** Figures in the order of their names. */
export function sorted(counts: Readonly<Counts>): Readonly<Counts> {
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Figures of these names, all zero. */
export function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>
}
