/**
 * What a user can accept of the suggestions, by the names of the events.
 */
const HASHTAGS = 'suggested_hashtags_inserted'
const BEST_TIME = 'scheduled_at_best_time'

/** Every event that there is. */
const EVENTS = [HASHTAGS, BEST_TIME]

module.exports = { HASHTAGS, BEST_TIME, EVENTS }
