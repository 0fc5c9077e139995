/**
 * Full extracts of a source, one a day at most: which loads each consists of, which are held back because
 * too much is missing in them, and whose history a run has to look at again. For `scd2.js`.
 *
 * `rows` is a query: the key's columns, _at (the extract's date), _load_id, _line, _is_usable, the columns
 * that tell parts of one extract apart (if any), and further columns.
 */
const batches = require('./batches.js')
const { isDay } = require('./dates.js')

const names = (columns) => columns.map((column) => `"${column}"`).join(', ')

/**
 * The share that an extract must reach, and the dates that are excused from it, checked.
 * @param {{ minShare: number | string, accepted: string }} limits `accepted` is dates, separated by commas
 * @returns {string} SQL of type boolean over ordered.keys and judged.keys_accepted: whether it is held
 */
function tooSmall({ minShare, accepted }) {
  const share = Number(minShare)
  if (!(share >= 0 && share <= 1))
    throw new Error(`scd2: minShare must be a number from 0 to 1, not "${minShare}"`)
  const dates = accepted.split(',').flatMap((date) => (date.trim() === '' ? [] : [date.trim()]))
  const wrong = dates.filter((date) => !isDay(date))
  if (wrong.length > 0) throw new Error(`scd2: accepted extracts: not a date: ${wrong.join(', ')}`)
  const excused = dates.map((date) => `date '${date}'`).join(', ')
  return `ordered.keys < ${share} * judged.keys_accepted${
    excused === '' ? '' : ` and ordered.extract_date not in (${excused})`
  }`
}

/**
 * Makes `extracts`: every extract with its loads and number of keys; whether it is held, by comparison with the
 * one before it that counted; and, among those that count, the loads before and the date after it. A newer load of
 * the same extract (or of the same part of it) takes the place of the older one.
 * Only extracts that the batch touches are counted; the others are as they were recorded.
 * @param {{ rows: string, key: readonly string[], parts: readonly string[], minShare: number | string,
 *   accepted: string, self: string, extracts: string, incremental: boolean }} source
 * @returns {string} SQL statements
 */
function find({ rows, key, parts, minShare, accepted, self, extracts, incremental }) {
  const identity = ['_at', ...parts]
  const model = `'${batches.model(self)}'`
  // As an array, so that the rows of these extracts are found by index.
  const isTouched = '_at = any (array(select _at from touched_extracts))'
  const touched = `create temporary table touched_extracts on commit drop as
    select distinct _at
    from (${rows}) as arrived
    where ${batches.holds('_load_id', true)};
    `
  return `${incremental ? touched : ''}create temporary table extracts on commit drop as
    with recursive
    -- Read for what each step needs of it, not kept whole.
    arrived as not materialized (
        select *
        from (${rows}) as arrived
        where
            _load_id <= (select upto_id from batch)
            ${incremental ? `and ${isTouched}` : ''}
    ),
    newest as (
        select
            ${names(identity)},
            max(_load_id) as _load_id
        from arrived
        group by ${names(identity)}
    ),
    counted as (
        select
            _at as extract_date,
            array_agg(distinct _load_id order by _load_id) as load_ids,
            count(distinct (${names(key)})) as keys
        from newest
        join arrived using (${names([...identity, '_load_id'])})
        group by _at
        ${
          incremental
            ? `union all
        select
            extract_date,
            load_ids,
            keys
        from ${extracts}
        where model = ${model} and extract_date not in (select _at from touched_extracts)`
            : ''
        }
    ),
    ordered as (
        select
            extract_date,
            load_ids,
            keys,
            row_number() over (order by extract_date) as place
        from counted
    ),
    judged as (
        select
            extract_date,
            load_ids,
            keys,
            place,
            null::bigint as keys_before,
            keys as keys_accepted,
            false as is_held
        from ordered
        where place = 1
        union all
        select
            ordered.extract_date,
            ordered.load_ids,
            ordered.keys,
            ordered.place,
            judged.keys_accepted,
            case when verdict.is_held then judged.keys_accepted else ordered.keys end,
            verdict.is_held
        from judged
        join ordered on ordered.place = judged.place + 1
        cross join lateral (select ${tooSmall({ minShare, accepted })} as is_held) as verdict
    )
    select
        extract_date,
        load_ids,
        keys,
        keys_before,
        is_held,
        lead(extract_date) over (partition by is_held order by extract_date) as next_date
    from judged;
    analyze extracts;`
}

/**
 * Makes `affected_keys`: the keys whose history can change. An extract that comes in or falls out changes it only for
 * keys that it has otherwise than the extract before it.
 * @param {{ rows: string, key: readonly string[], tracked: readonly string[], self: string, extracts: string }} source
 * @returns {string} SQL statements
 */
function affectedKeys({ rows, key, tracked, self, extracts }) {
  const inOrder = (from) => `select
                extract_date,
                load_ids,
                lag(extract_date) over (order by extract_date) as date_before,
                lag(load_ids) over (order by extract_date) as loads_before
            from ${from}`
  const state = `step, ${names([...key, '_is_usable', ...tracked])}`
  const side = (name) => `select ${state} from states where side = '${name}'`
  return `create temporary table affected_keys on commit drop as
    with
    known as (
        ${inOrder(`${extracts} where model = '${batches.model(self)}' and not is_held`)}
    ),
    counting as (
        ${inOrder('extracts where not is_held')}
    ),
    steps as (
        select
            row_number() over () as step,
            moved.*
        from (
            select counting.*
            from counting
            left join known using (extract_date, load_ids)
            where known.extract_date is null
            union all
            select known.*
            from known
            left join counting using (extract_date, load_ids)
            where counting.extract_date is null
        ) as moved
    ),
    places as (
        select step, 'here' as side, extract_date as _at, unnest(load_ids) as _load_id
        from steps
        union all
        select step, 'before', date_before, unnest(loads_before)
        from steps
    ),
    states as (
        select distinct on (step, side, ${names(key)})
            side,
            ${state}
        from places
        join (${rows}) as arrived using (_at, _load_id)
        where _load_id = any (array(select _load_id from places))
        order by step, side, ${names(key)}, ${LATEST}
    )
    select distinct ${names(key)}
    from (
        (${side('here')} except ${side('before')})
        union all
        (${side('before')} except ${side('here')})
    ) as different;
    analyze affected_keys;`
}

/** Of several rows of a key in one extract, which one counts: the first in this order. */
const LATEST = '_is_usable desc, _load_id desc, _line desc'

/**
 * Records which extracts count and which are held. Rows that stay as they were are not written.
 * @param {{ self: string, extracts: string }} step
 * @returns {string} SQL statements
 */
function record({ self, extracts }) {
  const model = `'${batches.model(self)}'`
  const values = ['load_ids', 'keys', 'keys_before', 'is_held']
  const all = (alias) => values.map((column) => `${alias}.${column}`).join(', ')
  return `delete from ${extracts}
    where model = ${model} and extract_date not in (select extract_date from extracts);
    insert into ${extracts} as known (model, extract_date, ${values.join(', ')})
    select ${model}, extract_date, ${values.join(', ')}
    from extracts
    on conflict (model, extract_date) do update
    set (${values.join(', ')}) = row(${all('excluded')})
    where (${all('known')}) is distinct from (${all('excluded')});`
}

module.exports = { names, find, affectedKeys, record, LATEST }
