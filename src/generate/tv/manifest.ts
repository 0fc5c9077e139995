import { countBits } from '../bits.js'
import { formatDay } from '../calendar.js'
import { commonArguments } from '../common-options.js'
import { sorted, sum } from '../counts.js'
import { piecesOf } from '../fates.js'
import { totalAccount } from '../work/account.js'
import { tvKinds } from './dirt.js'
import type { TvOptions } from './options.js'
import type { TvUnit } from './unit.js'

/**
 * The manifest: the arguments, the files, the dirt that was written, and what a warehouse has to find in it. Neither the
 * folder nor the number of jobs is in it: the same arguments give the same manifest anywhere.
 */
export function tvManifest(options: TvOptions, units: readonly TvUnit[]): object {
  const total = totalAccount(units.map(({ account }) => account))
  const { days, firstDay, gzip, missingDays } = options
  const figure = (name: string) => sorted(total.figures[name] ?? {})
  const logged = new Set(units.map(({ day }) => day))
  const all = Array.from({ length: days }, (_, index) => firstDay + index)
  return {
    domain: 'tv',
    arguments: {
      ...commonArguments(options),
      ...{ gzip, 'missing-days': missingDays },
    },
    expected: {
      files: units.length,
      missing_days: all.filter((day) => !logged.has(day)).map(formatDay),
      rejected_lines: (total.dirt.malformed_line ?? 0) + (total.dirt.truncated_last_line ?? 0),
      blank_lines: total.dirt.blank_line ?? 0,
      raw_rows: total.rows,
      staged_rows: total.staged,
      duplicate_rows: total.duplicates,
      quarantined_rows: sorted(total.quarantined),
      normalised_rows: total.normalised,
      customers: customers(units),
      customers_by_date: figure('contracts_by_date'),
      rows_by_date: figure('rows_by_date'),
      rows_by_contract_quality: figure('rows_by_contract_quality'),
      seconds_by_category: figure('seconds_by_category'),
      customer_seconds_by_category: figure('customer_seconds_by_category'),
    },
    dirt: {
      pieces: sum(total.dirt),
      kinds: piecesOf(tvKinds, total.dirt),
    },
    files: units.map(({ path, account }) => ({ path, rows: account.rows })),
  }
}

/** Contracts with a proper name and a staged row in any file. */
function customers(units: readonly TvUnit[]): number {
  const seen = new Uint8Array(units[0]?.seen.length ?? 0)
  for (const unit of units) {
    for (const [index, bits] of unit.seen.entries()) seen[index] = (seen[index] ?? 0) | bits
  }
  return countBits(seen)
}
