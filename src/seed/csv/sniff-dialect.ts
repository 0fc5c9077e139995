/**
 * Finds out how a CSV file is written, by its first lines.
 */
import { knownNames, looseName, type Expected } from './header.js'
import { CARRIAGE_RETURN, DELIMITERS, LINE_FEED } from './options.js'
import type { CsvOptions, Dialect } from './options.js'
import { RecordScanner } from './record-scanner.js'

/** How many records tell what the delimiter is. */
const MOST_RECORDS = 50

/**
 * The dialect of a file: what is declared, and for the rest what fits best. The best delimiter is the one by which the
 * header has most of the declared columns; else the one that gives the most records as many fields as the first has.
 * @param head the file's first bytes, as UTF-8
 */
export function sniffDialect(head: Uint8Array, options: CsvOptions, expected: Expected): Dialect {
  const quote = options.quote === null ? -1 : codeOf(options.quote ?? '"')
  const base = {
    quote,
    escape: options.escape === undefined ? quote : codeOf(options.escape),
    // A file of an old Macintosh has no line feed at all.
    lineEnd:
      head.includes(LINE_FEED) || !head.includes(CARRIAGE_RETURN) ? LINE_FEED : CARRIAGE_RETURN,
  }
  if (options.delimiter !== undefined) return { ...base, delimiter: codeOf(options.delimiter) }
  const known = knownNames(expected)
  let best: { dialect: Dialect; names: number; alike: number } | null = null
  for (const delimiter of DELIMITERS) {
    const dialect = { ...base, delimiter: codeOf(delimiter) }
    const { names, counts } = firstRecords(head, dialect)
    const fits = {
      dialect,
      names: names.filter((name) => known.has(looseName(name))).length,
      alike: names.length < 2 ? 0 : counts.filter((count) => count === names.length).length,
    }
    const isBetter =
      best === null ||
      fits.names > best.names ||
      (fits.names === best.names && fits.alike > best.alike)
    if (isBetter) best = fits
  }
  return best?.dialect ?? { ...base, delimiter: codeOf(',') }
}

/** The fields of the first record, and how many the first records have. */
function firstRecords(
  head: Uint8Array,
  dialect: Dialect,
): { readonly names: readonly string[]; readonly counts: readonly number[] } {
  const scanner = RecordScanner.of(head, dialect)
  const counts: number[] = []
  let names: readonly string[] = []
  for (let at = 0; at < head.length && counts.length < MOST_RECORDS;) {
    const past = scanner.scan(at, true, true)
    if (past < 0) break
    if (counts.length === 0) names = scanner.texts()
    counts.push(scanner.count)
    at = past
  }
  return { names, counts }
}

function codeOf(character: string): number {
  return character.charCodeAt(0)
}
