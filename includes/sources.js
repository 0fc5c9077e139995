/**
 * Batches of a model that reads several raw tables. Load ids grow in the order of arrival within one table only, so
 * each source has a watermark of its own: `schema.model/source`. See `batches.js`.
 */
const batches = require('./batches.js')

/**
 * The watermark of a model for one of its sources, as a model for `batches.reached`.
 * @param {string} self the model
 * @param {string} source
 * @returns {string}
 */
function mark(self, source) {
  return `${self}/${source}`
}

/**
 * Makes the temporary table `batch`: for each source the load ids above `after_id` up to `upto_id`. A later run without
 * a watermark starts before the first load: rows that are there already are found by their key.
 * @param {{ self: string, watermarks: string, upto: Readonly<Record<string, string>>, incremental: boolean }} step
 *   `upto`: SQL of type bigint for each source
 * @returns {string} SQL statements
 */
function open({ self, watermarks, upto, incremental }) {
  const rows = Object.entries(upto).map(([source, sql]) => {
    const name = `'${batches.model(mark(self, source))}'`
    const known = incremental
      ? `coalesce((select load_id from ${watermarks} where model = ${name}), 0)`
      : '0::bigint'
    return `select '${source}' as source, ${name} as model, ${known} as after_id, coalesce(${sql}, 0) as newest_id`
  })
  return `create temporary table batch on commit drop as
    select
        source,
        model,
        after_id,
        greatest(after_id, newest_id) as upto_id
    from (
        ${rows.join('\n        union all\n        ')}
    ) as each_source;`
}

/**
 * Whether a row of a source belongs to the batch.
 * @param {string} source
 * @param {string} loadId SQL of type bigint
 * @param {boolean} incremental
 * @returns {string} a condition
 */
function holds(source, loadId, incremental) {
  const bound = (id) => `(select ${id} from batch where source = '${source}')`
  const upto = `${loadId} <= ${bound('upto_id')}`
  return incremental ? `${loadId} > ${bound('after_id')} and ${upto}` : upto
}

/**
 * Records how far the model is now with each source. Watermarks that stay are not written.
 * @param {{ watermarks: string }} step
 * @returns {string} SQL statement
 */
function close({ watermarks }) {
  return `insert into ${watermarks} as known (model, load_id)
    select model, upto_id
    from batch
    on conflict (model) do update set load_id = excluded.load_id
    where known.load_id <> excluded.load_id;`
}

module.exports = { mark, open, holds, close }
