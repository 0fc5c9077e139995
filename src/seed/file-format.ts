import { NAME_SUFFIXES } from './compression/decompress.js'
import type { FileFormat, SeedSource } from './declaration.js'
import { StorageError } from './storage/types.js'

/** What the format `auto` makes of the ending of a file's name, upper case and compression apart. */
const BY_ENDING: Readonly<Record<string, FileFormat>> = {
  json: 'json',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  csv: 'csv',
  parquet: 'parquet',
}

/**
 * The format of a file of a source.
 * @throws StorageError if the source leaves it to the file's name, and the name does not say it
 */
export function formatOf({ format }: Pick<SeedSource, 'format'>, path: string): FileFormat {
  if (format !== 'auto') return format
  const name = path.toLowerCase()
  const suffix = NAME_SUFFIXES.find((each) => each !== '' && name.endsWith(each)) ?? ''
  const found = BY_ENDING[/\.([^./]+)$/.exec(name.slice(0, name.length - suffix.length))?.[1] ?? '']
  if (found !== undefined) return found
  const known = Object.keys(BY_ENDING).map((ending) => `.${ending}`)
  throw new StorageError(
    'its name does not say what format it has',
    `The format "auto" knows ${known.join(', ')}, each also with .gz or .zst: narrow the path, or declare the format.`,
  )
}
