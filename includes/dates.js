/**
 * Dates and times in UTC, whatever the session's time zone is.
 */

/** The variable `as_of`, checked: '' for today, else a day. */
function checkAsOf(asOf) {
  if (asOf !== '' && !/^\d{4}-\d{2}-\d{2}$/.test(asOf)) {
    throw new Error(`as_of must be empty or a date such as 2025-03-31, not "${asOf}"`)
  }
  return asOf
}

/**
 * The calendar day of an instant.
 * @param {string} instant SQL of type timestamptz
 * @returns {string} SQL of type date
 */
function day(instant) {
  return `(${instant} at time zone 'UTC')::date`
}

/**
 * A field of an instant, such as its hour.
 * @param {string} field as `extract` has them: hour, isodow, minute
 * @param {string} instant SQL of type timestamptz
 * @returns {string} SQL of type smallint
 */
function part(field, instant) {
  return `extract(${field} from ${instant} at time zone 'UTC')::smallint`
}

/**
 * An instant read from text: a date in ISO order, perhaps a time, perhaps a zone; without one it is UTC. NULL for
 * anything else that PostgreSQL would read, as 'now' or '05/06/2025': it means something else tomorrow, or under
 * other settings.
 * @param {string} text SQL of type text
 * @returns {string} SQL of type timestamptz, to the millisecond
 */
function parse(text) {
  const withZone = `${text} || ' UTC'`
  // A second zone is refused, so what is valid with one more had none.
  return `case
        when ${text} not like '____-__-__%' then null
        when pg_input_is_valid(${withZone}, 'timestamptz')
            then date_trunc('milliseconds', (${withZone})::timestamptz)
        when pg_input_is_valid(${text}, 'timestamptz')
            then date_trunc('milliseconds', ${text}::timestamptz)
    end`
}

/**
 * Whether an instant is none, or before the first day of `dim_date`: then a clock is wrong.
 * @param {string} instant SQL of type timestamptz
 * @returns {string} a condition
 */
function isImpossible(instant) {
  return `(${instant} is null or ${instant} < timestamptz '1970-01-01 00:00:00+00')`
}

/**
 * Whole milliseconds since 1970.
 * @param {string} instant SQL of type timestamptz
 * @returns {string} SQL of type bigint
 */
function milliseconds(instant) {
  return `floor(extract(epoch from ${instant}) * 1000)::bigint`
}

/**
 * The instant up to which events can be true: the end of the day `as_of`, else when the row was loaded
 * (not now(), so that a rebuild judges every row as the first build did).
 * @param {string} asOf the variable `as_of`
 * @param {string} loadedAt SQL of type timestamptz
 * @returns {string} SQL of type timestamptz
 */
function horizon(asOf, loadedAt) {
  return checkAsOf(asOf) === ''
    ? loadedAt
    : `(timestamptz '${asOf} 00:00:00+00' + interval '1 day')`
}

/**
 * The day as of which the warehouse is looked at: `as_of`, else today.
 * @param {string} asOf the variable `as_of`
 * @returns {string} SQL of type date
 */
function today(asOf) {
  return checkAsOf(asOf) === '' ? day('now()') : `date '${asOf}'`
}

module.exports = { parse, day, part, isImpossible, milliseconds, horizon, today }
