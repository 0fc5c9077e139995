/**
 * The days that a report looks at: a half-open window that ends with `etl_date`.
 */
const dates = require('./dates.js')
const numbers = require('./numbers.js')

const DATE_COLUMNS = {
  event_date: ['event_date'],
  load_date: ['load_date'],
  both: ['event_date', 'load_date'],
}

/** The variable `etl_date`, checked, as SQL of type date; the day `as_of` if it is empty. */
function lastDay({ etl_date, as_of }) {
  return dates.checkDay('etl_date', etl_date, '2022-03-01') === ''
    ? dates.today(as_of)
    : `date '${etl_date}'`
}

/** The day before the window: `window_months` calendar months before its last, if set, else `window_days` days. */
function dayBefore(vars) {
  const last = lastDay(vars)
  return vars.window_months === ''
    ? `${last} - ${numbers.checkCount('window_days', vars.window_days)}`
    : `(${last} - interval '${numbers.checkCount('window_months', vars.window_months)} months')::date`
}

/**
 * Whether a row of a fact is in the window, by the day of the event, that of the load, or both (`window_on`).
 * @param {{ etl_date: string, as_of: string, window_days: string, window_months: string, window_on: string }} vars
 *   the project's variables
 * @returns {string} a condition on event_date and load_date
 * @throws Error for a variable that can't be understood
 */
function holds(vars) {
  const columns = Object.hasOwn(DATE_COLUMNS, vars.window_on) && DATE_COLUMNS[vars.window_on]
  if (!columns) {
    const known = Object.keys(DATE_COLUMNS).join(', ')
    throw new Error(`window_on must be one of ${known}, not "${vars.window_on}"`)
  }
  return columns
    .map((column) => `${column} > ${dayBefore(vars)} and ${column} <= ${lastDay(vars)}`)
    .join(' and ')
}

module.exports = { lastDay, holds }
