/**
 * Nested fields as they arrive.
 */

/**
 * A list, whatever the field holds: empty if it is none.
 * @param {string} expression SQL of type jsonb
 * @returns {string} SQL of type jsonb
 */
function list(expression) {
  return `case jsonb_typeof(${expression}) when 'array' then ${expression} else '[]' end`
}

module.exports = { list }
