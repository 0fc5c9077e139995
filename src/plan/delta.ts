/**
 * What has to be known of a delta and of the table that it goes into, read in the transaction that writes it.
 */
import type { IncrementalAction, Target } from '../graph/types.js'
import { quoteLiteral, quoteQualified } from '../sql/identifiers.js'
import { DELTA } from './names.js'
import { fromUnplaced, unplacedRows } from './partition-check.js'
import type { PartitionSpec } from './partition.js'
import { badKeys, mergesByKey } from './sql/merge.js'
import { existingPartitions, neededPartitions } from './sql/partitions.js'
import type { NeededPartition } from './sql/partitions.js'

/** A column of the table or of the delta. */
export interface DeltaColumn {
  readonly name: string
  /** As `format_type` writes it, usable in a cast. */
  readonly type: string
  /** False for columns that the server fills. */
  readonly isWritable: boolean
  /** The expression of a generated column. */
  readonly generated?: string | null
}

/** The column `facts` of `deltaFacts`. */
export interface DeltaFacts {
  readonly delta: readonly DeltaColumn[]
  readonly table: readonly DeltaColumn[]
  /** Keys that more than one row of the delta has, or with a NULL in them: column -> value, and `rows`. */
  readonly badKeys: readonly Readonly<Record<string, unknown>>[]
  /** Rows that no partition can hold. */
  readonly unplaced: number
  readonly partitions: readonly NeededPartition[]
  /** Definitions of the table's own indexes, if partitions are to be exchanged. */
  readonly indexes: readonly string[]
  /** True if triggers or rules may write other rows than those of the delta. */
  readonly isRewritten: boolean
}

const columnsOf = (relation: string): string => `(
    select coalesce(json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
      'isWritable', a.attgenerated = '' and a.attidentity <> 'a',
      'generated', case when a.attgenerated <> '' then (select pg_get_expr(d.adbin, d.adrelid)
        from pg_catalog.pg_attrdef d where d.adrelid = a.attrelid and d.adnum = a.attnum) end) order by a.attnum), '[]')
    from pg_catalog.pg_attribute a
    where a.attrelid = ${quoteLiteral(relation)}::regclass and a.attnum > 0 and not a.attisdropped
  )`

const indexesOf = (target: Target): string => `(
    select coalesce(json_agg(pg_get_indexdef(x.indexrelid) order by x.indexrelid), '[]') from pg_catalog.pg_index x
    where x.indrelid = ${quoteLiteral(quoteQualified(target))}::regclass
      and not exists (select from pg_catalog.pg_constraint k where k.conindid = x.indexrelid and k.conrelid = x.indrelid)
  )`

const isRewritten = (target: Target): string => {
  const table = `${quoteLiteral(quoteQualified(target))}::regclass`
  return `(
    exists (select from pg_catalog.pg_trigger g where not g.tgisinternal and g.tgenabled <> 'D'
      and (g.tgrelid = ${table} or g.tgrelid in (select relid from pg_catalog.pg_partition_tree(${table}))))
    or exists (select from pg_catalog.pg_rewrite r where r.ev_class = ${table})
  )`
}

/** A statement with one row: the facts. */
export function deltaFacts(action: IncrementalAction, partition: PartitionSpec | null): string {
  const head = partition === null ? '' : `with ${existingPartitions(action.target)}\n`
  return `${head}select json_build_object(
  'delta', ${columnsOf(`pg_temp.${DELTA}`)},
  'table', ${columnsOf(quoteQualified(action.target))},
  'badKeys', ${mergesByKey(action) ? badKeys(action.uniqueKey) : `'[]'::json`},
  'unplaced', ${partition === null ? '0' : `(select count(*) ${fromUnplaced(partition)})`},
  'partitions', ${partition === null ? `'[]'::json` : neededPartitions(action.target, partition, action.strategy === 'insert_overwrite')},
  'indexes', ${action.strategy === 'insert_overwrite' ? indexesOf(action.target) : `'[]'::json`},
  'isRewritten', ${isRewritten(action.target)}
) as facts;`
}

/** What is wrong with the delta; null if it can be written. */
export function deltaProblem(
  action: IncrementalAction,
  partition: PartitionSpec | null,
  facts: DeltaFacts,
): { readonly message: string; readonly hint: string } | null {
  const key = action.uniqueKey.join(', ')
  const isNull = (row: Readonly<Record<string, unknown>>): boolean =>
    action.uniqueKey.some((column) => row[column] === null)
  const nulls = facts.badKeys.filter(isNull)
  if (nulls.length > 0)
    return {
      message: `the incremental query gives rows with NULL in the key (${key}): ${nulls.map(describeRow).join('; ')}`,
      hint: 'Filter them out, or give them a value: NULL is equal to nothing, so they would come in again at every run.',
    }
  if (facts.badKeys.length > 0)
    return {
      message: `the incremental query gives more than one row for a key (${key}): ${facts.badKeys.map(describeRow).join('; ')}`,
      hint: 'Deduplicate in the query, or add the columns that tell the rows apart to uniqueKey.',
    }
  if (facts.unplaced > 0 && partition !== null) return unplacedRows(facts.unplaced, partition)
  return null
}

function describeRow(row: Readonly<Record<string, unknown>>): string {
  return Object.entries(row)
    .map(
      ([name, value]) =>
        `${name} = ${value === null ? 'NULL' : typeof value === 'string' ? value : JSON.stringify(value)}`,
    )
    .join(', ')
}
