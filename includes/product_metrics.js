/**
 * What the product's metrics have in common: the windows, the thresholds, the platforms that days are split by.
 */

const numbers = require('./numbers.js')
const { platforms } = require('./product.js')

const ALL = 'all'

/** What periods are split by, as SQL of type text[]. */
const splits = `array[${[...platforms, ALL].map((split) => `'${split}'`).join(', ')}]`

/** Days of the windows that users are counted in, the day itself included. */
const WEEK_DAYS = 7
const MONTH_DAYS = 28

/** The days after signup that `rpt_nday_retention` follows. */
const NDAYS = [1, 3, 7, 14, 30]

/** The steps of the funnel in their order: the event, the count of it, and the users who have it on a day. */
const FUNNEL = [
  { step: 'view', eventType: 'content_view', count: 'content_views', users: 'viewers' },
  { step: 'like', eventType: 'like', count: 'likes', users: 'likers' },
  { step: 'comment', eventType: 'comment', count: 'comments', users: 'commenters' },
  { step: 'share', eventType: 'share', count: 'shares', users: 'sharers' },
  { step: 'create', eventType: 'content_create', count: 'content_creates', users: 'creators' },
]

/** The events that are counted by themselves: those of the funnel, and these. */
const COUNTED = [
  ...FUNNEL,
  { eventType: 'message_sent', count: 'messages_sent' },
  { eventType: 'ad_impression', count: 'ad_impressions' },
  { eventType: 'ad_click', count: 'ad_clicks' },
]

const COUNTS = COUNTED.map(({ count }) => count)

/** The engagement score: what each part weighs, and what earns all of it. */
const SCORE = {
  weights: { recency: 0.3, frequency: 0.3, breadth: 0.2, volume: 0.2 },
  pointsLostPerDay: 10,
  platforms: platforms.length,
  eventsInWeek: 50,
}

/** The most that a class of churn risk may have; the first that fits counts. */
const CHURN = {
  high: { activeDays: 2, scoreBelow: 30 },
  medium: { activeDays: 4, scoreBelow: 50 },
}

/** The tiers of users by their rank in events, from the top: the greatest percent rank of each. */
const TIERS = [
  { tier: 'top 1 %', upTo: 0.01 },
  { tier: 'top 5 %', upTo: 0.05 },
  { tier: 'top 10 %', upTo: 0.1 },
  { tier: 'top 20 %', upTo: 0.2 },
  { tier: 'top 50 %', upTo: 0.5 },
  { tier: 'rest', upTo: 1 },
]

/** What assertions hold the aggregates to. */
const CHECKS = { minDailyMetricRows: 5, maxAvgSessionEvents: 1000 }

/** The Monday of a day's week. SQL of type date, of SQL of type date. */
const weekOf = (day) => `date_trunc('week', ${day}::timestamp)::date`

/**
 * The days on which events are, from the first to the last.
 * @param {string} userDays the relation of users' days
 * @returns {string} a query of one row: first_day, last_day; both NULL without an event
 */
function loaded(userDays) {
  return `select
        min(event_date) as first_day,
        max(event_date) as last_day
    from ${userDays}`
}

/**
 * Whether a row is of days that a temporary table has. The bounds let the server leave partitions out; the array
 * lets it find the days by index.
 * @param {string} days the table
 * @param {string} column SQL of type date
 * @returns {string} a condition
 */
function isAmong(days, column = 'event_date') {
  return `${column} >= (select min(date) from ${days})
        and ${column} <= (select max(date) from ${days})
        and ${column} = any (array(select date from ${days}))`
}

/**
 * The variable `engagement_days`, checked: for how many last days users are scored.
 * @param {{ engagement_days: string }} vars the project's variables
 * @returns {number}
 */
function engagementDays({ engagement_days }) {
  return Number(numbers.checkCount('engagement_days', engagement_days, 999))
}

module.exports = {
  ALL,
  splits,
  WEEK_DAYS,
  MONTH_DAYS,
  NDAYS,
  FUNNEL,
  COUNTED,
  COUNTS,
  SCORE,
  CHURN,
  TIERS,
  CHECKS,
  weekOf,
  loaded,
  isAmong,
  engagementDays,
}
