/**
 * Surrogate keys that are the same in every build.
 */

/**
 * md5 over a tuple. The parts are joined by a control character, and a NULL part has a mark of its
 * own, so that ('ab', 'c') and ('a', 'bc'), or '' and NULL, never give one key.
 * @param {...string} parts SQL expressions of type text
 * @returns {string} SQL of type text, 32 hexadecimal digits
 */
function hash(...parts) {
  if (parts.length === 0) throw new Error('keys.hash needs at least one expression')
  return `md5(array_to_string(array[${parts.join(', ')}], chr(31), chr(30)))`
}

/**
 * The key of what one expression names: NULL where it names nothing.
 * @param {string} expression SQL of type text
 * @returns {string} SQL of type text
 */
function optional(expression) {
  return `case when ${expression} is not null then ${hash(expression)} end`
}

module.exports = { hash, optional }
