/**
 * Incremental steps by load id: what a model has seen is a number, its watermark, recorded in
 * `shared.int_watermarks` in the transaction that wrote the rows. A batch is what came after it.
 *
 * A model that uses this has
 *   pre_operations  { ${batches.open({...})} }   a temporary table `batch (after_id, upto_id)`
 *   its query       where ${batches.holds(...)}
 *   post_operations { ${batches.close({...})} }
 *
 * A model that reads several sources has a watermark for each (only within a table do loads become visible in the
 * order of their ids): it opens and closes every `source`, and asks `holds` for one.
 */

/** A relation as its watermark's key: without the dialect's quotes. */
function model(relation) {
  return relation.replace(/["`]/g, '')
}

/**
 * The share that a model of several sources has of one: for `reached`.
 * @param {string} relation the model
 * @param {string} [source] one of its sources
 * @returns {string} as it stands in the watermarks, such as `social.dim_users (posts)`
 */
function part(relation, source) {
  return source === undefined ? model(relation) : `${model(relation)} (${source})`
}

/** The temporary table of a batch. */
function table(source) {
  return source === undefined ? 'batch' : `batch_${source}`
}

function literal(relation, source) {
  return `'${part(relation, source).replaceAll("'", "''")}'`
}

/**
 * The newest load of a raw table: `upto` of the first model behind it.
 * @param {string} raw the relation
 * @returns {string} SQL of type bigint
 */
function newestLoad(raw) {
  return `(select max(_load_id) from ${raw})`
}

/**
 * What all of these models have reached: `upto` of a model that reads them.
 * @param {string} watermarks the relation of the watermarks
 * @param {...string} models the relations that are read
 * @returns {string} SQL of type bigint
 */
function reached(watermarks, ...models) {
  return `(select min(load_id) from ${watermarks} where model in (${models.map((each) => literal(each)).join(', ')}))`
}

/**
 * Makes the temporary table `batch` (`batch_posts` of the source `posts`): one row, the load ids above `after_id`
 * up to `upto_id`. The full build
 * starts before the first load. A later run without a watermark is an error: models that add to what they
 * have would count twice.
 * @param {{ self: string, watermarks: string, upto: string, incremental: boolean, source?: string }} step
 * @returns {string} SQL statements
 */
function open({ self, watermarks, upto, incremental, source }) {
  if (!incremental) {
    return `create temporary table ${table(source)} on commit drop as
    select
        0::bigint as after_id,
        coalesce(${upto}, 0) as upto_id;`
  }
  return `do $$
    begin
        if not exists (select from ${watermarks} where model = ${literal(self, source)}) then
            raise exception '% has no watermark', ${literal(self, source)}
                using hint = 'Rebuild it with --full-refresh.';
        end if;
    end
    $$;
    create temporary table ${table(source)} on commit drop as
    select
        load_id as after_id,
        greatest(load_id, ${upto}) as upto_id
    from ${watermarks}
    where model = ${literal(self, source)};`
}

/**
 * Whether a row belongs to the batch.
 * @param {string} loadId SQL of type bigint
 * @param {boolean} incremental
 * @param {string} [source]
 * @returns {string} a condition
 */
function holds(loadId, incremental, source) {
  const upto = `${loadId} <= (select upto_id from ${table(source)})`
  // The full build has no lower bound, so that the planner knows that it reads everything.
  return incremental ? `${loadId} > ${after(source)} and ${upto}` : upto
}

/**
 * Where the batch starts: the newest load of the batches before.
 * @param {string} [source]
 * @returns {string} SQL of type bigint
 */
function after(source) {
  return `(select after_id from ${table(source)})`
}

/**
 * Records how far the model is now. A batch without a new load writes nothing.
 * @param {{ self: string, watermarks: string, source?: string }} step
 * @returns {string} SQL statement
 */
function close({ self, watermarks, source }) {
  return `insert into ${watermarks} as known (model, load_id)
    select
        ${literal(self, source)},
        upto_id
    from ${table(source)}
    where not exists (
        select
        from ${watermarks} as same
        where same.model = ${literal(self, source)} and same.load_id = ${table(source)}.upto_id
    )
    on conflict (model) do update set load_id = excluded.load_id;`
}

module.exports = { model, part, newestLoad, reached, open, holds, after, close }
