import { commonArguments, type CommonOptions } from '../common-options.js'
import { dirtKinds } from './dirt.js'
import type { Ledger } from './ledger.js'
import { sources, type Source } from './rows.js'

/** A figure of each export. */
const bySource = <T>(figure: (source: Source) => T): Readonly<Record<string, T>> =>
  Object.fromEntries(sources.map((source) => [`social_${source}`, figure(source)]))

/** Cents as amounts of two places, in the order of the currencies. */
const amounts = (cents: Readonly<Record<string, number>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(cents)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([currency, amount]) => [currency, (amount / 100).toFixed(2)]),
  )

/**
 * The manifest: the arguments, the files, the dirt that was written, and what a warehouse has to find in it. The folder
 * that was written to is left out: the same arguments give the same manifest anywhere.
 */
export function socialManifest(
  options: CommonOptions,
  ledger: Ledger,
  files: readonly string[],
): object {
  return {
    domain: 'social',
    arguments: commonArguments(options),
    expected: {
      rejected_lines: ledger.rejectedLines,
      raw_rows: bySource((source) => ledger.rawRows(source)),
      staged_rows: bySource((source) => ledger.accounts[source].staged),
      duplicate_rows: bySource((source) => ledger.accounts[source].duplicates),
      quarantined_rows: bySource((source) => ledger.accounts[source].quarantined),
      users: ledger.users,
      hashtags: ledger.hashtags,
      best_times: ledger.bestTimes,
      invoices: ledger.invoices,
      revenue: amounts(ledger.revenue),
      revenue_latest_invoice: amounts(ledger.latestRevenue),
      posts_by_type: ledger.postsByType,
      posts_undelivered: ledger.undelivered,
      posts_inactive: ledger.inactive,
    },
    dirt: {
      pieces: ledger.dirtPieces,
      kinds: bySource((source) =>
        Object.fromEntries(
          dirtKinds[source].map(({ name, fate }) => [
            name,
            { pieces: ledger.accounts[source].dirt[name] ?? 0, fate },
          ]),
        ),
      ),
    },
    files: files.map((path) => ({ path })),
  }
}
