/**
 * Checks of how much there is of a day, by what there is of others.
 */

/**
 * The days that are missing between the first and the last.
 * @param {{ days: string, calendar: string }} relations both with `date`
 * @returns {string} a query: date
 */
function missingDays({ days, calendar }) {
  return `with

days as (
    select date
    from ${days}
)

select expected.date
from ${calendar} as expected
where
    expected.date > (select min(date) from days)
    and expected.date < (select max(date) from days)
    and not exists (select from days where days.date = expected.date)`
}

/**
 * The days whose count is far from the median of the days before, of which three at least must be there.
 * @param {{ days: string, count: string, by?: string, daysBefore: number, least: number, most: number }} check `days` is
 *   a query: date, the count and, if each has days of its own, what they are `by`; `least` and `most` are times the median
 * @returns {string} a query: `by`, date, the count, median
 */
function unusualDays({ days, count, by, daysBefore, least, most }) {
  const columns = [...(by === undefined ? [] : [by]), 'date', count]
  return `with

days as (
    ${days}
),

compared as (
    select
        ${columns.map((column) => `days.${column}`).join(',\n        ')},
        before.median,
        before.days as days_before
    from days
    cross join lateral (
        select
            percentile_cont(0.5) within group (order by earlier.${count}) as median,
            count(*) as days
        from days as earlier
        where
            earlier.date between days.date - ${daysBefore} and days.date - 1
            ${by === undefined ? '' : `and earlier.${by} = days.${by}`}
    ) as before
)

select
    ${columns.join(',\n    ')},
    median
from compared
where
    ${count} not between ${least} * median and ${most} * median
    and days_before >= 3`
}

module.exports = { missingDays, unusualDays }
