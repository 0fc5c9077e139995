import type { Fates } from '../fates.js'

/**
 * The kinds of dirt, and what the warehouse is expected to make of each. A row has one kind at most,
 * so that its fate is never in doubt.
 */

/** Dirt that changes one row. */
export const changedRows = {
  null_user_id: 'missing_key',
  blank_user_id: 'missing_key',
  absent_required_key: 'missing_key',
  blank_required_value: 'missing_key',
  unparsable_timestamp: 'bad_timestamp',
  future_timestamp: 'future_timestamp',
  unknown_action: 'unknown_enum',
  unknown_device: 'unknown_enum',
  negative_time_spent: 'out_of_range',
  excessive_time_spent: 'out_of_range',
  non_numeric_time_spent: 'out_of_range',
  scroll_depth_out_of_range: 'out_of_range',
  null_referrer: 'normalised',
  whitespace_referrer: 'normalised',
  timestamp_milliseconds: 'normalised',
  timestamp_offset: 'normalised',
  upper_case_action: 'normalised',
  upper_case_device: 'normalised',
  scroll_depth_percent: 'normalised',
  url_query: 'normalised',
  url_fragment: 'normalised',
  url_trailing_slash: 'normalised',
  url_mixed_case: 'normalised',
  renamed_key: 'normalised',
  extra_key: 'accepted',
  url_other_host: 'accepted',
  url_javascript: 'accepted',
  missing_session_id: 'accepted',
  shared_session_id: 'accepted',
} as const satisfies Fates

/** Dirt that moves or copies a row, or adds a line beside it. */
export const disturbedLines = {
  exact_duplicate: 'duplicate',
  out_of_order: 'accepted',
  late_row: 'accepted',
  blank_line: 'skipped',
  malformed_line: 'rejected',
  non_object_line: 'rejected',
} as const satisfies Fates

/** Dirt of a whole file or a stretch of time. */
export const disturbedFiles = {
  resent_file: 'duplicate',
  vanished_column: 'accepted',
  byte_order_mark: 'skipped',
  truncated_last_line: 'rejected',
} as const satisfies Fates

/** Every kind with its fate. */
export const dirtKinds = { ...changedRows, ...disturbedLines, ...disturbedFiles } as const

/** A kind of dirt that changes one row. */
export type ChangedRow = keyof typeof changedRows
/** A kind of dirt that is applied at one row: it changes, moves, copies or accompanies it. */
export type RowDirt = ChangedRow | keyof typeof disturbedLines
/** Any kind of dirt. */
export type DirtKind = keyof typeof dirtKinds

/** Names of all kinds. */
export const dirtKindNames = Object.keys(dirtKinds) as readonly DirtKind[]
/** Names of the kinds that are applied at one row. */
export const rowDirtNames = Object.keys({ ...changedRows, ...disturbedLines }) as readonly RowDirt[]

/**
 * Among how many kinds the proportion of dirt is divided: those of single rows, files that are sent
 * twice and the column that vanishes. Byte order marks and truncated lines go by files instead.
 */
export const sharingKinds = rowDirtNames.length + 2

/** Whether a kind changes the row itself. */
export function isChangedRow(kind: RowDirt): kind is ChangedRow {
  return kind in changedRows
}
