/**
 * Growth from one period to the next, day by day and ISO week by ISO week: who is new, who stayed, who came back and who
 * went. One definition for both; a period is named by its first day.
 */
const { ALL, isAmong, loaded, splits, weekOf } = require('./product_metrics.js')

/**
 * @typedef {{ known: string, days: number, of: (day: string) => string, signup: string }} Period `known`: columns of the
 *   model, the period and whether it had been loaded whole; `of`: the period of a day; `signup`: of a user's signup
 */

/** @type {Readonly<Record<'day' | 'week', Period>>} */
const PERIODS = {
  day: { known: 'date, true', days: 1, of: (day) => day, signup: 'signup_date' },
  week: { known: 'week_start, is_complete', days: 7, of: weekOf, signup: 'cohort_week' },
}

/**
 * The periods from the first with events to the last, and whether all their days are among those.
 * @param {{ period: Period, userDays: string }} model
 * @returns {string} a query: date, is_complete
 */
function calendar({ period, userDays }) {
  return `select
            period::date as date,
            period::date >= first_day and period::date + ${period.days - 1} <= last_day as is_complete
        from (
            ${loaded(userDays)}
        ) as loaded
        cross join generate_series(
            ${period.of('first_day')}::timestamp, last_day::timestamp, interval '${period.days} days'
        ) as period`
}

/**
 * Makes the temporary tables `recomputed_periods (date, is_complete)`, what has to be made anew, and `read_days (date)`,
 * the days that this takes: those of these periods and of the ones before them. Needs `stale_days`.
 * @param {{ period: Period, self: string, userDays: string, incremental: boolean }} model
 * @returns {string} SQL statements
 */
function recomputed({ period, self, userDays, incremental }) {
  return `create temporary table recomputed_periods on commit drop as
    select
        date,
        is_complete
    from (
        ${calendar({ period, userDays })}
    ) as calendar
    ${
      incremental
        ? `where
        date in (select date from stale_days)
        or (date, is_complete) not in (select ${period.known} from ${self})`
        : ''
    };
    create temporary table read_days on commit drop as
    select distinct recomputed_periods.date + day_of as date
    from recomputed_periods
    cross join generate_series(-${period.days}, ${period.days - 1}) as day_of;
    analyze recomputed_periods, read_days;`
}

/** The newest period before a row's in which the user was active, unless it is the one before: found by index. */
const previousByIndex = ({ period, userDays }) => `left join lateral (
        select known.event_date
        from ${userDays} as known
        where
            followed.previous_date is distinct from followed.date - ${period.days}
            and known.user_id = followed.user_id
            and known.event_date < followed.date
            and known.active_events > 0
            and (followed.platform = '${ALL}' or known.platform = followed.platform)
        order by known.event_date desc
        limit 1
    ) as earlier on true`

/**
 * The query of growth: steps as a `with` clause that ends with `growth (date, is_complete, platform, active_users,
 * new_users, early_users, retained_users, resurrected_users, churned_users, avg_resurrection_gap,
 * median_resurrection_gap)`.
 * @param {{ period: Period, userDays: string, users: string, incremental: boolean }} model
 * @returns {string} SQL
 */
function steps({ period, userDays, users, incremental }) {
  const previous = incremental
    ? // Between the periods read there may be others, all but between one and the next.
      `coalesce(${period.of('earlier.event_date')}, followed.previous_date)`
    : 'followed.previous_date'
  return `with

-- Periods in which a user was active, on each platform and on any.
active as (
    select distinct
        platforms.platform,
        user_days.user_id,
        ${period.of('user_days.event_date')} as date
    from ${userDays} as user_days
    cross join lateral (values (user_days.platform), ('${ALL}')) as platforms (platform)
    where
        user_days.active_events > 0
        ${incremental ? `and ${isAmong('read_days', 'user_days.event_date')}` : ''}
),

-- With the periods of activity before and after among those that were read.
followed as (
    select
        platform,
        user_id,
        date,
        lag(date) over by_user as previous_date,
        lead(date) over by_user as next_date
    from active
    -- By bytes, which is quicker: any order of users will do.
    window by_user as (partition by platform, user_id collate "C" order by date)
),

placed as (
    select
        followed.platform,
        followed.user_id,
        followed.date,
        ${previous} as previous_date
    from followed
    ${incremental ? previousByIndex({ period, userDays }) : ''}
    ${incremental ? 'where followed.date in (select date from recomputed_periods)' : ''}
),

classified as (
    select
        placed.platform,
        placed.date,
        (placed.date - placed.previous_date) / ${period.days} as gap,
        users.${period.signup} is not distinct from placed.date as is_new,
        placed.previous_date is not distinct from placed.date - ${period.days} as was_active
    from placed
    left join ${users} as users using (user_id)
),

present as (
    select
        platform,
        date,
        count(*) as active_users,
        count(*) filter (where is_new) as new_users,
        count(*) filter (where is_new and was_active) as early_users,
        count(*) filter (where was_active and not is_new) as retained_users,
        count(*) filter (where not was_active and not is_new) as resurrected_users,
        avg(gap) filter (where not was_active and not is_new) as avg_resurrection_gap,
        percentile_cont(0.5) within group (order by gap) filter (where not was_active and not is_new)
            as median_resurrection_gap
    from classified
    group by platform, date
),

gone as (
    select
        platform,
        date + ${period.days} as date,
        count(*) as churned_users
    from followed
    where next_date is distinct from date + ${period.days}
    group by platform, date
),

growth as (
    select
        recomputed_periods.date,
        recomputed_periods.is_complete,
        platforms.platform,
        coalesce(present.active_users, 0) as active_users,
        coalesce(present.new_users, 0) as new_users,
        coalesce(present.early_users, 0) as early_users,
        coalesce(present.retained_users, 0) as retained_users,
        coalesce(present.resurrected_users, 0) as resurrected_users,
        coalesce(gone.churned_users, 0) as churned_users,
        present.avg_resurrection_gap,
        present.median_resurrection_gap
    from recomputed_periods
    cross join unnest(${splits}) as platforms (platform)
    left join present using (date, platform)
    left join gone using (date, platform)
)`
}

module.exports = { ...PERIODS, calendar, recomputed, steps }
