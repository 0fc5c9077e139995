/**
 * What of the product's aggregates has to be made anew. The models that aggregates are made from say which days and
 * cohorts a run changed, for each aggregate by itself, in the transaction that changed them; the aggregate takes them
 * in the transaction that makes them anew. After a run nothing is left.
 *
 * Not by load ids: a user who changes moves days of long ago, and one who is gone has no load at all.
 */

/** Rows are in one order, so that two writers can't wait for each other. */
function insert(relation, columns, query) {
  return `insert into ${relation} (${columns.join(', ')})
    select distinct ${columns.join(', ')}
    from (
        ${query}
    ) as stale
    order by ${columns.join(', ')}
    -- Updated rather than left alone: an aggregate that is taking it at this moment waits for us, and we for it.
    on conflict (${columns.join(', ')}) do update set ${columns[0]} = excluded.${columns[0]};`
}

/**
 * Says which days are stale.
 * @param {string} stale the relation of stale days
 * @param {Readonly<Record<string, string>>} days by aggregate a query of one column, the days
 * @returns {string} SQL statement
 */
function addDays(stale, days) {
  const each = Object.entries(days).map(
    ([model, query]) => `select '${model}' as model, date
        from (${query}) as days (date)
        where date is not null`,
  )
  return insert(stale, ['model', 'date'], each.join('\n        union all\n        '))
}

/**
 * Says which cohorts are stale.
 * @param {string} stale the relation of stale cohorts
 * @param {string} cohorts a query: cohort_week, platform
 * @returns {string} SQL statement
 */
function addCohorts(stale, cohorts) {
  return insert(stale, ['cohort_week', 'platform'], cohorts)
}

/**
 * Takes an aggregate's stale days: makes the temporary table `stale_days (date)`.
 * @param {string} stale the relation of stale days
 * @param {string} model the aggregate
 * @returns {string} SQL statements
 */
function takeDays(stale, model) {
  return `create temporary table stale_days on commit drop as
    select date
    from ${stale}
    where model = '${model}';
    delete from ${stale}
    where model = '${model}' and date in (select date from stale_days);
    analyze stale_days;`
}

/**
 * Takes the stale cohorts: makes the temporary table `stale_cohorts (cohort_week, platform)`.
 * @param {string} stale the relation of stale cohorts
 * @returns {string} SQL statements
 */
function takeCohorts(stale) {
  return `create temporary table stale_cohorts on commit drop as
    select
        cohort_week,
        platform
    from ${stale};
    delete from ${stale}
    where (cohort_week, platform) in (select cohort_week, platform from stale_cohorts);
    analyze stale_cohorts;`
}

module.exports = { addDays, addCohorts, takeDays, takeCohorts }
