import { formatDay } from '../calendar.js'
import { ParquetTable } from '../table/parquet-file.js'
import { TextTable } from '../table/text-table.js'
import type { Column, TableFile } from '../table/columns.js'
import type { WrittenUnit } from '../work/generate.js'
import { EventsFile } from './events-file.js'
import { snapshotDays, type ProductOptions } from './options.js'
import { UsersFile } from './users-file.js'

/** A file that has been written. */
export interface ProductUnit extends WrittenUnit {
  readonly source: 'product_events' | 'product_users'
}

/** How many files there are: snapshots, one of them perhaps twice, and a file of events a day. */
export function productUnits(options: ProductOptions): number {
  return snapshotDays(options).length + (hasResentSnapshot(options) ? 1 : 0) + options.days
}

/** If there is any dirt, the second snapshot is sent twice. */
function hasResentSnapshot(options: ProductOptions): boolean {
  return options.dirt > 0 && snapshotDays(options).length > 2
}

/** Writes the file with this number: the snapshots first, then the events by day. */
export async function doProductUnit(options: ProductOptions, unit: number): Promise<ProductUnit> {
  const snapshots = snapshotDays(options)
  if (unit < snapshots.length) return writeSnapshot(options, unit, 'users')
  const rest = unit - snapshots.length
  if (!hasResentSnapshot(options)) return writeEvents(options, rest)
  return rest === 0
    ? resent(await writeSnapshot(options, 1, 'users-resent'))
    : writeEvents(options, rest - 1)
}

async function writeSnapshot(
  options: ProductOptions,
  index: number,
  name: string,
): Promise<ProductUnit> {
  const day = snapshotDays(options)[index] ?? 0
  const path = `product/users/dt=${formatDay(day)}/${name}.${extension(options)}`
  const account = await new UsersFile(options, index).write(opener(options, path))
  return { source: 'product_users', path, day, account }
}

async function writeEvents(options: ProductOptions, index: number): Promise<ProductUnit> {
  const day = options.firstDay + index
  const path = `product/events/dt=${formatDay(day)}/events.${extension(options)}`
  const account = await new EventsFile(options, day).write(opener(options, path))
  return { source: 'product_events', path, day, account }
}

/** A snapshot that comes once more is staged once more, and takes the place of the first; its users are the same. */
function resent({ account, ...unit }: ProductUnit): ProductUnit {
  return {
    ...unit,
    account: { ...account, dirt: { resent_snapshot: account.rows }, figures: {} },
  }
}

function extension({ format, gzip }: ProductOptions): string {
  return gzip === 'all' ? `${format}.gz` : format
}

function opener(
  { out, format, gzip }: ProductOptions,
  path: string,
): (columns: readonly Column[]) => Promise<TableFile> {
  return (columns) =>
    format === 'parquet'
      ? ParquetTable.create(`${out}/${path}`, columns)
      : TextTable.create(`${out}/${path}`, columns, format, gzip === 'all')
}
