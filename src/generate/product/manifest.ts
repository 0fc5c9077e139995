import { commonArguments } from '../common-options.js'
import { sorted, sum } from '../counts.js'
import { piecesOf } from '../fates.js'
import { totalAccount, type Account } from '../work/account.js'
import { eventKindsOf, userKinds } from './dirt.js'
import type { ProductOptions } from './options.js'
import type { ProductUnit } from './unit.js'

const sources = ['product_events', 'product_users'] as const

type Source = (typeof sources)[number]

/** Everything that was written of each source. */
function productTotals(units: readonly ProductUnit[]): Readonly<Record<Source, Account>> {
  const of = (source: Source) =>
    totalAccount(units.filter((unit) => unit.source === source).map(({ account }) => account))
  return { product_events: of('product_events'), product_users: of('product_users') }
}

/**
 * The manifest: the arguments, the files, the dirt that was written, and what a warehouse has to find in it. Neither the
 * folder nor the number of jobs is in it: the same arguments give the same manifest anywhere.
 */
export function productManifest(options: ProductOptions, units: readonly ProductUnit[]): object {
  const totals = productTotals(units)
  const bySource = <T>(figure: (account: Account, source: Source) => T) =>
    Object.fromEntries(sources.map((source) => [source, figure(totals[source], source)]))
  const { figures } = totals.product_events
  const people = totals.product_users.figures.users ?? {}
  const { users, format, gzip, snapshotEvery } = options
  const kinds = { product_events: eventKindsOf(format), product_users: userKinds }
  return {
    domain: 'product',
    arguments: {
      ...commonArguments(options),
      ...{ format, gzip, 'snapshot-every': snapshotEvery },
    },
    expected: {
      raw_rows: bySource(({ rows }) => rows),
      staged_rows: bySource(({ staged }) => staged),
      duplicate_rows: bySource(({ duplicates }) => duplicates),
      quarantined_rows: bySource(({ quarantined }) => sorted(quarantined)),
      normalised_rows: bySource(({ normalised }) => normalised),
      users,
      users_current: people.current ?? 0,
      users_deleted: people.deleted ?? 0,
      user_versions: people.versions ?? 0,
      events_by_type: sorted(figures.events_by_type ?? {}),
      events_by_date: sorted(figures.events_by_date ?? {}),
      active_users_by_date: sorted(figures.active_users_by_date ?? {}),
    },
    dirt: {
      pieces: sum(totals.product_events.dirt) + sum(totals.product_users.dirt),
      kinds: bySource(({ dirt }, source) => piecesOf(kinds[source], dirt)),
    },
    files: units.map(({ source, path, account }) => ({ source, path, rows: account.rows })),
  }
}
