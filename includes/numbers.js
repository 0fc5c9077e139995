/**
 * Numbers read from text.
 */

/**
 * A number, rounded to the type's scale; NULL for anything that isn't one, or doesn't fit.
 * @param {string} text SQL of type text
 * @param {string} [type] numeric, perhaps with precision and scale
 * @returns {string} SQL of that type
 */
function parse(text, type = 'numeric') {
  // NaN passes for a numeric; an infinity does only where there is no scale, and is out of every range.
  return `nullif(case when pg_input_is_valid(${text}, '${type}') then ${text}::${type} end, 'NaN')`
}

/**
 * Whether a number is whole. NULL stays NULL.
 * @param {string} number SQL of type numeric
 * @returns {string} a condition
 */
function isWhole(number) {
  return `${number} = trunc(${number})`
}

module.exports = { parse, isWhole }
