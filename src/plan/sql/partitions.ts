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
import { doBlock, formatText } from './do-block.js'
import type { PartitionSpec, PartitionUnit } from '../partition.js'

const SUFFIX_BYTES = '_p20250301'.length
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

/**
 * Makes the partitions that the rows of the delta need and that are not there. The name ends with the
 * first day: `fct_events_p20250301`. There is no default partition: a row without a partition key is
 * reported by the step before.
 */
export function ensurePartitions(target: Target, prefix: string, spec: PartitionSpec): string {
  const column = quoteIdent(spec.column)
  return doBlock(`declare
  first_day date;
  name text;
begin
  for first_day in select distinct date_trunc(${quoteLiteral(spec.unit)}, ${column}::timestamp)::date from ${DELTA} order by 1 loop
    name := ${quoteLiteral(prefix)} || to_char(first_day, '"_p"YYYYMMDD');
    if to_regclass(format('%I.%I', ${quoteLiteral(target.schema)}, name)) is null then
      execute format('create table %I.%I partition of ${formatText(quoteQualified(target))} for values from (%L) to (%L)',
        ${quoteLiteral(target.schema)}, name, first_day, (first_day + interval '${STEP[spec.unit]}')::date);
    end if;
  end loop;
end`)
}

/** Rows of the delta that no partition can hold. */
export function rowsWithoutPartition(spec: PartitionSpec): string {
  return `select count(*) as rows from ${DELTA} where ${quoteIdent(spec.column)} is null having count(*) > 0`
}

/** After a swap: the partitions of the shadow get the names of the target. */
export function renamePartitions(target: Target, shadow: Target): string {
  return doBlock(`declare
  part name;
begin
  for part in
    select c.relname from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
    where i.inhparent = ${quoteLiteral(quoteQualified(target))}::regclass
  loop
    execute format('alter table %I.%I rename to %I', ${quoteLiteral(target.schema)}, part,
      ${quoteLiteral(partitionPrefix(target))} || substr(part, ${shadow.name.length + 1}));
  end loop;
end`)
}

/**
 * Drops the partitions whose last day is more than `days` days before `asOf` (today if null). The last
 * statement gives their names, in one column `dropped`, separated by commas; empty if there were none.
 */
export function dropExpired(target: Target, days: number, asOf: string | null): string {
  const today = asOf === null ? 'current_date' : `date ${quoteLiteral(asOf)}`
  const drop = doBlock(`declare
  part record;
  dropped text := '';
begin
  for part in
    select c.oid::regclass as name
    from pg_catalog.pg_inherits i
    join pg_catalog.pg_class c on c.oid = i.inhrelid
    where i.inhparent = to_regclass(${quoteLiteral(quoteQualified(target))})
      and substring(pg_get_expr(c.relpartbound, c.oid) from $re$TO \\('([^']+)'\\)$re$)::date <= ${today} - ${days}
    order by 1
  loop
    dropped := concat_ws(', ', nullif(dropped, ''), part.name);
    execute format('drop table %s', part.name);
  end loop;
  perform set_config('dataform.dropped', dropped, true);
end`)
  return `${drop}
select current_setting('dataform.dropped') as dropped;`
}
