/**
 * Titles and names of one thing as different sources write them, brought to one form.
 */
// Hyphens, dashes and the minus sign.
const DASHES = '\u2010\u2011\u2012\u2013\u2014\u2015\u2212'

/**
 * A title for comparison: in lower case, with single spaces, and one kind of dash.
 * @param {string} expression SQL of type text
 * @returns {string} SQL of type text
 */
function normal(expression) {
  const dashed = `translate(${expression}, '${DASHES}', '${'-'.repeat(DASHES.length)}')`
  return `btrim(lower(regexp_replace(${dashed}, '[\\s\\u00a0]+', ' ', 'g')))`
}

/**
 * A label as part of an address, as `guianese-french` for `Guianese (French)`; letters with accents fall out, as
 * they do at the vendor's.
 * @param {string} label SQL of type text
 * @returns {string} SQL of type text
 */
function slug(label) {
  const plain = `regexp_replace(lower(${label}), '[^a-z0-9\\s-]', '', 'g')`
  return `btrim(regexp_replace(${plain}, '[\\s-]+', '-', 'g'), '-')`
}

module.exports = { normal, slug }
