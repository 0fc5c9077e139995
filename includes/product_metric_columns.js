/**
 * The columns of the product's metrics. Several have names that mean something else in other domains, so they are
 * apart from `columns.js`, which has the rest.
 */
const columns = require('./columns.js')
const { ALL, CHURN, SCORE, TIERS } = require('./product_metrics.js')

const DESCRIPTIONS = {
  // What rows are about
  platform_or_all: `The platform; ${ALL} for the whole, where users of several platforms count once.`,
  cohort_platform: `The primary platform of the cohort's users, by the last version of them; ${ALL} for every platform.`,
  week_start: 'Monday of the ISO week.',
  is_complete: 'Whether every day of the week has been loaded.',

  // Users
  signup_date: 'Day of the signup, by the last version of the user.',
  cohort_week: 'Monday of the week of the signup.',
  primary_platform: "The user's main platform, by the last version.",
  is_current: 'Whether the newest extract has the user.',

  // Counts of a user
  events: 'Events.',
  active_events: 'Events that make a user active: all but ad impressions and ends of sessions.',
  sessions: 'Distinct sessions with an event on the platform.',
  sessions_begun:
    'Sessions whose first event of the day is on the platform, so that they add up over platforms.',
  session_events: 'Events that have a session.',
  _load_id: 'The newest load with an event of the row.',
  first_event_date: 'The day of the first event.',
  first_active_date: 'The first day on which the user was active.',
  last_active_date: 'The last day on which the user was active; NULL if never.',

  // Counts of the fact's events of a day
  last_event_at: 'The newest event of the day.',
  events_twice: 'Events that are in the fact once more.',
  without_user_version: 'Events without a version of their user.',
  without_event_type: 'Events without a type.',
  without_session: 'Events without a session.',
  orphan_user_keys: 'Events of versions that dim_users does not have.',
  wrong_versions:
    'Events of another version than the one that their user had on the day, or of one where there was none.',
  orphan_platforms: 'Events of platforms that dim_platform does not have.',
  orphan_event_types: 'Events of types that dim_event_type does not have.',

  // Counts of a day
  dau: 'Users who were active on the day.',
  wau: 'Users who were active on the day or the 6 days before it.',
  mau: 'Users who were active on the day or the 27 days before it.',
  stickiness: 'DAU by MAU, 0 to 1; NULL without a user.',
  new_users: 'Users who were active in the period that they signed up in.',
  total_events: 'Events.',
  total_sessions: 'Distinct sessions with an event.',
  content_views: 'Events content_view.',
  content_creates: 'Events content_create.',
  likes: 'Events like.',
  comments: 'Events comment.',
  shares: 'Events share.',
  messages_sent: 'Events message_sent.',
  ad_impressions: 'Events ad_impression.',
  ad_clicks: 'Events ad_click.',
  avg_session_events: 'Events that have a session, by sessions; NULL without a session.',
  ad_ctr: 'Clicks by impressions of ads; NULL without an impression.',
  viewers: 'Users who viewed content.',
  likers: 'Users who liked something.',
  commenters: 'Users who commented.',
  sharers: 'Users who shared something.',
  creators: 'Users who created content.',

  // Growth
  retained_users: 'Users who were active in this period and the one before, and are not new.',
  resurrected_users:
    'Users who were active in this period and not in the one before, and are not new.',
  churned_users: 'Users who were active in the period before and not in this one.',
  quick_ratio: 'New and resurrected by churned users; NULL if nobody churned.',
  net_users: 'New and resurrected minus churned users.',
  early_users:
    'New users who were active in the period before already, before they signed up: net_users counts them, the number of active users does not change by them.',
  active_users: 'Users who were active.',
  avg_resurrection_gap:
    'Periods (days or weeks) since the previous activity of resurrected users, on average; NULL where none had been active before.',
  median_resurrection_gap: 'The median of the same.',

  // Engagement
  l1_active: 'Whether the user was active on the day.',
  l7_active: 'Whether the user was active on the day or the 6 days before it.',
  l28_active: 'Whether the user was active on the day or the 27 days before it.',
  l7_days_active: 'Active days among the last 7.',
  l28_days_active: 'Active days among the last 28.',
  total_events_l7: 'Events of the last 7 days.',
  total_events_l28: 'Events of the last 28 days.',
  platforms_used_l7: 'Platforms on which the user was active in the last 7 days.',
  days_since_last_activity: 'Days since the last active day; NULL if never active up to the day.',
  engagement_score: `0 to 100: ${Object.entries(SCORE.weights)
    .map(([part, weight]) => `${weight} ${part}`)
    .join(', ')}.`,
  days_ratio:
    'Active days of the last 7 times 4, by those of the last 28: above 1 is more often than usual.',
  events_ratio:
    'Events of the last 7 days times 4, by those of the last 28: above 1 is more than usual.',
  churn_class: `churned (no active day of the last 7), high (at most ${CHURN.high.activeDays} and a score below ${CHURN.high.scoreBelow}), medium (at most ${CHURN.medium.activeDays} and below ${CHURN.medium.scoreBelow}) or low.`,

  // Retention
  cohort_date: 'The day of the signup.',
  day_number: 'Days since the signup.',
  weeks_since_signup: "Weeks since the cohort's week, which is week 0.",
  cohort_size: 'Users who signed up in that week, active or not.',
  eligible_users: 'Users who signed up on that day.',
  cohort_retained_users: 'Users of the cohort who were active in that week.',
  nday_retained_users: 'Users who were active exactly on that day.',
  retention_rate: 'Retained users by all users of the cohort, 0 to 1, to 4 decimals.',

  // Reports
  step_number: 'Place of the step in the funnel, from 1.',
  step: 'view, like, comment, share or create.',
  is_ordered:
    'Whether only users count who did this step after all the steps before it on the same day.',
  users: 'Users.',
  share_of_viewers: 'Users by users of the first step; NULL without a viewer.',
  percent_rank:
    'Share of the other users who had more events, 0 to 1; users with as many share the best.',
  tier: `${TIERS.map(({ tier }) => tier).join(', ')}: by percent_rank. A tier can be empty.`,
  share_of_events: 'Share of all events, 0 to 1.',
  cumulative_share_of_events:
    'Share of all events that users down to this one have, 0 to 1; users with as many events have the same.',
  platforms: 'The platforms on which the users were ever active, in alphabetical order.',
  platform_count: 'How many platforms that is.',
  share_of_users: 'Share of all users in the report, 0 to 1.',
  events_per_user: 'Events by users.',
  current_users: 'Users whom the newest extract has.',
  ever_active_users: 'Users who were ever active, also those who are gone.',
  first_day: 'The first day with events.',
  last_day: 'The last day with events.',
  first_day_users: 'Users who were active on the first day.',
  last_day_users: 'Users who were active on the last day.',
  growth_rate:
    'Change from the first to the last day, by the first; NULL without a user on the first.',
  attribute: 'age_group, device_type, user_segment or primary_platform.',
  value: 'A value of the attribute; unknown where it is not known.',
  active_users_l7: 'Users who were active in the last 7 days.',
  active_users_l28: 'Users who were active in the last 28 days.',
  avg_engagement_score: 'Engagement score on the last day, on average over all users.',
}

/**
 * The descriptions of a model's columns.
 * @param {...string} names columns; `dictionary as column` where the dictionary has the text under another name
 * @returns {Record<string, string>} for `columns` of a config
 */
function pick(...names) {
  return Object.fromEntries(
    names.map((name) => {
      const [entry, column = entry] = name.split(' as ')
      const words = Object.hasOwn(DESCRIPTIONS, entry)
        ? DESCRIPTIONS
        : columns.pickForProduct(entry)
      return [column, words[entry]]
    }),
  )
}

module.exports = { pick }
