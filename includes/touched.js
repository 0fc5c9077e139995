/**
 * What a batch of interactions changes beyond its own rows, as temporary tables for the rest of the
 * transaction. A new interaction can lengthen, merge or move sessions of its user, and make an earlier day
 * the user's first. Nothing here reads more than the sessions that the batch's rows are now part of.
 */
const batches = require('./batches.js')
const sessions = require('./sessions.js')

/**
 * Makes `affected_sessions (session_key)`: the sessions that hold a row of the batch, and
 * `sessions_before (session_key, session_date)`: the sessions that these same rows formed before it. A session
 * of before that is not among the affected ones has been merged away or starts elsewhere now.
 * @param {{ interactions: string, gapMinutes: string }} source `interactions` is the relation with every
 *   interaction's session key
 * @returns {string} SQL statements
 */
function affectedSessions({ interactions, gapMinutes }) {
  const rowsBefore = `(
        select rows_before.*
        from affected_sessions
        join ${interactions} as rows_before using (session_key)
        where rows_before._load_id <= (select after_id from batch)
    ) as rows_before`
  return `create temporary table affected_sessions on commit drop as
    select distinct session_key
    from ${interactions}
    where ${batches.holds('_load_id', true)};
    analyze affected_sessions;
    create temporary table sessions_before on commit drop as
    select
        session_key,
        min(event_date) as session_date
    from (
        ${sessions.sessionized({ from: rowsBefore, gapMinutes })}
    ) as sessionized
    group by session_key;
    analyze sessions_before;`
}

/**
 * Makes `touched_days (event_date)`: the days whose figures can change. Those of the batch's rows, the first
 * days of affected sessions, now and before, and the day that was a user's first until an earlier one came.
 * Needs `affected_sessions` and `sessions_before`.
 * @param {{ interactions: string, userDays: string }} source `userDays` is the relation with every user's
 *   active days and the load that brought each
 * @returns {string} SQL statements
 */
function days({ interactions, userDays }) {
  return `create temporary table touched_days on commit drop as
    select event_date
    from ${interactions}
    where ${batches.holds('_load_id', true)}
    union
    select min(event_date)
    from affected_sessions
    join ${interactions} using (session_key)
    where _load_id <= (select upto_id from batch)
    group by session_key
    union
    select session_date
    from sessions_before
    union
    select first_days.first_day
    from (${firstDaysMoved(userDays)}) as first_days;
    analyze touched_days;`
}

/**
 * The users whose first day a batch moved, and which day was their first before.
 * @param {string} userDays the relation with every user's active days and the load that brought each
 * @returns {string} a query: user_id, first_day
 */
function firstDaysMoved(userDays) {
  return `select
        earliest_new.user_id,
        before.first_day
    from (
        select
            user_id,
            min(event_date) as first_day
        from ${userDays}
        where ${batches.holds('_load_id', true)}
        group by user_id
    ) as earliest_new
    cross join lateral (
        select known.event_date as first_day
        from ${userDays} as known
        where
            known.user_id = earliest_new.user_id
            and known._load_id <= (select after_id from batch)
        order by known.event_date
        limit 1
    ) as before
    where earliest_new.first_day < before.first_day`
}

module.exports = { affectedSessions, days, firstDaysMoved }
