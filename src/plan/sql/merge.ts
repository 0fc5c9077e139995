/**
 * Writing a delta into a table that exists: by key, or by appending. Columns match by name.
 */
import type { Target } from '../../graph/types.js'
import { quoteIdent, quoteLiteral, quoteQualified } from '../../sql/identifiers.js'
import type { RelationColumn } from '../catalog.js'
import { DELTA } from '../names.js'

/** What a MERGE needs to know. */
export interface MergeOptions {
  readonly target: Target
  readonly columns: readonly RelationColumn[]
  readonly uniqueKey: readonly string[]
  /** The column that the target is partitioned by, to read only the partitions that the delta touches. */
  readonly partitionColumn: string | null
  /** Further conditions on the target's side (`updatePartitionFilter`, `incrementalPredicates`). */
  readonly predicates: readonly string[]
}

const writable = (columns: readonly RelationColumn[]): readonly RelationColumn[] =>
  columns.filter((column) => !column.isGenerated)

function differs(column: RelationColumn): string {
  const name = quoteIdent(column.name)
  return column.hasEquality
    ? `t.${name} is distinct from d.${name}::${column.type}`
    : `t.${name}::text is distinct from d.${name}::${column.type}::text`
}

/**
 * `MERGE` by the unique key. A row that is equal to the one in the table is left alone: no new version
 * of it is written, so nothing bloats and a second run changes nothing.
 */
export function mergeDelta(options: MergeOptions): string {
  const columns = writable(options.columns)
  const keys = new Set(options.uniqueKey)
  const values = columns.filter((column) => !keys.has(column.name))
  const names = columns.map((column) => quoteIdent(column.name))
  const on = [
    ...options.uniqueKey.map((key) => `t.${quoteIdent(key)} = d.${quoteIdent(key)}`),
    ...(options.partitionColumn === null ? [] : [partitionRange(options.partitionColumn)]),
    ...options.predicates.map((predicate) => `(${predicate})`),
  ]
  const update =
    values.length === 0
      ? 'when matched then do nothing'
      : `when matched and (${values.map(differs).join('\n  or ')}) then update set
  ${values.map((column) => `${quoteIdent(column.name)} = d.${quoteIdent(column.name)}`).join(',\n  ')}`
  return `merge into ${quoteQualified(options.target)} as t
using ${DELTA} as d
on ${on.join('\n  and ')}
${update}
when not matched then insert (${names.join(', ')})
  values (${names.map((name) => `d.${name}`).join(', ')})`
}

// The bounds are known when the statement starts, so partitions outside them are never opened.
function partitionRange(column: string): string {
  const name = quoteIdent(column)
  return `t.${name} between (select min(${name}) from ${DELTA}) and (select max(${name}) from ${DELTA})`
}

/** `INSERT ... SELECT` by column name. */
export function appendDelta(target: Target, columns: readonly RelationColumn[]): string {
  const names = writable(columns)
    .map((column) => quoteIdent(column.name))
    .join(', ')
  return `insert into ${quoteQualified(target)} (${names})
select ${names} from ${DELTA}`
}

/** Keys that stand more than once in the delta, with how often; no row if all is well. */
export function duplicateKeys(uniqueKey: readonly string[]): string {
  const keys = uniqueKey.map(quoteIdent).join(', ')
  return `select ${keys}, count(*) as rows from ${DELTA} group by ${keys} having count(*) > 1 limit 5`
}

/**
 * Comments from descriptions, written only where they differ from what is there. A description of a
 * column that the relation does not have raises a warning.
 * @param kind the word of `COMMENT ON`
 */
export function commentOn(
  target: Target,
  kind: 'table' | 'view' | 'materialized view',
  description: string,
  columns: ReadonlyMap<string, string>,
): string {
  const name = quoteQualified(target)
  const statements: string[] = []
  if (description !== '')
    statements.push(`comment on ${kind} ${name} is ${quoteLiteral(description)};`)
  if (columns.size > 0) {
    statements.push(`do $comments$
declare
  item record;
begin
  for item in
    select d.key as name, d.value as description, a.attname is null as is_missing
    from jsonb_each_text(${quoteLiteral(JSON.stringify(Object.fromEntries(columns)))}::jsonb) d
    left join pg_catalog.pg_attribute a
      on a.attrelid = ${quoteLiteral(name)}::regclass and a.attname = d.key and a.attnum > 0 and not a.attisdropped
  loop
    if item.is_missing then
      raise warning 'column % is described, but the query does not give it', item.name;
    else
      execute format('comment on column ${name.replaceAll('%', '%%').replaceAll("'", "''")}.%I is %L', item.name, item.description);
    end if;
  end loop;
end
$comments$;`)
  }
  return statements.join('\n')
}
