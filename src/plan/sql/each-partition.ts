/**
 * Settings of a partitioned table that PostgreSQL does not pass on to its partitions.
 */
import { quoteLiteral } from '../../sql/identifiers.js'
import { doBlock, formatText } from './do-block.js'

/**
 * `ALTER TABLE` on each partition of a table.
 * @param table its qualified name, quoted
 */
export function eachPartition(table: string, what: string): string {
  return doBlock(`declare
  part regclass;
begin
  for part in select inhrelid from pg_catalog.pg_inherits where inhparent = ${quoteLiteral(table)}::regclass loop
    execute format('alter table %s ${formatText(what)}', part);
  end loop;
end`)
}
