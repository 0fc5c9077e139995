/**
 * Row accounts of a source: of every loaded file, what became of its rows.
 */
const sources = require('./sources.js')

/**
 * The account of each file of the batch. Duplicates are counted by finding the row that came first, not by
 * subtraction: a lost row must unbalance the account.
 * @param {{ source: string, raw: string, typed: string, staged: string, rejects: string, key: readonly string[],
 *   incremental: boolean }} models `source` is the name under which `rejects` has the source's rows; the others are
 *   relations with _load_id, _file and _line; `key` tells staged rows apart
 * @returns {string} a query: source, _load_id, _file, _loaded_at, raw_rows, staged_rows, duplicate_rows,
 *   quarantined_rows
 */
function account({ source, raw, typed, staged, rejects, key, incremental }) {
  const inBatch = sources.holds(source, '_load_id', incremental)
  const origin = '_load_id, _file, _line'
  const staying = `select ${origin} from ${staged} where ${inBatch}`
  const rejected = `select ${origin} from ${rejects} where source = '${source}' and ${inBatch}`
  return `select
        '${source}' as source,
        _load_id,
        _file,
        max(_loaded_at) as _loaded_at,
        count(*) as raw_rows,
        count(*) filter (where fate = 'staged') as staged_rows,
        count(*) filter (where fate = 'duplicate') as duplicate_rows,
        count(*) filter (where fate = 'quarantined') as quarantined_rows
    from (
        select
            _load_id,
            _file,
            arrived._loaded_at,
            case
                when staged.is_there then 'staged'
                when rejected.is_there then 'quarantined'
                when repeated.is_there then 'duplicate'
            end as fate
        from (select ${origin}, _loaded_at from ${raw} where ${inBatch}) as arrived
        left join (select *, true as is_there from (${staying}) as staying) as staged
            using (${origin})
        left join (select *, true as is_there from (${rejected}) as rejected) as rejected
            using (${origin})
        -- Only rows that are neither are typed again; they are few, and found by index.
        left join lateral (
            select true as is_there
            from ${typed} as typed
            join ${staged} as earlier using (${key.join(', ')})
            where
                staged.is_there is null
                and rejected.is_there is null
                and typed._load_id = arrived._load_id
                and typed._line = arrived._line
                and typed._file = arrived._file
                and typed.reason is null
            limit 1
        ) as repeated on true
    ) as rows
    group by _load_id, _file`
}

module.exports = { account }
