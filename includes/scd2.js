/**
 * Slowly changing dimensions of type 2: one row per key and period in which its tracked columns kept their values,
 * made from successive full extracts or from a feed of changes, in whatever order they arrive.
 *
 * A model that uses this is incremental with the unique key (key, valid_from), and has
 *   pre_operations  { ${scd2.open({...})} }   a temporary table `versions`
 *   its query       select ... from versions
 *   post_operations { ${scd2.close({...})} }
 * `dimension` declares such a model in one call. docs/slowly-changing-dimensions.md explains both.
 */
const batches = require('./batches.js')
const extracts = require('./extracts.js')

const { names } = extracts
const OWN = ['valid_from', 'valid_to', 'is_current', 'is_deleted', 'deleted_at']

/**
 * @typedef {object} History
 * @property {string} from the relation with the rows: key, columns, `at`, _load_id, _line
 * @property {readonly string[]} key names of the columns that say which thing it is; never NULL
 * @property {readonly string[]} columns the other columns of the dimension
 * @property {readonly string[]} [tracked] the columns of `from` a change of which makes a version; else `columns`.
 *   Columns that are not tracked keep the value of the version's first row
 * @property {string} [at] the column with the date of the extract; of a feed, with the time of the change
 * @property {string} [deleted] makes it a feed of changes: SQL of type boolean, whether the row says that the thing is
 *   gone. Without it every date is a full extract, and what it doesn't have is gone
 * @property {string} [seen] a query: key, `at`, _load_id, _line of rows that show that a thing was there and
 *   nothing else, such as rows in quarantine. They keep it from being taken for deleted
 * @property {readonly string[]} [parts] columns that tell the files of one extract apart, if it has several; else a
 *   newer load takes the place of the whole extract of that date
 * @property {number | string} [minShare] an extract with fewer keys than this share of the last one that counted is
 *   held: left out, and recorded as such. 0.8 if not given
 * @property {string} [accepted] dates of extracts that count however small they are, separated by commas
 * @property {string} [firstValidFrom] SQL over the columns: from when a thing's first version is valid, if earlier
 */

const same = (columns, other) =>
  columns.map((column) => `known."${column}" = ${other}."${column}"`).join(' and ')

/** The settings with their defaults, and what all steps derive from them. */
function read(settings) {
  const {
    from,
    key,
    columns,
    tracked = columns,
    at = '_extract_date',
    deleted,
    seen,
    parts = [],
  } = settings
  if (key.length === 0) throw new Error('scd2: the key needs at least one column')
  const taken = [...key, ...columns].filter((column) => OWN.includes(column))
  if (taken.length > 0) throw new Error(`scd2: makes these columns itself: ${taken.join(', ')}`)
  const values = [...new Set([...columns, ...tracked])]
  // A feed knows no extracts, so there is nothing that a row in quarantine could keep alive.
  if (deleted !== undefined && seen !== undefined)
    throw new Error('scd2: `seen` is for full extracts, not for a feed of changes')
  const place = `"${at}" as _at, ${names(['_load_id', '_line', ...parts])}`
  const kept = `select ${names(key)}, ${place}, false as _is_usable, ${values.map(() => 'null').join(', ')}
        from (${seen}) as seen`
  const rows = `select ${names(key)}, ${place}, true as _is_usable, ${names(values)}${
    deleted === undefined ? '' : `, (${deleted}) as _is_deleted`
  }
        from ${from}${seen === undefined ? '' : `\n        union all\n        ${kept}`}`
  return { minShare: 0.8, accepted: '', ...settings, tracked, parts, values, rows }
}

/**
 * Every usable row of a key where it counts, with the date of the next extract (of a feed: the next change) in
 * `next_at`.
 */
function placed({ key, values, rows, deleted, incremental }) {
  const ofThem = incremental ? `join affected_keys using (${names(key)})` : ''
  const columns = `${names(key)}, _at, _is_usable, ${names(values)}`
  if (deleted === undefined)
    return `select distinct on (${names(key)}, _at)
            ${columns},
            extracts.next_date as next_at
        from extracts
        cross join unnest(extracts.load_ids) as loads (_load_id)
        join (${rows}) as arrived
            on arrived._load_id = loads._load_id and arrived._at = extracts.extract_date
        ${ofThem}
        where not extracts.is_held
        order by ${names(key)}, _at, ${extracts.LATEST.replace('_load_id', 'arrived._load_id')}`
  return `select ${columns}, next_at
        from (
            select *, lead(_at) over (partition by ${names(key)} order by _at) as next_at
            from (
                select distinct on (${names(key)}, _at) arrived.*
                from (${rows}) as arrived
                ${ofThem}
                where _load_id <= (select upto_id from batch)
                order by ${names(key)}, _at, ${extracts.LATEST}
            ) as changes
        ) as changes
        where _is_deleted is not true`
}

