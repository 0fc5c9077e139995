import type { Fates } from '../fates.js'

/** Dirt of a single row. */
const rowDirt = {
  null_id: 'missing_key',
  null_contract: 'missing_key',
  blank_contract: 'missing_key',
  null_app: 'missing_key',
  null_duration: 'missing_key',
  absent_source: 'missing_key',
  zero_duration: 'out_of_range',
  negative_duration: 'out_of_range',
  excessive_duration: 'out_of_range',
  non_numeric_duration: 'out_of_range',
  lower_case_contract: 'normalised',
  padded_contract: 'normalised',
  mixed_case_app: 'normalised',
  separated_mac: 'normalised',
  quoted_duration: 'normalised',
  null_mac: 'accepted',
  unknown_app: 'accepted',
  other_type: 'accepted',
  identical_row: 'duplicate',
  malformed_line: 'rejected',
  blank_line: 'skipped',
} as const satisfies Fates

/** Dirt of all rows of a contract's day: they come again, with their ids, in a later file. */
const contractDayDirt = { reexported_rows: 'duplicate' } as const satisfies Fates

/** Dirt of a file. */
const fileDirt = { truncated_last_line: 'rejected' } as const satisfies Fates

/** Every kind with its fate. */
export const tvKinds = { ...rowDirt, ...contractDayDirt, ...fileDirt } as const

/** A kind of a single row. */
export type RowDirt = keyof typeof rowDirt
/** Any kind. */
export type TvKind = keyof typeof tvKinds

/** Kinds of single rows, in the order in which they take turns. */
export const rowDirtNames = Object.keys(rowDirt) as readonly RowDirt[]

/** The share of rows that each kind has. */
export function shareOfKind(dirt: number): number {
  return dirt / (rowDirtNames.length + Object.keys(contractDayDirt).length)
}

/** One file of so many has a truncated last line, if there is dirt. */
export const filesWithTruncation = 10
