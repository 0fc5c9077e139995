/**
 * Incremental steps by load id: what a model has seen is a number, its watermark, recorded in
 * `shared.int_watermarks` in the transaction that wrote the rows. A batch is what came after it.
 *
 * A model that uses this has
 *   pre_operations  { ${batches.open({...})} }   a temporary table `batch (after_id, upto_id)`
 *   its query       where ${batches.holds(...)}
 *   post_operations { ${batches.close({...})} }
 */

/** A relation as its watermark's key: without the dialect's quotes. */
function model(relation) {
  return relation.replace(/["`]/g, '')
}

function literal(relation) {
  return `'${model(relation).replaceAll("'", "''")}'`
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
  return `(select min(load_id) from ${watermarks} where model in (${models.map(literal).join(', ')}))`
}

/**
 * Makes the temporary table `batch`: one row, the load ids above `after_id` up to `upto_id`. The full build
 * starts before the first load. A later run without a watermark is an error: models that add to what they
 * have would count twice.
 * @param {{ self: string, watermarks: string, upto: string, incremental: boolean }} step
 * @returns {string} SQL statements
 */
function open({ self, watermarks, upto, incremental }) {
  if (!incremental) {
    return `create temporary table batch on commit drop as
    select
        0::bigint as after_id,
        coalesce(${upto}, 0) as upto_id;`
  }
  return `do $$
    begin
        if not exists (select from ${watermarks} where model = ${literal(self)}) then
            raise exception '% has no watermark', ${literal(self)}
                using hint = 'Rebuild it with --full-refresh.';
        end if;
    end
    $$;
    create temporary table batch on commit drop as
    select
        load_id as after_id,
        greatest(load_id, ${upto}) as upto_id
    from ${watermarks}
    where model = ${literal(self)};`
}

/**
 * Whether a row belongs to the batch.
 * @param {string} loadId SQL of type bigint
 * @param {boolean} incremental
 * @returns {string} a condition
 */
function holds(loadId, incremental) {
  const upto = `${loadId} <= (select upto_id from batch)`
  // The full build has no lower bound, so that the planner knows that it reads everything.
  return incremental ? `${loadId} > (select after_id from batch) and ${upto}` : upto
}

/**
 * Records how far the model is now. A batch without a new load writes nothing.
 * @param {{ self: string, watermarks: string }} step
 * @returns {string} SQL statement
 */
function close({ self, watermarks }) {
  return `insert into ${watermarks} as known (model, load_id)
    select
        ${literal(self)},
        upto_id
    from batch
    where not exists (
        select
        from ${watermarks} as same
        where same.model = ${literal(self)} and same.load_id = batch.upto_id
    )
    on conflict (model) do update set load_id = excluded.load_id;`
}

module.exports = { model, newestLoad, reached, open, holds, close }
