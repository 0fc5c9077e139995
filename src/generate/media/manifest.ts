import { formatInstant } from '../calendar.js'
import { commonArguments } from '../common-options.js'
import { sorted } from '../counts.js'
import { piecesOf } from '../fates.js'
import { dirtKinds } from './dirt-kinds.js'
import type { DirtPlan } from './dirt-plan.js'
import type { Ledger } from './ledger.js'
import type { MediaOptions } from './options.js'
import { userIdAliases } from './row-changes.js'

/** Sums one figure over all files. */
function total(ledger: Ledger, figure: 'lines' | 'blank_lines' | 'rejected' | 'rows'): number {
  return ledger.files.reduce((sum, file) => sum + file[figure], 0)
}

/**
 * The manifest: the arguments, the files, the dirt that was written, and what a warehouse has to find
 * in it. Plain data for `JSON.stringify`; docs/generator.md explains every figure. The folder that
 * was written to is left out: the same arguments give the same manifest anywhere.
 */
export function mediaManifest(options: MediaOptions, plan: DirtPlan, ledger: Ledger): object {
  const rows = ledger.rawRows
  return {
    domain: 'media',
    arguments: {
      ...commonArguments(options),
      articles: options.articles,
      gzip: options.gzip,
      format: options.format,
      period: options.period,
      'files-per-period': options.filesPerPeriod,
    },
    expected: {
      files: ledger.files.length,
      physical_lines: total(ledger, 'lines'),
      blank_lines: total(ledger, 'blank_lines'),
      rejected_lines: total(ledger, 'rejected'),
      raw_rows: rows,
      staged_rows: ledger.staged,
      duplicate_rows: ledger.duplicates,
      quarantined_rows: ledger.quarantined,
      normalised_rows: ledger.normalised,
      users: ledger.users,
      pageviews: ledger.pageviews,
      rows_by_category: sorted(ledger.rowsByCategory),
      rows_by_referrer_category: sorted(ledger.rowsByReferrer),
      rows_by_date: sorted(ledger.rowsByDate),
    },
    dirt: {
      pieces: ledger.dirtPieces,
      proportion: Math.round((ledger.dirtPieces / Math.max(1, rows)) * 1e6) / 1e6,
      kinds: piecesOf(dirtKinds, ledger.dirt),
      user_id_aliases: userIdAliases,
      vanished_column: Number.isFinite(plan.vanishesAt)
        ? { column: 'scroll_depth', from: formatInstant(plan.vanishesAt) }
        : null,
    },
    ordinary: {
      rows_without_session: ledger.withoutSession,
      rows_with_empty_referrer: ledger.emptyReferrers,
    },
    files: ledger.files,
  }
}
