/**
 * What became of a file's rows: staged, repeated or in quarantine.
 */

/**
 * Counts, for every loaded file of a source. Repeated rows are counted by finding the row that came first, not by
 * subtraction: a lost row must unbalance the account.
 * @param {{ raw: string, typed: string, staged: string, rejects: string, source: string, key: string | readonly string[],
 *   holds: (loadId: string) => string }} flow the relations on the way of the rows, the raw table's name as the
 *   quarantine has it, the column or columns that rows are told apart by, and which loads to count
 * @returns {string} a query: source, _load_id, _file, _loaded_at and the counts
 */
function ofFiles({ raw, typed, staged, rejects, source, key, holds }) {
  const isAmong = (relation, alias) => `exists (
            select
            from ${relation} as ${alias}
            where
                ${holds(`${alias}._load_id`)}
                and ${alias}._load_id = arrived._load_id
                and ${alias}._line = arrived._line
                and ${alias}._file = arrived._file
        )`
  const quarantine = `(select * from ${rejects} where source = '${source}')`
  return `select
        '${source}' as source,
        _load_id,
        _file,
        raw_rows._loaded_at,
        raw_rows.raw_rows,
        coalesce(staged.staged_rows, 0) as staged_rows,
        coalesce(duplicates.duplicate_rows, 0) as duplicate_rows,
        coalesce(quarantined.quarantined_rows, 0) as quarantined_rows
    from (
        select
            _load_id,
            _file,
            max(_loaded_at) as _loaded_at,
            count(*) as raw_rows
        from ${raw}
        where ${holds('_load_id')}
        group by _load_id, _file
    ) as raw_rows
    left join (
        select
            _load_id,
            _file,
            count(*) as staged_rows
        from ${staged}
        where ${holds('_load_id')}
        group by _load_id, _file
    ) as staged using (_load_id, _file)
    left join (
        ${duplicates({ raw, typed, staged, key, holds, isAmong, quarantine })}
    ) as duplicates using (_load_id, _file)
    left join (
        select
            _load_id,
            _file,
            count(*) as quarantined_rows
        from ${quarantine} as rejected
        where ${holds('_load_id')}
        group by _load_id, _file
    ) as quarantined using (_load_id, _file)`
}

/** Rows that are neither staged nor in quarantine; few, and only these are typed again (by index: `offset 0`). */
function duplicates({ raw, typed, staged, key, holds, isAmong, quarantine }) {
  const keys = [key].flat()
  const columns = [...new Set(['_load_id', '_file', ...keys])]
  return `select
            repeated._load_id,
            repeated._file,
            count(*) as duplicate_rows
        from (
            select
                arrived._load_id,
                arrived._file,
                arrived._line
            from ${raw} as arrived
            where
                ${holds('arrived._load_id')}
                and not ${isAmong(staged, 'placed')}
                and not ${isAmong(quarantine, 'rejected')}
            offset 0
        ) as unplaced
        cross join lateral (
            select
                ${columns.map((column) => `typed.${column}`).join(',\n                ')}
            from ${typed} as typed
            where
                typed._load_id = unplaced._load_id
                and typed._line = unplaced._line
                and typed._file = unplaced._file
                and typed.reason is null
            offset 0
        ) as repeated
        join ${staged} as first_arrival
            on ${keys.map((column) => `first_arrival.${column} = repeated.${column}`).join(' and ')}
        group by repeated._load_id, repeated._file`
}

/**
 * A row as it arrived, for the quarantine: without what loading added.
 * @param {string} alias of the raw table
 * @returns {string} SQL of type jsonb
 */
function asArrived(alias) {
  return `to_jsonb(${alias}) - array['_file', '_line', '_load_id', '_loaded_at']`
}

/**
 * The files whose account does not balance.
 * @param {string} accounts the relation with what `ofFiles` counted
 * @param {readonly string[]} key its columns that say which file it is
 * @returns {string} a query
 */
function unbalanced(accounts, key) {
  const counts = ['raw_rows', 'staged_rows', 'duplicate_rows', 'quarantined_rows']
  return `select
    ${[...key, ...counts].join(',\n    ')}
from ${accounts}
where raw_rows <> staged_rows + duplicate_rows + quarantined_rows`
}

module.exports = { ofFiles, asArrived, unbalanced }
