import type { Fates } from '../fates.js'

/** Dirt of a single event, as any format can have it. */
const eventDirt = {
  null_event_id: 'missing_key',
  null_user_id: 'missing_key',
  null_event_type: 'missing_key',
  null_timestamp: 'missing_key',
  unknown_event_type: 'unknown_enum',
  unknown_platform: 'unknown_enum',
  unknown_user: 'orphan_fk',
  future_timestamp: 'future_timestamp',
  upper_case_event_type: 'normalised',
  padded_event_type: 'normalised',
  upper_case_platform: 'normalised',
  padded_platform: 'normalised',
  null_country: 'normalised',
  null_device_type: 'normalised',
  null_session_id: 'accepted',
  identical_event: 'duplicate',
  conflicting_event: 'duplicate',
} as const satisfies Fates

/** Dirt of a single event that only a text can have. */
const eventTextDirt = {
  unparsable_timestamp: 'bad_timestamp',
} as const satisfies Fates

/** Dirt of all that a user did on a day. */
export const userDayDirt = {
  late_events: 'accepted',
  resent_events: 'duplicate',
  events_before_signup: 'accepted',
} as const satisfies Fates

/** Dirt of a row of a snapshot. */
export const userDirt = {
  null_user_id: 'missing_key',
  null_signup_date: 'missing_key',
  unknown_platform: 'unknown_enum',
  upper_case_device: 'normalised',
  padded_country: 'normalised',
  identical_user: 'duplicate',
} as const satisfies Fates

/** Dirt of a whole snapshot. */
const snapshotDirt = { resent_snapshot: 'accepted' } as const satisfies Fates

/** Every kind that events can have, with its fate. */
export const eventKinds = { ...eventDirt, ...eventTextDirt, ...userDayDirt } as const
/** Every kind that users can have, with its fate. */
export const userKinds = { ...userDirt, ...snapshotDirt } as const

/** A kind of a single event. */
export type RowDirt = keyof typeof eventDirt | keyof typeof eventTextDirt
/** Any kind of events. */
export type EventKind = keyof typeof eventKinds
/** A kind of a row of a snapshot. */
export type UserDirt = keyof typeof userDirt

/** Kinds that single events of a format have, with their fates. */
function rowKindsOf(format: string) {
  return { ...eventDirt, ...(format === 'parquet' ? {} : eventTextDirt) }
}

/** Kinds that single events of a format have. */
export function rowDirtOf(format: string): readonly RowDirt[] {
  return Object.keys(rowKindsOf(format)) as RowDirt[]
}

/** Every kind that events of a format can have, with its fate. */
export function eventKindsOf(format: string): Fates {
  return { ...rowKindsOf(format), ...userDayDirt }
}

/** Among how many kinds the proportion of dirt of events is divided. */
export function sharingKinds(format: string): number {
  return Object.keys(eventKindsOf(format)).length
}
