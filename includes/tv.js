/**
 * What all models of the TV domain share: categories, how fields are read, and the variables of its reports.
 */
const dates = require('./dates.js')
const text = require('./text.js')

/** The category of apps that the mapping doesn't know. */
const OTHERS = 'Others'

/** The categories in the order in which a taste is written and ties are decided. */
const TASTES = ['Relax', 'Movie', 'Child', 'Sport', 'TV']

/** Every category. */
const CATEGORIES = [...TASTES, OTHERS]

/** Seconds of a day: the most that a viewing can have. */
const DAY_SECONDS = 86400

/** What a contract can be, and the label `valid` that customers have. */
const QUALITIES = ['valid', 'placeholder', 'ip', 'bad_format']

// Written where the box had no contract to name.
const PLACEHOLDERS = ['PAYTV', 'NONFPT']

/**
 * The column of the pivot that has a category's seconds.
 * @param {string} category
 * @returns {string} a name
 */
function column(category) {
  return `${category.toLowerCase()}_duration`
}

/**
 * A contract or an app as it is compared: trimmed, in upper case; NULL for none, or one that is too long.
 * @param {string} expression SQL of type text
 * @returns {string} SQL of type text
 */
function name(expression) {
  return `upper(${text.key(expression)})`
}

/**
 * A MAC address in upper case and without separators; NULL for none, or one that is too long.
 * @param {string} expression SQL of type text
 * @returns {string} SQL of type text
 */
function mac(expression) {
  return `nullif(translate(${name(expression)}, ':-. ', ''), '')`
}

// Mostly two to four letters; some customers have five, such as AGAAA0353.
const CUSTOMER = String.raw`^[A-Z]{2,5}\d+$`

/**
 * What a contract is: a customer's number, a placeholder, an address, or none of these.
 * @param {string} contract SQL of type text: what `name` gave
 * @returns {string} SQL of type text
 */
function quality(contract) {
  return String.raw`case
        when ${contract} ~ '${CUSTOMER}' then 'valid'
        when ${contract} in (${text.literals(PLACEHOLDERS)}) or ${contract} ~ '^0+$' then 'placeholder'
        when ${contract} ~ '^(\d{1,3}\.){3}\d{1,3}$' then 'ip'
        else 'bad_format'
    end`
}

/**
 * The day that a file is of: its name is `YYYYMMDD.json`, perhaps compressed. NULL for another name or an impossible day.
 * @param {string} file SQL of type text
 * @returns {string} SQL of type date
 */
function logDate(file) {
  // String functions: a regular expression takes ten times as long, and every row asks.
  const name = `split_part(${file}, '/', -1)`
  const digits = `left(${name}, 8)`
  return `case
        when
            substr(${name}, 9) in ('.json', '.json.gz', '.json.zst')
            and translate(${digits}, '0123456789', '') = ''
            and pg_input_is_valid(${digits}, 'date')
            then ${digits}::date
    end`
}

/**
 * A category in its own spelling, whatever case it is written in; NULL for one that there isn't.
 * @param {string} expression SQL of type text
 * @returns {string} SQL of type text
 */
function canonical(expression) {
  const branches = CATEGORIES.map((each) => `when '${each.toLowerCase()}' then '${each}'`)
  return `case lower(${expression}) ${branches.join(' ')} end`
}

/**
 * The period of the reports, by the variables `period_start` and `period_end`: empty, it begins with the first loaded day,
 * ends with the last.
 * @param {{ period_start: string, period_end: string }} vars
 * @param {string} days the relation of loaded days, with `date`
 * @returns {string} a query: first_day, last_day, days_in_period
 * @throws Error for a variable that is no day, or a period that ends before it begins
 */
function period({ period_start, period_end }, days) {
  checkPeriod({ period_start, period_end })
  const first = period_start === '' ? `(select min(date) from ${days})` : `date '${period_start}'`
  const last = period_end === '' ? `(select max(date) from ${days})` : `date '${period_end}'`
  return `select
        first_day,
        last_day,
        last_day - first_day + 1 as days_in_period
    from (
        select
            ${first} as first_day,
            ${last} as last_day
    ) as bounds`
}

/**
 * Whether a day is in the period. Bounds that are not given are not asked for: then the planner knows that it reads everything.
 * @param {{ period_start: string, period_end: string }} vars
 * @param {string} day SQL of type date
 * @returns {string} a condition
 * @throws as `period`
 */
function inPeriod({ period_start, period_end }, day) {
  checkPeriod({ period_start, period_end })
  const bounds = [
    ...(period_start === '' ? [] : [`${day} >= date '${period_start}'`]),
    ...(period_end === '' ? [] : [`${day} <= date '${period_end}'`]),
  ]
  return bounds.length === 0 ? 'true' : bounds.join(' and ')
}

function checkPeriod({ period_start, period_end }) {
  dates.checkDay('period_start', period_start, '2022-04-01')
  dates.checkDay('period_end', period_end, '2022-04-30')
  if (period_start !== '' && period_end !== '' && period_end < period_start)
    throw new Error(`period_end (${period_end}) is before period_start (${period_start})`)
}

module.exports = {
  DAY_SECONDS,
  OTHERS,
  TASTES,
  CATEGORIES,
  QUALITIES,
  column,
  name,
  mac,
  quality,
  logDate,
  canonical,
  period,
  inPeriod,
}
