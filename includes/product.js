/**
 * What the models of the product domain share: its platforms and types of events, who waits for what, and the limits of
 * its checks.
 */
const batches = require('./batches.js')
const queues = require('./queues.js')
const text = require('./text.js')

/** The apps, and what kind each is. */
const PLATFORMS = {
  facebook: 'social',
  instagram: 'media',
  messenger: 'messaging',
  whatsapp: 'messaging',
  threads: 'social',
}

/** The types of events, by category. */
const EVENT_TYPES = {
  session: ['app_open', 'notification_open', 'session_end'],
  content: ['content_create', 'story_create'],
  monetization: ['ad_impression', 'ad_click'],
  engagement: [
    'content_view',
    'like',
    'comment',
    'share',
    'message_sent',
    'story_view',
    'search',
    'profile_view',
  ],
}

/** What the system does by itself, or a user by leaving: nobody is active by it. */
const PASSIVE = ['ad_impression', 'session_end']

/** What a user is like; a change of one of these makes a version. */
const TRACKED = ['country', 'age_group', 'device_type', 'user_segment', 'primary_platform']

/** The models that have to know of every user who changed: see `takeChangedUsers`. */
const READERS_OF_USERS = ['fct_events', 'int_users']

/** What the checks allow; the least numbers of events and users are variables. */
const LIMITS = {
  platforms: 5,
  eventTypes: 10,
  days: 365,
  nullShare: 0.01,
  sessionNullShare: 0.05,
  quarantineShare: 0.05,
}

const platforms = Object.keys(PLATFORMS)
const eventTypes = Object.values(EVENT_TYPES).flat()

/** Rows for `values`: platform, platform_category. */
const platformRows = Object.entries(PLATFORMS)
  .map(([platform, category]) => `('${platform}', '${category}')`)
  .join(',\n        ')

/** Rows for `values`: event_type, event_category, is_active_event. */
const eventTypeRows = Object.entries(EVENT_TYPES)
  .flatMap(([category, types]) =>
    types.map((type) => `('${type}', '${category}', ${!PASSIVE.includes(type)})`),
  )
  .join(',\n        ')

/**
 * A variable that is the least number of something, checked.
 * @param {string} name
 * @param {Readonly<Record<string, string>>} vars the project's variables
 * @returns {string} SQL
 */
function least(name, vars) {
  if (!/^\d{1,9}$/.test(vars[name]))
    throw new Error(`${name} must be a whole number, not "${vars[name]}"`)
  return vars[name]
}

/**
 * The user of a raw row, by an expression that raw events are indexed by.
 * @param {string} alias of the raw table
 * @returns {string} SQL of type text
 */
function userOf(alias) {
  return text.id(`${alias}.user_id`)
}

/**
 * Holds off loads of these tables until the transaction ends, and waits for those that are under way, as the loader does
 * by itself for one table. So all loads are there up to the newest that is seen in any of them.
 * @param {...string} raws the relations
 * @returns {string} SQL statements
 */
function holdLoads(...raws) {
  return raws
    .map(
      (raw) =>
        `select pg_advisory_xact_lock(hashtextextended('dataform:load:${batches.model(raw)}', 0));`,
    )
    .join('\n    ')
}

/**
 * Makes `taken_up (_load_id, _file, _line)`: the raw rows of earlier batches whose user has become known in this one.
 * @param {{ raw: string, known: string, source?: string }} step the raw events, the users with the load that
 *   made them known, and the name of the batch if the model has several
 * @returns {string} SQL statements
 */
function takeUp({ raw, known, source }) {
  return `create temporary table taken_up on commit drop as
    select
        arrived._load_id,
        arrived._file,
        arrived._line
    from (
        select user_id
        from ${known}
        where ${batches.holds('_load_id', true, source)}
    ) as known
    join ${raw} as arrived on ${userOf('arrived')} = known.user_id
    where arrived._load_id <= ${batches.after(source)};
    analyze taken_up;`
}

/**
 * Tells every model that reads users which ones may have changed: they wait for it until it takes them.
 * @param {{ queue: string, users: string }} step `users` is a query of one column
 * @returns {string} SQL statement
 */
function tellOfChangedUsers({ queue, users }) {
  const readers = READERS_OF_USERS.map((reader) => `('${reader}')`).join(', ')
  const things = `select
        reader,
        changed.user_id
    from (${users}) as changed (user_id)
    cross join (values ${readers}) as readers (reader)`
  return queues.add({ queue, columns: ['reader', 'user_id'], things })
}

/**
 * Makes `changed_users (user_id)`: the users whose versions have come, changed or gone since the model last asked, and
 * takes them off the queue. What a full build reads is everything, so it only takes.
 * @param {{ queue: string, reader: string }} step `reader` is one of `READERS_OF_USERS`
 * @returns {string} SQL statements
 */
function takeChangedUsers({ queue, reader }) {
  if (!READERS_OF_USERS.includes(reader))
    throw new Error(`includes/product.js does not name ${reader} among those who read users`)
  const whose = `reader = '${reader}'`
  return queues.take({ queue, columns: ['user_id'], into: 'changed_users', whose })
}

/**
 * How many events lack something, if they are more than a share of all.
 * @param {string} days the relation of days, with `events` and, as `without_` and what it is, those that lack it
 * @param {string} what
 * @param {number} share 0 to 1
 * @returns {string} a query: without, events
 */
function eventsWithout(days, what, share) {
  return `with

counted as (
    select
        sum(without_${what}) as without,
        sum(events) as events
    from ${days}
)

select
    without,
    events
from counted
where without > ${share} * events`
}

module.exports = {
  platforms,
  eventTypes,
  platformRows,
  eventTypeRows,
  TRACKED,
  LIMITS,
  least,
  userOf,
  holdLoads,
  takeUp,
  tellOfChangedUsers,
  takeChangedUsers,
  eventsWithout,
}
