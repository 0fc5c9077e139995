/** A domain whose files are made in units. */
export type UnitDomain = 'product' | 'tv'

/** Does one unit of a domain. */
type DoUnit = (options: never, unit: number) => Promise<unknown>

const domains: Readonly<Record<UnitDomain, () => Promise<DoUnit>>> = {
  product: async () => (await import('../product/unit.js')).doProductUnit,
  tv: async () => (await import('../tv/unit.js')).doTvUnit,
}

/** What does a domain's units. The options come from the same domain, by way of a worker's door. */
export async function findUnits(
  domain: UnitDomain,
): Promise<(options: unknown, unit: number) => Promise<unknown>> {
  return (await domains[domain]()) as (options: unknown, unit: number) => Promise<unknown>
}
