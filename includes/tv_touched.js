/**
 * What a batch of viewings changes, in models of TV by day or by day and contract: also where it took rows, and where an edit
 * of the mapping moves an app to another category.
 */
const batches = require('./batches.js')
const { OTHERS } = require('./tv.js')

/**
 * Rows that a batch took out of staging: their ids came again with an earlier day. More than these may be named, which
 * costs a little and changes nothing.
 * @param {{ views: string, superseded: string, columns: string }} source the staged and the superseded views, and which
 *   columns of the latter to give
 * @returns {string} a query
 */
function taken({ views, superseded, columns }) {
  return `select ${columns}
    from ${superseded} as earlier
    where exists (
        select
        from ${views} as staged
        where
            staged.view_id = earlier.view_id
            and ${batches.holds('staged._load_id', true)}
    )`
}

/**
 * Makes a temporary table of what a batch changes: of the days, contracts or devices whose rows it brings or takes.
 * @param {{ table: string, column: string, views: string, superseded: string }} source `column` is what to give
 * @returns {string} SQL statements
 */
function touched({ table, column, views, superseded }) {
  return `create temporary table ${table} on commit drop as
    select ${column}
    from ${views}
    where ${batches.holds('_load_id', true)}
    union
    ${taken({ views, superseded, columns: column })};
    analyze ${table};`
}

/**
 * Makes `touched_contract_days (log_date, contract)`: what a batch changes, and where an app was watched whose category
 * is another one than when the model was last built. Only the latter reads further back, and only that app's rows.
 * @param {{ self: string, views: string, superseded: string, apps: string, known: string }} source `apps` has
 *   the categories in use, `known` is the relation with the categories that models were built with
 * @returns {string} SQL statements
 */
function touchedContractDays({ self, views, superseded, apps, known }) {
  return `create temporary table touched_contract_days on commit drop as
    select log_date, contract
    from ${views}
    where ${batches.holds('_load_id', true)}
    union
    ${taken({ views, superseded, columns: 'log_date, contract' })}
    union
    -- One app after the other, so that nothing is read where none has changed.
    select watched.log_date, watched.contract
    from (
        ${changedApps({ self, apps, known })}
    ) as changed
    cross join lateral (
        select log_date, contract
        from ${views} as staged
        where staged.app_name = changed.app_name and staged._load_id <= (select upto_id from batch)
        offset 0
    ) as watched;
    analyze touched_contract_days;`
}

/**
 * Deletes what `touched_contract_days` names from a table by day and contract; a new day costs nothing.
 * @param {string} self the relation, with `date` and `contract`
 * @returns {string} SQL statement
 */
function deleteTouched(self) {
  return `delete from ${self}
    where
        date = any (array(
            select days.log_date
            from (select distinct log_date from touched_contract_days) as days
            cross join lateral (
                select
                from ${self} as held
                where held.date = days.log_date
                limit 1
            ) as held
        ))
        and (date, contract) in (select log_date, contract from touched_contract_days);`
}

/** Apps that count for another category than when the model was last built, when an unknown one counted for the others. */
function changedApps({ self, apps, known }) {
  return `select now.app_name
        from ${apps} as now
        left join ${known} as before
            on before.app_name = now.app_name and before.model = '${batches.model(self)}'
        where coalesce(before.category, '${OTHERS}') <> now.category`
}

/**
 * The categories that a model was built with, for models that read it.
 * @param {{ known: string, model: string }} step
 * @returns {string} a query in parentheses: app_name, category
 */
function builtWith({ known, model }) {
  return `(select app_name, category from ${known} where model = '${batches.model(model)}')`
}

/**
 * Records with which categories a model is built. Rows that stay as they were are not written.
 * @param {{ self: string, apps: string, known: string }} step
 * @returns {string} SQL statements
 */
function recordCategories({ self, apps, known }) {
  const model = `'${batches.model(self)}'`
  return `delete from ${known}
    where model = ${model} and app_name not in (select app_name from ${apps});
    insert into ${known} as before (model, app_name, category)
    select ${model}, app_name, category
    from ${apps}
    on conflict (model, app_name) do update set category = excluded.category
    where before.category <> excluded.category;`
}

module.exports = {
  taken,
  touched,
  touchedContractDays,
  deleteTouched,
  builtWith,
  recordCategories,
}
