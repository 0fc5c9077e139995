/**
 * The engagement score of a user on a day, and the class of churn risk that follows from it.
 */
const { CHURN, SCORE, WEEK_DAYS } = require('./product_metrics.js')

const upTo100 = (expression) => `least(100, ${expression})`

/**
 * The score, 0 to 100, to one decimal; each part of it stops at 100.
 * @returns {string} SQL of type numeric over days_since_last_activity, l7_days_active, platforms_used_l7,
 *   total_events_l7
 */
function score() {
  const { weights, pointsLostPerDay, platforms, eventsInWeek } = SCORE
  const parts = {
    recency: `greatest(0, coalesce(100 - ${pointsLostPerDay} * days_since_last_activity, 0))`,
    frequency: upTo100(`100.0 * l7_days_active / ${WEEK_DAYS}`),
    breadth: upTo100(`100.0 * platforms_used_l7 / ${platforms}`),
    volume: upTo100(`100.0 * total_events_l7 / ${eventsInWeek}`),
  }
  const sum = Object.entries(parts).map(([part, sql]) => `${weights[part]} * ${sql}`)
  return `round(
        ${sum.join('\n        + ')},
        1
    )`
}

/**
 * The class of churn risk.
 * @returns {string} SQL of type text over l7_days_active and engagement_score
 */
function churnClass() {
  const risks = Object.entries(CHURN).map(
    ([risk, { activeDays, scoreBelow }]) =>
      `when l7_days_active <= ${activeDays} and engagement_score < ${scoreBelow} then '${risk}'`,
  )
  return `case
        when l7_days_active = 0 then 'churned'
        ${risks.join('\n        ')}
        else 'low'
    end`
}

/** What the last 7 days are of the last 28, were all weeks alike: 1. NULL without anything in them. */
const ofTheUsual = (week, month) => `round(4.0 * ${week} / nullif(${month}, 0), 4)`

module.exports = { score, churnClass, ofTheUsual }
