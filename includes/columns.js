/**
 * The dictionary of columns: each is described once, and a model picks what it has.
 */
const product = require('./product_columns.js')
const social = require('./social_columns.js')
const streaming = require('./streaming_columns.js')
const tv = require('./tv_columns.js')

const SHARED = {
  // Where a row came from
  _file: 'The file that the row came from, relative to the data root.',
  _line: 'The line in that file, or the index in its array, from 1.',
  _load_id: 'The load that brought the row; later loads have higher ids.',
  _loaded_at: 'When the row was loaded.',

  // Batches and quarantine
  model: 'The incremental model, as schema.name.',
  load_id: 'The newest load whose rows the model holds.',
  source: 'The raw table that the row came from.',
  reason:
    'Why the row is in quarantine: missing_key, bad_timestamp, future_timestamp, unknown_enum, out_of_range or orphan_fk.',
  row: 'The row as it arrived.',
  is_user_missing: 'Whether the row names no user.',
  raw_rows: 'Rows that the file brought.',
  staged_rows: 'Rows that were the first of their key.',
  duplicate_rows: 'Rows that repeat a key.',
  quarantined_rows: 'Rows in quarantine.',
  missing_user_rows: 'Rows in quarantine that name no user.',

  _extract_date: 'The day of the full extract that the row belongs to.',

  // Full extracts and their versions
  extract_date: 'The day of the extract.',
  load_ids: 'The loads that the extract consists of, after all that were sent again.',
  keys: 'How many things the extract has.',
  keys_before: 'How many things the last extract before it has that counted; NULL for the first.',
  is_held: 'Whether the extract is left out because it has so much less than the one before.',
  valid_from:
    'The first day on which this version is known; its row of the unknown member: -infinity.',
  valid_to: 'The day from which it is no longer valid; NULL for the current version.',
  is_current: 'Whether it is the version that is valid now.',
  is_deleted: 'Whether it is the last version of a thing that is gone.',
  deleted_at:
    'The day of the extract that no longer had the thing, if that is what ended this version.',

  // Calendar
  date: 'The calendar day, in the zone of the domain.',
  year: 'Calendar year.',
  quarter: 'Calendar quarter, 1 to 4.',
  month: 'Calendar month, 1 to 12.',
  month_name: 'English name of the month.',
  day_of_month: 'Day of the month, 1 to 31.',
  day_name: 'English name of the day.',
  day_of_year: 'Day of the year, 1 to 366.',
  iso_day_of_week: 'Day of the week, 1 for Monday to 7 for Sunday.',
  is_weekend: 'Whether the day is a Saturday or a Sunday.',
  iso_year: 'The year that the ISO week belongs to.',
  week_of_year: 'ISO week, 1 to 53.',
  iso_week: 'ISO year and week, such as 2025-W09.',
  week_start: 'Monday of the week.',
  month_start: 'First day of the month.',
  fiscal_year: 'Fiscal year: 2026 starts in October 2025.',
  fiscal_quarter: 'Fiscal year and quarter, such as FY26-Q1 for October to December 2025.',
  minute_of_day: 'Minute of the day, 0 to 1439.',
  time_of_day: 'The minute as a time.',
  hour: 'Hour of the day, 0 to 23.',
  minute: 'Minute of the hour, 0 to 59.',
  day_part: 'Morning (5 to 11 h), Afternoon (12 to 16 h), Evening (17 to 20 h) or Night.',
  is_business_hour: 'Whether the hour is from 9 to 16; business hours are also Monday to Friday.',

  // Keys
  interaction_id: 'Hash of user, session id, time to the millisecond, address and action.',
  user_id: 'The user.',
  session_id: 'The session as the site named it; NULL if it did not.',
  session_key: 'The session: of the given id and user, or found by pauses.',
  content_key:
    'The page: host and path in lower case, without query, fragment or closing slash; unknown without a host.',

  // Interactions
  page_url: 'The address as it arrived.',
  host: 'Host of the address, in lower case; NULL if it has none.',
  path: 'Path of the address, without query, fragment or closing slash.',
  full_url: 'An address of the page: the first in the alphabet that was seen.',
  content_category:
    'First part of the path on our own hosts; home for their root; unknown for other hosts.',
  article_id: 'The digits after article- in the path.',
  action: 'What the user did.',
  device_type:
    'mobile, desktop or tablet; in dimensions and facts, unknown where it was not given.',
  referrer: 'The referrer as it arrived; NULL if there was none.',
  referrer_category:
    'Class of the referrer by host: direct, internal, email, search, social, news or other.',
  referrer_category_legacy: 'Class of the referrer by the former rule, for comparison.',
  is_pageview: 'Whether the action counts as a page view.',
  time_spent_seconds: 'Seconds spent, where the action has a duration.',
  scroll_depth: 'How far down the page, 0 to 1, where the action has a depth.',
  event_at: 'When it happened, to the millisecond.',
  event_date: 'The day on which it happened, in UTC.',
  event_hour: 'The hour in which it happened, in UTC.',

  // Sessions
  session_date: 'The day on which the session started, in UTC.',
  start_time: 'Time of the first interaction.',
  end_time: 'Time of the last interaction.',
  duration_seconds: 'Seconds from the first to the last interaction; 0 for a single one.',
  interaction_count: 'Interactions in the session.',
  page_count: 'Page views in the session.',
  entry_content_key: 'Page of the first interaction.',
  exit_content_key: 'Page of the last interaction.',
  is_bounce: 'Whether the session is a single interaction.',

  // Users
  first_seen: 'Time of the first interaction.',
  last_seen: 'Time of the last interaction.',
  first_seen_date: 'Day of the first interaction, in UTC: the cohort.',
  session_count: 'Sessions of the user.',
  device_types: 'Devices that the user had, each once, in alphabetical order.',
  preferred_device: 'The device of most interactions; the first in the alphabet of several.',
  preferred_category:
    'The content category of most interactions; the first in the alphabet of several.',
  attribute: 'device_type or content_category.',
  value: 'A value of the attribute.',

  // Measures
  interactions: 'Interactions.',
  total_interactions: 'Interactions.',
  total_views: 'Page views.',
  total_pageviews: 'Page views.',
  unique_visitors: 'Distinct users with an interaction.',
  time_spent_seconds_total: 'Seconds spent, summed over the interactions that have a duration.',
  timed_interactions: 'Interactions that have a duration.',
  avg_time_spent:
    'Seconds spent, averaged over the interactions that have a duration; NULL without one.',
  avg_scroll_depth: 'Scroll depth, averaged over the interactions that have one; NULL without one.',
  engagements: 'Shares, comments and likes.',
  engagements_per_100_views: 'Shares, comments and likes per 100 page views; NULL without a view.',
  total_users: 'Distinct users with an interaction on the day.',
  new_users: 'Users whose first day it is.',
  returning_users: 'Users who had been there on an earlier day.',
  total_sessions: 'Sessions that started on the day.',
  avg_session_duration:
    'Seconds, averaged over the sessions that started on the day; NULL without one.',
  bounce_rate: 'Share of those sessions with a single interaction, 0 to 1; NULL without a session.',
  social_referrals: 'Interactions that came from social media.',
  search_referrals: 'Interactions that came from search engines.',
  direct_referrals: 'Interactions without a referrer.',

  // Retention
  cohort_date: 'The first day of the users of the cohort.',
  activity_date: 'A day on which users of the cohort were active.',
  day_number: 'Days since the first day.',
  active_users: 'Users of the cohort with an interaction on the day.',
  cohort_size: 'Users of the cohort.',
  eligible_users: 'Users for whom that day has been loaded: the whole cohort, or none.',
  retained_users: 'Users who were active exactly on that day.',
  retention_rate: 'Retained of eligible users, 0 to 1; NULL without eligible users.',

  // Journeys and ranking
  level: 'category or content.',
  step: 'transition, entry or exit.',
  from_member: 'Category or page of the earlier interaction; (entry) for the start of a session.',
  to_member: 'Category or page of the later interaction; (exit) for the end of a session.',
  transitions: 'How often the two followed each other.',
  share: 'Share of the transitions from the same member; for entries and exits, of all sessions.',
  rank: 'Place by page views, from 1.',
  share_of_views: 'Share of all page views, 0 to 1.',
}

const DESCRIPTIONS = union(SHARED, social, streaming, tv)
const OF_PRODUCT = { ...DESCRIPTIONS, ...product }

/** Parts of the dictionary together; none may hide what another says. */
function union(...parts) {
  const twice = parts
    .flatMap(Object.keys)
    .filter((name, place, names) => names.indexOf(name) !== place)
  if (twice.length > 0) throw new Error(`described twice in includes: ${twice.join(', ')}`)
  return Object.assign({}, ...parts)
}

/**
 * The descriptions of a model's columns.
 * @param {...string} names columns of the dictionary
 * @returns {Record<string, string>} for `columns` of a config
 * @throws Error for a name that is not in the dictionary
 */
function pick(...names) {
  return from(DESCRIPTIONS, names)
}

/** The same for models of the product domain, which has words of its own for some columns. */
function pickForProduct(...names) {
  return from(OF_PRODUCT, names)
}

function from(descriptions, names) {
  const unknown = names.filter((name) => !Object.hasOwn(descriptions, name))
  if (unknown.length > 0)
    throw new Error(`includes/columns.js does not describe: ${unknown.join(', ')}`)
  return Object.fromEntries(names.map((name) => [name, descriptions[name]]))
}

module.exports = { pick, pickForProduct }
