/**
 * What all models of the streaming domain share: its zone, its sources, and the variables of its reports.
 */
const dates = require('./dates.js')

/** The business day is that of a fixed distance from UTC, summer and winter. */
const ZONE = "interval '+01:00'"

/** Its sources: each has a view that types the rows, a staging model, and the columns that tell staged rows apart. */
const SOURCES = [
  { name: 'users', raw: 'streaming_users', key: ['_load_id', 'user_key'] },
  { name: 'movies', raw: 'streaming_movies', key: ['_load_id', 'movie_key'] },
  { name: 'streams', raw: 'streaming_streams', key: ['stream_id'] },
  { name: 'vendor_authors', raw: 'streaming_vendor_authors', key: ['_load_id', 'author_key'] },
  { name: 'vendor_books', raw: 'streaming_vendor_books', key: ['_load_id', 'book_key'] },
  { name: 'vendor_reviews', raw: 'streaming_vendor_reviews', key: ['_load_id', 'review_key'] },
]

/**
 * The variable `report_month`, checked.
 * @param {string} month as 2021-12
 * @returns {{ first: string, next: string }} SQL of type date: its first day, and that of the month after
 */
function month(month) {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month))
    throw new Error(`report_month must be a month such as 2021-12, not "${month}"`)
  const first = `date '${month}-01'`
  return { first, next: `(${first} + interval '1 month')::date` }
}

/**
 * One of the variables `outage_from` and `outage_to`, checked: a time in the domain's zone.
 * @param {string} name of the variable
 * @param {string} time as 2021-12-25 07:00
 * @returns {string} SQL of type timestamptz
 */
function instant(name, time) {
  if (
    !dates.isDay(time.slice(0, 10)) ||
    !/^[ T]([01]\d|2[0-3])(:[0-5]\d){1,2}$/.test(time.slice(10))
  )
    throw new Error(`${name} must be a time such as 2021-12-25 07:00, not "${time}"`)
  return `(timestamp '${time}' at time zone ${ZONE})`
}

/**
 * What the vendor calls a rating.
 * @param {string} rating SQL of type smallint, 1 to 5
 * @returns {string} SQL of type text
 */
function ratingLabel(rating) {
  return `(array['ONE', 'TWO', 'THREE', 'FOUR', 'FIVE'])[${rating}]`
}

/**
 * A condition that keeps the last that is known of everything that ever was, one version each: what the vendor deletes
 * stays in use.
 * @param {string} version alias of a slowly changing dimension
 * @returns {string} a condition
 */
function lastKnown(version) {
  return `(${version}.is_current or ${version}.is_deleted)`
}

/**
 * Rows in quarantine that name the thing that they are about: it was there, if nothing else is known of it.
 * @param {string} rejects the relation
 * @param {string} source the raw table
 * @param {string} key the name of the thing's key
 * @returns {string} a query, for `seen` of `scd2.open`
 */
function inQuarantine(rejects, source, key) {
  return `select entity_key as ${key}, _extract_date, _load_id, _line
            from ${rejects}
            where source = '${source}' and entity_key is not null`
}

module.exports = { lastKnown, inQuarantine, ZONE, SOURCES, month, instant, ratingLabel }