/** The query of `versions`, from the placed rows. */
function versions({ key, columns, tracked, firstValidFrom, ...rest }) {
  const ofKey = `partition by ${names(key)}`
  const from =
    firstValidFrom === undefined
      ? '_at'
      : `case when place = 1 then least(${firstValidFrom}, _at) else _at end`
  return `with
    placed as (
        ${placed({ key, ...rest })}
    ),
    -- A run is a thing's presence without a gap: it starts where the extract before doesn't have it.
    starts as (
        select *, lag(next_at) over (${ofKey} order by _at) is distinct from _at as is_start
        from placed
    ),
    runs as (
        select *, count(*) filter (where is_start) over (${ofKey} order by _at) as run
        from starts
    ),
    ends as (
        select
            *,
            last_value(next_at) over (
                ${ofKey}, run order by _at rows between unbounded preceding and unbounded following
            ) as gone_at
        from runs
    ),
    changes as (
        select
            *,
            row_number() over in_run = 1
            or row(${names(tracked)}) is distinct from lag(row(${names(tracked)})) over in_run as is_change
        from ends
        where _is_usable
        window in_run as (${ofKey}, run order by _at)
    ),
    bounded as (
        select
            *,
            row_number() over (${ofKey} order by _at) as place,
            lead(_at) over (${ofKey} order by _at) is null as is_last,
            lead(_at) over (${ofKey}, run order by _at) as replaced_at
        from changes
        where is_change
    )
    select
        ${names([...key, ...columns])},
        ${from} as valid_from,
        coalesce(replaced_at, gone_at) as valid_to,
        replaced_at is null and gone_at is null as is_current,
        is_last and gone_at is not null as is_deleted,
        case when replaced_at is null then gone_at end as deleted_at
    from bounded`
}

/**
 * Makes the temporary table `versions` with what the run has to write: all versions, or those of the keys that the
 * batch touches; and takes versions out of the model that there are no more.
 * @param {History & { self: string, watermarks: string, extracts?: string, upto: string, incremental: boolean }} settings
 *   besides the history: the model, the relation of the watermarks, that of the extracts (not for a feed), the newest
 *   load to look at (as for `batches.open`), and whether the model is built on
 * @returns {string} SQL statements
 */
function open(settings) {
  const history = read(settings)
  const { self, key, rows, deleted, incremental } = history
  const steps = [batches.open(settings)]
  if (deleted === undefined) steps.push(extracts.find(history))
  if (incremental)
    steps.push(
      deleted === undefined
        ? extracts.affectedKeys(history)
        : `create temporary table affected_keys on commit drop as
    select distinct ${names(key)}
    from (${rows}) as arrived
    where ${batches.holds('_load_id', true)};
    analyze affected_keys;`,
    )
  steps.push(`create temporary table versions on commit drop as
    ${versions(history)};`)
  if (incremental)
    steps.push(`delete from ${self} as known
    using affected_keys
    where
        ${same(key, 'affected_keys')}
        and not exists (select from versions where ${same([...key, 'valid_from'], 'versions')});`)
  return steps.join('\n    ')
}

/**
 * Records how far the model is, and which extracts count.
 * @param {{ self: string, watermarks: string, extracts?: string }} step as given to `open`
 * @returns {string} SQL statements
 */
function close(step) {
  return [
    ...(step.extracts === undefined ? [] : [extracts.record(step)]),
    batches.close(step),
  ].join('\n    ')
}

/**
 * The extracts that are held: too small to be believed.
 * @param {string} recorded the relation of the extracts
 * @param {...string} models the dimensions
 * @returns {string} a query: model, extract_date, keys, keys_before
 */
function held(recorded, ...models) {
  const of = models.map((relation) => `'${batches.model(relation)}'`).join(', ')
  return `select model, extract_date, keys, keys_before
from ${recorded}
where is_held and model in (${of})`
}

function newestOf(from, seen) {
  return seen === undefined
    ? batches.newestLoad(from)
    : `greatest(${batches.newestLoad(from)}, ${batches.newestLoad(`(${seen}) as seen`)})`
}

/**
 * Declares a dimension in one call, in a file of definitions/:
 * `scd2.dimension('dim_plans', { from: 'stg_plans', key: ['plan_id'], columns: ['price', 'currency'] })`.
 * @param {string} name the dimension
 * @param {Omit<History, 'from'> & { from: string | object, config?: object }} settings `from` as `ref` takes it;
 *   `config` is further config: schema, tags, description
 * @returns the action, for more of its methods
 */
function dimension(name, { from, config, ...history }) {
  const step = (ctx) => ({
    self: ctx.self(),
    watermarks: ctx.ref('shared', 'int_watermarks'),
    ...(history.deleted === undefined ? { extracts: ctx.ref('shared', 'int_extracts') } : {}),
  })
  const columns = names([...history.key, ...history.columns, ...OWN])
  return publish(name, {
    type: 'incremental',
    uniqueKey: [...history.key, 'valid_from'],
    protected: false,
    ...config,
  })
    .preOps((ctx) =>
      open({
        ...history,
        ...step(ctx),
        from: ctx.ref(from),
        upto: newestOf(ctx.ref(from), history.seen),
        incremental: ctx.incremental(),
      }),
    )
    .query(`select ${columns} from versions`)
    .postOps((ctx) => close(step(ctx)))
}

module.exports = { open, close, held, dimension }
