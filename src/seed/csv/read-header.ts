/**
 * The header of a CSV file.
 */
import { CARRIAGE_RETURN, LINE_FEED, type Dialect } from './options.js'
import { NEEDS_MORE, RecordScanner } from './record-scanner.js'
import { knownNames, looseName, type Expected } from './header.js'

/** A header that was read. */
export interface Header {
  readonly names: readonly string[]
  /** As it was written, without its line end; empty if the file is. */
  readonly bytes: Buffer
  /** Where the first record may begin. */
  readonly past: number
  /** The number of the line there. */
  readonly nextLine: number
}

/**
 * Reads the header at the beginning of a file; blank lines before it are left out. A name may span lines only if the header
 * then has a declared column: a quote that is not closed must not take the first records with it.
 * @param isEnd nothing more comes, or no more is waited for
 */
export function readHeader(
  text: Buffer,
  dialect: Dialect,
  expected: Expected,
  isEnd: boolean,
): Header | 'needs more' {
  const { at, line } = firstLine(text, dialect)
  if (at === text.length) {
    return isEnd ? { names: [], bytes: text.subarray(at), past: at, nextLine: line } : 'needs more'
  }
  const found = (scanner: RecordScanner, past: number): Header => ({
    names: scanner.texts(),
    bytes: withoutLineEnd(text.subarray(at, past), dialect),
    past,
    nextLine: line + 1 + scanner.breaks,
  })
  const scanner = RecordScanner.of(text, dialect)
  const single = scanner.scan(at, isEnd, false)
  if (single === NEEDS_MORE) return 'needs more'
  if (single >= 0) return found(scanner, single)
  const spanning = scanner.scan(at, isEnd, true)
  if (spanning === NEEDS_MORE) return 'needs more'
  if (spanning >= 0) {
    const header = found(scanner, spanning)
    const known = knownNames(expected)
    if (header.names.some((name) => known.has(looseName(name)))) return header
  }
  // Quotes that are no quotes: they belong to the names.
  const plain = RecordScanner.of(text, { ...dialect, quote: -1 })
  const past = plain.scan(at, isEnd, false)
  return past === NEEDS_MORE ? 'needs more' : found(plain, past)
}

function firstLine(text: Buffer, { lineEnd }: Dialect): { at: number; line: number } {
  let at = 0
  let line = 1
  for (; at < text.length; at++) {
    if (text[at] === lineEnd) line++
    else if (text[at] !== CARRIAGE_RETURN) break
  }
  return { at, line }
}

function withoutLineEnd(record: Buffer, { lineEnd }: Dialect): Buffer {
  if (record.at(-1) !== lineEnd) return Buffer.from(record)
  const hasReturn = lineEnd === LINE_FEED && record.at(-2) === CARRIAGE_RETURN
  return Buffer.from(record.subarray(0, hasReturn ? -2 : -1))
}
