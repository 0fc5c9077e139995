import { formatInstant } from '../calendar.js'
import type { Random } from '../random.js'
import type { ChangedRow } from './dirt-kinds.js'
import { siteUrl, type Interaction } from './interaction.js'
import type { MediaPools } from './pools.js'
import { renamed, without, type RawRow } from './raw-row.js'

/** What a change may draw on. */
export interface ChangeContext {
  readonly interaction: Interaction
  readonly pools: MediaPools
  readonly random: Random
  /** How often this kind was applied before: the variants of a kind take turns. */
  readonly turn: number
  /** A session of somebody else; empty if there was none yet. */
  readonly otherSession: string
}

/** Other names under which `user_id` arrives; the source's key aliases must have them. */
export const userIdAliases = ['client_id', 'clientId'] as const

type Change = (row: RawRow, context: ChangeContext) => RawRow

/** Takes turns through the variants of a kind. */
function turn<T>(variants: readonly T[], { turn: count }: ChangeContext): T {
  return variants[count % variants.length] as T
}

/** A change that gives one key another value. */
function set(key: string, value: (context: ChangeContext) => unknown): Change {
  return (row, context) => ({ ...row, [key]: value(context) })
}

/** A change that gives one key a value from a list, in turn. */
function setOneOf(key: string, values: readonly unknown[]): Change {
  return set(key, (context) => turn(values, context))
}

/** Local time with its distance from UTC, minutes: the same instant. */
function withOffset(second: number, minutes: number): string {
  const local = formatInstant(second + minutes * 60).slice(0, 19)
  const size = Math.abs(minutes)
  const hours = String(Math.floor(size / 60)).padStart(2, '0')
  return `${local}${minutes < 0 ? '-' : '+'}${hours}:${String(size % 60).padStart(2, '0')}`
}

function mixedCase({ interaction }: ChangeContext): string {
  const { url, category } = interaction.page
  const section = category.slice(0, 1).toUpperCase() + category.slice(1)
  return url.replace(siteUrl, 'HTTPS://News.Example.COM').replace(`/${category}/`, `/${section}/`)
}

function extraField({ interaction, pools, random, turn: count }: ChangeContext): RawRow {
  const fields: readonly RawRow[] = [
    { user_agent: random.pick(pools.userAgents) },
    { article_title: random.pick(pools.titles), city: random.pick(pools.cities) },
    { experiment: { name: 'front-page', variant: interaction.user % 2 === 0 ? 'a' : 'b' } },
    { campaign: random.pick(pools.campaigns), tags: ['paid', 'spring'] },
  ]
  return fields[count % fields.length] as RawRow
}

/** How each kind changes a clean row. */
export const rowChanges: Readonly<Record<ChangedRow, Change>> = {
  null_user_id: setOneOf('user_id', [null]),
  blank_user_id: setOneOf('user_id', ['', '   ']),
  absent_required_key: (row, context) =>
    without(row, turn(['user_id', 'timestamp', 'page_url', 'action'], context)),
  blank_required_value: (row, context) => ({
    ...row,
    [turn(['timestamp', 'page_url', 'action'], context)]: turn(['', null, ' '], context),
  }),
  // Not "yesterday" or "epoch", which PostgreSQL can read.
  unparsable_timestamp: setOneOf('timestamp', ['not a time', '2026-02-30T10:00:00Z', '2026-13-01']),
  future_timestamp: set(
    'timestamp',
    ({ interaction }) => `2099-01-01${formatInstant(interaction.second).slice(10)}`,
  ),
  unknown_action: setOneOf('action', ['teleport', 'hover']),
  unknown_device: setOneOf('device_type', ['toaster', 'smart-fridge']),
  negative_time_spent: setOneOf('time_spent_seconds', [-1, -240]),
  excessive_time_spent: setOneOf('time_spent_seconds', [86_401, 1_000_000]),
  non_numeric_time_spent: setOneOf('time_spent_seconds', ['a while', '3 min']),
  scroll_depth_out_of_range: setOneOf('scroll_depth', [-0.25, 150, 1000]),
  null_referrer: setOneOf('referrer', [null]),
  whitespace_referrer: setOneOf('referrer', [' ', '\t', '   ']),
  timestamp_milliseconds: set('timestamp', ({ interaction, random }) => {
    const milliseconds = String(random.between(1, 999)).padStart(3, '0')
    return formatInstant(interaction.second).replace('Z', `.${milliseconds}Z`)
  }),
  timestamp_offset: set('timestamp', (context) =>
    withOffset(context.interaction.second, turn([60, -300, 330], context)),
  ),
  upper_case_action: set('action', ({ interaction }) => interaction.action.toUpperCase()),
  upper_case_device: set('device_type', ({ interaction: { device }, turn: count }) =>
    count % 2 === 0 ? device.toUpperCase() : device.slice(0, 1).toUpperCase() + device.slice(1),
  ),
  // From 2 on: 1 means all of the page in either notation.
  scroll_depth_percent: set('scroll_depth', ({ random }) => random.between(2, 100)),
  url_query: set(
    'page_url',
    ({ interaction, pools, random }) =>
      `${interaction.page.url}?utm_source=newsletter&utm_campaign=${random.pick(pools.campaigns)}`,
  ),
  url_fragment: set('page_url', ({ interaction }) => `${interaction.page.url}#comments`),
  url_trailing_slash: set('page_url', ({ interaction }) => `${interaction.page.url}/`),
  url_mixed_case: set('page_url', mixedCase),
  renamed_key: (row, context) => renamed(row, 'user_id', turn(userIdAliases, context)),
  extra_key: (row, context) => ({ ...row, ...extraField(context) }),
  url_other_host: set('page_url', ({ pools, random }) => random.pick(pools.foreignUrls)),
  url_javascript: setOneOf('page_url', ['javascript:void(0)']),
  missing_session_id: (row, context) =>
    context.turn % 2 === 0 ? without(row, 'session_id') : { ...row, session_id: '' },
  shared_session_id: set('session_id', ({ otherSession }) => otherSession),
}

/**
 * Whether a kind can be applied to an interaction: there must be an article's address to vary, a
 * session to lose, or somebody else's session to share.
 */
export function isApplicable(
  kind: ChangedRow,
  { page, sessionId }: Interaction,
  otherSession: string,
): boolean {
  switch (kind) {
    case 'url_query':
    case 'url_fragment':
    case 'url_trailing_slash':
    case 'url_mixed_case':
      return page.category !== 'home'
    case 'missing_session_id':
      return sessionId !== null
    case 'shared_session_id':
      return sessionId !== null && otherSession !== ''
    default:
      return true
  }
}
