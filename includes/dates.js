/**
 * Dates and times in the zone of a domain, which is UTC if nothing is said, whatever the session's time zone is.
 * A zone is given as SQL: 'UTC' in quotes, or an interval for a fixed distance from it.
 */
const UTC = "'UTC'"

/** Whether a word is a day of the calendar as we write it, such as 2025-03-31. */
function isDay(word) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(word) || word.startsWith('0000')) return false
  const day = new Date(`${word}T00:00:00Z`)
  // A 30th of February is none, or the 2nd of March.
  return !Number.isNaN(day.valueOf()) && day.toISOString().startsWith(word)
}

/**
 * A variable that is a day or empty, checked.
 * @param {string} name of the variable
 * @param {string} value
 * @param {string} example a day that would be right, for the message
 * @returns {string} the value
 */
function checkDay(name, value, example) {
  if (value !== '' && !isDay(value)) {
    throw new Error(`${name} must be empty or a date such as ${example}, not "${value}"`)
  }
  return value
}

/** The variable `as_of`, checked: '' for today, else a day. */
function checkAsOf(asOf) {
  return checkDay('as_of', asOf, '2025-03-31')
}

/**
 * The calendar day of an instant.
 * @param {string} instant SQL of type timestamptz
 * @param {string} [zone] SQL
 * @returns {string} SQL of type date
 */
function day(instant, zone = UTC) {
  return `(${instant} at time zone ${zone})::date`
}

/**
 * A field of an instant, such as its hour.
 * @param {string} field as `extract` has them: hour, isodow, minute
 * @param {string} instant SQL of type timestamptz
 * @param {string} [zone] SQL
 * @returns {string} SQL of type smallint
 */
function part(field, instant, zone = UTC) {
  return `extract(${field} from ${instant} at time zone ${zone})::smallint`
}

/**
 * An instant read from text: a date in ISO order, perhaps a time, perhaps a zone (a distance from UTC, or Z, UTC or GMT);
 * without one it is in the domain's. NULL for anything else that PostgreSQL would read, as 'now', '05/06/2025' or
 * '2025-06-05 allballs': it means something else tomorrow, or under other settings, or something else than it says.
 * @param {string} text SQL of type text
 * @param {string} [zone] SQL
 * @returns {string} SQL of type timestamptz, to the millisecond
 */
function parse(text, zone = UTC) {
  const withZone = `${text} || ' UTC'`
  const instant = `(${withZone})::timestamptz`
  const inZone = zone === UTC ? instant : `${instant} at time zone 'UTC' at time zone ${zone}`
  // A second zone is refused, so what is valid with one more had none.
  return `case
        -- Other words than a zone, and a day of three digits.
        when
            ${text} not like '____-__-__%'
            or substr(${text}, 11, 1) between '0' and '9'
            or upper(ltrim(${text}, '0123456789:.+- Tt')) not in ('', 'Z', 'UTC', 'GMT')
            then null
        when pg_input_is_valid(${withZone}, 'timestamptz')
            then date_trunc('milliseconds', ${inZone})
        when pg_input_is_valid(${text}, 'timestamptz')
            then date_trunc('milliseconds', ${text}::timestamptz)
    end`
}

/**
 * A calendar date as it is written at the start of a text; what follows (a midnight, a zone) means nothing. NULL if
 * there is none.
 * @param {string} text SQL of type text
 * @returns {string} SQL of type date
 */
function written(text) {
  return `case
        when ${text} like '____-__-__%' and pg_input_is_valid(left(${text}, 10), 'date') then left(${text}, 10)::date
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
 * Whether an instant is later than can be true, clocks that are an hour fast allowed for.
 * @param {string} instant SQL of type timestamptz
 * @param {string} asOf the variable `as_of`
 * @param {string} loadedAt SQL of type timestamptz
 * @returns {string} a condition
 */
function isFuture(instant, asOf, loadedAt) {
  return `${instant} > ${horizon(asOf, loadedAt)} + interval '1 hour'`
}

/**
 * Whether the newest of something is older than a day, at the end of `as_of` or now.
 * @param {string} instant SQL of type timestamptz
 * @param {string} asOf the variable `as_of`
 * @returns {string} a condition
 */
function isStale(instant, asOf) {
  return `${instant} < ${horizon(asOf, 'now()')} - interval '24 hours'`
}

/**
 * The day as of which the warehouse is looked at: `as_of`, else today.
 * @param {string} asOf the variable `as_of`
 * @returns {string} SQL of type date
 */
function today(asOf) {
  return checkAsOf(asOf) === '' ? day('now()') : `date '${asOf}'`
}

/**
 * Whether a day is over: today is not, but the day `as_of` is.
 * @param {string} day SQL of type date
 * @param {string} asOf the variable `as_of`
 * @returns {string} a condition
 */
function isOver(day, asOf) {
  return `${day} < ${today(asOf)} + ${asOf === '' ? 0 : 1}`
}

module.exports = {
  isDay,
  checkDay,
  parse,
  written,
  day,
  part,
  isImpossible,
  milliseconds,
  horizon,
  isFuture,
  isStale,
  today,
  isOver,
}
