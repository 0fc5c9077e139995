/**
 * Text fields as they arrive, brought to one form.
 */

// What exports of other tools write for "nothing here".
const PLACEHOLDERS = ['', 'none', 'None', 'NONE', 'nan', 'NaN', 'null', 'Null', 'NULL']

// Bytes. An entry of an index has 2,704 at the most, however little a text can be compressed, and some have two keys.
const LONGEST_KEY = 1000

const trim = (expression) => `btrim(${expression}, E' \\t\\r\\n\\u00a0')`

/**
 * The trimmed text, or NULL where there is only white space or a placeholder for nothing.
 * @param {string} expression SQL of type text
 * @returns {string} SQL of type text
 */
function clean(expression) {
  const trimmed = trim(expression)
  return `case when ${trimmed} not in (${literals(PLACEHOLDERS)}) then ${trimmed} end`
}

/**
 * The trimmed text of what tells things apart, or NULL where there is none, or one that no index could hold.
 * @param {string} expression SQL of type text
 * @param {readonly string[]} [none] further words that stand for nothing
 * @returns {string} SQL of type text
 */
function key(expression, none = []) {
  const trimmed = trim(expression)
  return `case
        when ${trimmed} not in (${literals([...PLACEHOLDERS, ...none])}) and not ${isTooLong(trimmed)}
            then ${trimmed}
    end`
}

/**
 * An id, or NULL where there is none: `0` stands for nothing in exports, and `unknown` is the dimensions' member
 * for rows without one; nobody may have it as an id.
 * @param {string} expression SQL of type text
 * @returns {string} SQL of type text
 */
function id(expression) {
  return key(expression, ['0', 'unknown'])
}

/**
 * Whether a text is too long to tell things apart by.
 * @param {string} expression SQL of type text
 * @returns {string} a condition
 */
function isTooLong(expression) {
  return `octet_length(${expression}) > ${LONGEST_KEY}`
}

/**
 * True or false, however it is written (`True`, `t`, `1`); NULL for anything else.
 * @param {string} expression SQL of type text
 * @returns {string} SQL of type boolean
 */
function flag(expression) {
  return `case when pg_input_is_valid(${expression}, 'boolean') then ${expression}::boolean end`
}

/**
 * A list of text literals for `in (...)`.
 * @param {readonly string[]} words plain words; a quote in one is doubled
 * @returns {string} SQL, without the parentheses
 */
function literals(words) {
  return words.map((word) => `'${word.replaceAll("'", "''")}'`).join(', ')
}

module.exports = { clean, key, id, isTooLong, flag, literals }
