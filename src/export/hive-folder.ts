import { NO_VALUE } from '../seed/parquet/hive.js'

/** The folder of the rows that have this value, as Hive names it: `country=de`. */
export function hiveFolder(column: string, value: string | null): string {
  return `${encode(column)}=${value === null ? NO_VALUE : encodeValue(value)}`
}

/** A text that looks like Hive's name for no value is written so that it does not. */
function encodeValue(value: string): string {
  return value === NO_VALUE ? `%5F${value.slice(1)}` : encode(value)
}

function encode(text: string): string {
  // Left alone in URLs, but not allowed in the names of files everywhere.
  return encodeURIComponent(text).replaceAll('*', '%2A')
}
