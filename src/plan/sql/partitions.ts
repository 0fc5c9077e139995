/**
 * Native range partitions: made as the data needs them, dropped when they have expired.
 */
import type { Target } from '../../graph/types.js'
import {
  MAX_IDENTIFIER_BYTES,
  quoteIdent,
  quoteLiteral,
  quoteQualified,
} from '../../sql/identifiers.js'
import { DELTA, fitIdentifier } from '../names.js'
import type { PartitionSpec, PartitionUnit } from '../partition.js'
import { doBlock, formatText } from './do-block.js'
import { OWN_THINGS } from './partition-own.js'

const SUFFIX_BYTES = '_p123450301bc'.length
const STEP: Readonly<Record<PartitionUnit, string>> = {
  day: '1 day',
  week: '7 days',
  month: '1 month',
  quarter: '3 months',
  year: '1 year',
}

/** The beginning of a partition's name: the table's, cut (with a hash) where the date would not fit. */
export function partitionPrefix(target: Target): string {
  return fitIdentifier(target.name, MAX_IDENTIFIER_BYTES - SUFFIX_BYTES)
}

/** The end of a partition's name, as SQL: its first day, `_p20250301`. */
const suffix = (firstDay: string): string =>
  `to_char(${firstDay}, '"_p"YYYYMMDD') || case when ${firstDay} < date '0001-01-01' then 'bc' else '' end`

/** The first days of the partitions that the rows of the delta need, as SQL: a query with the column `first_day`. */
const neededDays = (spec: PartitionSpec): string =>
  `select distinct date_trunc(${quoteLiteral(spec.unit)}, ${quoteIdent(spec.column)}::timestamp)::date as first_day
    from ${DELTA} where isfinite(${quoteIdent(spec.column)})`

/**
 * Makes the partitions that the rows of the delta need, of a table that nobody else sees yet. The name ends with the
 * first day: `fct_events_p20250301`.
 */
export function createPartitions(target: Target, prefix: string, spec: PartitionSpec): string {
  return doBlock(`declare
  first_day date;
begin
  for first_day in ${neededDays(spec)} order by 1 loop
    execute format('create table %I.%I partition of ${formatText(quoteQualified(target))} for values from (%L) to (%L)',
      ${quoteLiteral(target.schema)}, ${quoteLiteral(prefix)} || ${suffix('first_day')},
      first_day, (first_day + interval '${STEP[spec.unit]}')::date);
  end loop;
end`)
}

/** A partition that is there. */
export interface ExistingPartition {
  readonly schema: string
  readonly name: string
  /** Its bounds are those that the unit gives. */
  readonly isSame: boolean
  /** All that is needed falls into it. */
  readonly covers: boolean
  /** True if something of its own hangs off it, or other tables' keys refer to it: then it can't be exchanged. */
  readonly isFixed: boolean
}

/** A partition that the delta needs. */
export interface NeededPartition {
  /** The first day, and the first day of the next one, as dates that PostgreSQL reads. */
  readonly from: string
  readonly to: string
  /** Its name, if it has to be made. */
  readonly name: string
  /** The partitions that are there and overlap with it. */
  readonly existing: readonly ExistingPartition[]
}

// An exchange makes a plain table of one's own, without a tablespace and without what LIKE does not copy; and keys that refer to the parent have a copy for each partition.
const IS_FIXED = `exists (
            select from pg_catalog.pg_class pc
            join pg_catalog.pg_inherits i on i.inhrelid = pc.oid
            join pg_catalog.pg_class pp on pp.oid = i.inhparent
            where pc.oid = e.oid and (pc.reltablespace <> 0 or pc.relpersistence <> 'p'
              or pc.relam <> (select oid from pg_catalog.pg_am where amname = current_setting('default_table_access_method'))
              or exists (select from pg_catalog.pg_attribute a where a.attrelid = pc.oid and a.attstattarget > -1)
              or pc.relowner <> (select oid from pg_catalog.pg_roles where rolname = current_user)
              or exists (select from pg_catalog.pg_constraint k where k.confrelid = pc.oid)
              or exists (${OWN_THINGS}))
          )`

/**
 * An expression: the partitions that the delta needs (see `NeededPartition`), as `json`.
 * @param mayExchange false where it does not matter which of them could be exchanged
 */
