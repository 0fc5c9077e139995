/**
 * Sessions: a visit that the site named, else a run of interactions without a long pause.
 */
const keys = require('./keys.js')
const dates = require('./dates.js')

/**
 * The variable `session_gap_minutes`, checked.
 * @param {string} minutes a whole number above 0
 * @returns {string} SQL of type interval
 */
function gap(minutes) {
  if (!/^[1-9]\d*$/.test(minutes)) {
    throw new Error(`session_gap_minutes must be a whole number above 0, not "${minutes}"`)
  }
  return `interval '${minutes} minutes'`
}

/**
 * Gives every row its session. Rows with a session id belong to that id's session of that user (two users
 * with one id have two sessions). The others are cut, user by user, where the pause since the previous row
 * without an id is longer than the gap; a pause of exactly the gap, or midnight, cuts nothing.
 * @param {{ from: string, gapMinutes: string }} source `from` is a relation with interaction_id, user_id,
 *   session_id, event_at, event_date and _load_id
 * @returns {string} a query: those columns and `session_key`
 */
function sessionized({ from, gapMinutes }) {
  const startedAt = `${dates.milliseconds('session_start')}::text`
  return `select
    interaction_id,
    user_id,
    session_id,
    ${keySql(startedAt)} as session_key,
    event_at,
    event_date,
    _load_id
from (
    select
        *,
        max(event_at) filter (where is_first) over user_rows as session_start
    from (
        select
            *,
            coalesce(
                event_at - lag(event_at) over user_rows > ${gap(gapMinutes)},
                true
            ) as is_first
        from ${from}
        window user_rows as (
            partition by user_id, session_id is null
            order by event_at, interaction_id
        )
    ) as cut
    window user_rows as (
        partition by user_id, session_id is null
        order by event_at, interaction_id
    )
) as started`
}

function keySql(startedAt) {
  return `case
        when session_id is not null then ${keys.hash('user_id', "'id'", 'session_id')}
        else ${keys.hash('user_id', "'start'", startedAt)}
    end`
}

/** The order of a session's interactions, the same in every build. */
const ORDER = 'event_at, action, page_url, interaction_id'

module.exports = { gap, sessionized, ORDER }
