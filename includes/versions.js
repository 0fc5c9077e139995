/**
 * Records that arrive again when they change: every distinct version is staged, and the last to arrive holds.
 */
const batches = require('./batches.js')

/**
 * For `select distinct on (key) ... order by`: the version that arrived last comes first.
 * @param {string} key the column that tells records apart
 * @returns {string} SQL
 */
function latestFirst(key) {
  return `${key}, _load_id desc, _file desc, _line desc`
}

/**
 * What a batch changes in models that are grouped by some column: its values in every version, up to the batch,
 * of the records that the batch brings a version of. A record that moves changes where it was as well.
 * @param {{ staged: string, key: string, values: string, source: string }} change the relation of the versions, the
 *   column that tells records apart, the column that is grouped by, and the batch's source
 * @returns {string} a query of one column
 */
function touched({ staged, key, values, source }) {
  return `select ${values}
    from ${staged}
    where
        _load_id <= (select upto_id from batch_${source})
        and ${key} in (
            select ${key}
            from ${staged}
            where ${batches.holds('_load_id', true, source)}
        )`
}

module.exports = { latestFirst, touched }
