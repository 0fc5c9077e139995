/** What Hive calls the folder of the rows that have no value. */
export const NO_VALUE = '__HIVE_DEFAULT_PARTITION__'

/**
 * The keys that a path's folders give to all rows of a file: `dt=2026-01-01/country=de/a.parquet`. Names and values
 * are decoded as parts of a URL; of a key that is there twice the inner one counts.
 */
export function hiveKeys(path: string): ReadonlyMap<string, string | null> {
  const keys = new Map<string, string | null>()
  for (const folder of path.split('/').slice(0, -1)) {
    const equals = folder.indexOf('=')
    if (equals < 1) continue
    const value = folder.slice(equals + 1)
    keys.set(decode(folder.slice(0, equals)), value === NO_VALUE ? null : decode(value))
  }
  return keys
}

/** A part that is not encoded is taken as it is. */
function decode(part: string): string {
  try {
    // Text can't hold a NUL.
    return part.includes('%00') ? part : decodeURIComponent(part)
  } catch {
    return part
  }
}
