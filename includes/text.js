/**
 * Text fields as they arrive, brought to one form.
 */

// What exports of other tools write for "nothing here".
const PLACEHOLDERS = ['', 'none', 'None', 'NONE', 'nan', 'NaN', 'null', 'Null', 'NULL']

/**
 * The trimmed text, or NULL where there is only white space or a placeholder for nothing.
 * @param {string} expression SQL of type text
 * @returns {string} SQL of type text
 */
function clean(expression) {
  const trimmed = `btrim(${expression}, E' \\t\\r\\n\\u00a0')`
  return `case when ${trimmed} not in (${literals(PLACEHOLDERS)}) then ${trimmed} end`
}

/**
 * The number that a text is, or NULL. Infinity is none.
 * @param {string} expression SQL of type text
 * @returns {string} SQL of type numeric
 */
function number(expression) {
  return `case
        when pg_input_is_valid(${expression}, 'numeric') and ${expression} not ilike '%n%' then ${expression}::numeric
    end`
}

/**
 * A list of text literals for `in (...)`.
 * @param {readonly string[]} words plain words; a quote in one is doubled
 * @returns {string} SQL, without the parentheses
 */
function literals(words) {
  return words.map((word) => `'${word.replaceAll("'", "''")}'`).join(', ')
}

module.exports = { clean, number, literals }
