/** The words of the domain with their shares, from the original's configuration. */

import { codesByWeight } from '../stream-random.js'

type Shares = readonly (readonly [word: string, hundredths: number])[]

/** What users do. The last one is in the catalogue, and never happens. */
export const eventTypes = [
  ['app_open', 18],
  ['content_view', 25],
  ['content_create', 3],
  ['like', 12],
  ['comment', 4],
  ['share', 3],
  ['message_sent', 10],
  ['story_view', 7],
  ['story_create', 1],
  ['ad_impression', 8],
  ['ad_click', 1],
  ['search', 3],
  ['profile_view', 3],
  ['notification_open', 2],
  ['session_end', 0],
] as const satisfies Shares

export const platforms = [
  ['facebook', 30],
  ['instagram', 30],
  ['messenger', 15],
  ['whatsapp', 15],
  ['threads', 10],
] as const satisfies Shares

export const countries = [
  ['US', 25],
  ['IN', 18],
  ['BR', 10],
  ['ID', 7],
  ['MX', 5],
  ['PH', 4],
  ['VN', 4],
  ['TH', 3],
  ['GB', 3],
  ['DE', 3],
  ['FR', 3],
  ['JP', 3],
  ['KR', 2],
  ['CA', 2],
  ['AU', 2],
  ['OTHER', 6],
] as const satisfies Shares

export const ageGroups = [
  ['13-17', 8],
  ['18-24', 25],
  ['25-34', 30],
  ['35-44', 18],
  ['45-54', 10],
  ['55-64', 6],
  ['65+', 3],
] as const satisfies Shares

export const devices = [
  ['ios', 35],
  ['android', 45],
  ['web', 15],
  ['tablet', 5],
] as const satisfies Shares

export const segments = [
  ['power', 5],
  ['active', 25],
  ['casual', 50],
  ['dormant', 20],
] as const satisfies Shares

/** The words alone. */
export const words = (shares: Shares): readonly string[] => shares.map(([word]) => word)

/** A list of a hundred codes, each as often as its share: drawing one of them is drawing by shares. */
export function codesByShare(shares: Shares): Uint8Array {
  return codesByWeight(shares.map(([, hundredths]) => hundredths))
}

const inactive: readonly string[] = ['ad_impression', 'session_end']

/** Whether an event of this code makes its user active that day. */
export const isActiveType: readonly boolean[] = eventTypes.map(([word]) => !inactive.includes(word))