export function neededPartitions(
  target: Target,
  spec: PartitionSpec,
  mayExchange: boolean,
): string {
  const isFixed = mayExchange ? IS_FIXED : 'true'
  return `(
    select coalesce(json_agg(json_build_object(
      'from', n.first_day::text, 'to', n.next_day::text, 'name', ${quoteLiteral(partitionPrefix(target))} || ${suffix('n.first_day')},
      'existing', (
        select coalesce(json_agg(json_build_object('schema', e.nspname, 'name', e.relname,
          'isSame', e.first_day = n.first_day and e.next_day = n.next_day,
          'covers', e.first_day <= n.first_day and e.next_day >= n.next_day, 'isFixed', ${isFixed}) order by e.relname), '[]')
        from existing e where e.first_day < n.next_day and e.next_day > n.first_day
      )
    ) order by n.first_day), '[]')
    from (
      select needed.first_day, (needed.first_day + interval '${STEP[spec.unit]}')::date as next_day
      from (${neededDays(spec)}) needed
    ) n
  )`
}

/** A common table expression for `neededPartitions`. */
export function existingPartitions(target: Target): string {
  return `existing as materialized (
  select pc.oid, pn.nspname, pc.relname,
    coalesce(substring(b.bound from $re$FROM \\('([^']+)'\\)$re$)::timestamp::date, '-infinity') as first_day,
    coalesce(substring(b.bound from $re$TO \\('([^']+)'\\)$re$)::timestamp::date, 'infinity') as next_day
  from pg_catalog.pg_inherits i
  join pg_catalog.pg_class pc on pc.oid = i.inhrelid
  join pg_catalog.pg_namespace pn on pn.oid = pc.relnamespace
  cross join lateral (select pg_get_expr(pc.relpartbound, pc.oid) as bound) b
  where i.inhparent = to_regclass(${quoteLiteral(quoteQualified(target))}) and b.bound <> 'DEFAULT'
)`
}

/**
 * Makes a partition of a table that people read. A table that is made by itself and attached needs no lock that keeps
 * readers out, as `CREATE TABLE ... PARTITION OF` would.
 */
export function attachPartition(
  target: Target,
  { from, to, name }: Pick<NeededPartition, 'from' | 'to' | 'name'>,
): readonly string[] {
  const part = quoteQualified({ schema: target.schema, name })
  return [createLike(target, part), attachTable(target, part, from, to)]
}

/** A table with the columns of another one, ready to become its partition. */
export function createLike(target: Target, part: string): string {
  return `create table ${part} (like ${quoteQualified(target)} including defaults including constraints including generated including storage including compression);`
}

/** `ALTER TABLE ... ATTACH PARTITION`. */
export function attachTable(target: Target, part: string, from: string, to: string): string {
  return `alter table ${quoteQualified(target)} attach partition ${part} for values from (${quoteLiteral(from)}) to (${quoteLiteral(to)});`
}

/** After a swap: the partitions of the shadow, and their indexes, get the names that those of the target would have. */
export function renamePartitions(target: Target, shadow: Target): string {
  return doBlock(`declare
  part record;
begin
  for part in
    select c.oid, c.relname as name, ${quoteLiteral(partitionPrefix(target))} || substr(c.relname, ${shadow.name.length + 1}) as new_name
    from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
    where i.inhparent = ${quoteLiteral(quoteQualified(target))}::regclass
  loop
    execute format('alter table %I.%I rename to %I', ${quoteLiteral(target.schema)}, part.name, part.new_name);
    ${renameIndexesOf(target.schema, 'part.oid', 'part.name', 'part.new_name')}
  end loop;
end`)
}

/** After an exchange: a partition that was made beside the old one gets its name, and so do its indexes. */
export function renamePartition(made: Target, name: string): string {
  return doBlock(`begin
  alter table ${quoteQualified(made)} rename to ${quoteIdent(name)};
  ${renameIndexesOf(
    made.schema,
    `${quoteLiteral(quoteQualified({ schema: made.schema, name }))}::regclass`,
    quoteLiteral(made.name),
    quoteLiteral(name),
  )}
end`)
}

// PostgreSQL names an index of a partition after the partition; a name that is taken is left as it is.
const renameIndexesOf = (schema: string, oid: string, name: string, newName: string): string =>
  `declare
      part_index record;
    begin
      for part_index in
        select x.relname as name, left(${newName} || substr(x.relname, length(${name}) + 1), ${MAX_IDENTIFIER_BYTES})::name as new_name
        from pg_catalog.pg_index i join pg_catalog.pg_class x on x.oid = i.indexrelid
        where i.indrelid = ${oid} and starts_with(x.relname, ${name})
      loop
        if to_regclass(format('%I.%I', ${quoteLiteral(schema)}, part_index.new_name)) is null then
          execute format('alter index %I.%I rename to %I', ${quoteLiteral(schema)}, part_index.name, part_index.new_name);
        end if;
      end loop;
    end;`
