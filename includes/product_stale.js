/**
 * What of the product's aggregates has to be made anew. The models that aggregates are made from say which days and
 * cohorts a run changed, for each aggregate by itself; the aggregate takes them when it makes them anew (`queues.js`).
 *
 * Not by load ids: a user who changes moves days of long ago, and one who is gone has no load at all.
 */
const queues = require('./queues.js')

const COHORT = ['cohort_week', 'platform']

/**
 * Says which days are stale.
 * @param {string} stale the relation of stale days
 * @param {Readonly<Record<string, string>>} days by aggregate a query of one column, the days
 * @returns {string} SQL statement
 */
function addDays(stale, days) {
  const each = Object.entries(days).map(
    ([model, query]) => `select '${model}' as model, date
        from (${query}) as days (date)
        where date is not null`,
  )
  const things = each.join('\n        union all\n        ')
  return queues.add({ queue: stale, columns: ['model', 'date'], things })
}

/**
 * Says which cohorts are stale.
 * @param {string} stale the relation of stale cohorts
 * @param {string} cohorts a query: cohort_week, platform
 * @returns {string} SQL statement
 */
function addCohorts(stale, cohorts) {
  return queues.add({ queue: stale, columns: COHORT, things: cohorts })
}

/**
 * Takes an aggregate's stale days: makes the temporary table `stale_days (date)`.
 * @param {string} stale the relation of stale days
 * @param {string} model the aggregate
 * @returns {string} SQL statements
 */
function takeDays(stale, model) {
  const whose = `model = '${model}'`
  return queues.take({ queue: stale, columns: ['date'], into: 'stale_days', whose })
}

/**
 * Takes the stale cohorts: makes the temporary table `stale_cohorts (cohort_week, platform)`.
 * @param {string} stale the relation of stale cohorts
 * @returns {string} SQL statements
 */
function takeCohorts(stale) {
  return queues.take({ queue: stale, columns: COHORT, into: 'stale_cohorts' })
}

module.exports = { addDays, addCohorts, takeDays, takeCohorts }
