import type { Counts } from './counts.js'

/** What a warehouse makes of a piece of dirt: the same words in every domain's manifest. */

/** Why a row is put into quarantine: the reasons that staging uses. */
export const quarantineReasons = [
  'missing_key',
  'bad_timestamp',
  'future_timestamp',
  'unknown_enum',
  'out_of_range',
  'orphan_fk',
] as const

/** Why a row is put into quarantine. */
export type QuarantineReason = (typeof quarantineReasons)[number]

/**
 * What becomes of a piece of dirt:
 * - a quarantine reason: the row is a raw row and ends in quarantine
 * - `normalised`: the row is staged, in the form that it should have had
 * - `accepted`: the row is staged as it is
 * - `duplicate`: a raw row more that staging finds to be a copy
 * - `rejected`: a line more that cannot be read as a row
 * - `skipped`: something more that is neither a row nor an error
 */
export type Fate =
  QuarantineReason | 'normalised' | 'accepted' | 'duplicate' | 'rejected' | 'skipped'

/** Kinds of dirt, each with its fate. */
export type Fates = Readonly<Record<string, Fate>>

const reasons: ReadonlySet<string> = new Set(quarantineReasons)

/** Whether a fate is quarantine. */
export function isQuarantined(fate: Fate): fate is QuarantineReason {
  return reasons.has(fate)
}

/** Kinds with how often each was written, as a manifest shows them. */
export function piecesOf(kinds: Fates, dirt: Readonly<Counts>) {
  return Object.fromEntries(
    Object.entries(kinds).map(([kind, fate]) => [kind, { pieces: dirt[kind] ?? 0, fate }]),
  )
}
