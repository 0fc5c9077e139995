/**
 * Numbers read from text, and the variables that are one.
 */

// Without limits a number could be one that arithmetic has no room for, or that is 0 to a double, and so stop all that is
// made of it.
const ANY = 'numeric(38, 18)'

/**
 * A number in decimal digits, perhaps with an exponent, rounded to the type's scale; NULL for anything that isn't one, or
 * doesn't fit. PostgreSQL would also read `0x1E`, `1_0`, NaN and infinities.
 * @param {string} text SQL of type text
 * @param {string} [type] numeric with precision and scale; else there are 20 digits before the point and 18 behind it,
 *   without zeros at the end
 * @returns {string} SQL of that type
 */
function parse(text, type) {
  const value = type === undefined ? `trim_scale(${text}::${ANY})` : `${text}::${type}`
  return `case
        when ltrim(${text}, '0123456789.+-eE') = '' and pg_input_is_valid(${text}, '${type ?? ANY}') then ${value}
    end`
}

/**
 * Whether a number is whole. NULL stays NULL.
 * @param {string} number SQL of type numeric
 * @returns {string} a condition
 */
function isWhole(number) {
  return `${number} = trunc(${number})`
}

/**
 * A variable that counts something, checked.
 * @param {string} name of the variable
 * @param {string} value
 * @param {number} [most]
 * @returns {string} the value
 */
function checkCount(name, value, most = 99999) {
  if (!/^[1-9]\d*$/.test(value) || Number(value) > most)
    throw new Error(`${name} must be a whole number from 1 to ${most}, not "${value}"`)
  return value
}

module.exports = { parse, isWhole, checkCount }
