/**
 * Whether a file whose first character is `[` is an array. It may as well be an object a line whose first line is none:
 * `[2026-01-01] log started`.
 */
import { JsonScanner, SENTINEL } from '../json/scanner.js'

const COMMA = 0x2c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const LINE_FEED = 0x0a

/** So many bytes from the bracket on tell. */
export const ARRAY_HEAD_BYTES = 64 * 1024

/**
 * True if the text is an array, or the beginning of one, as far as that can be known. A broken one is told by the lines
 * after the first: whole objects with commas between them, or without.
 * @param head begins with the bracket; the file's first `ARRAY_HEAD_BYTES` from there, or all that there is
 */
export function beginsArray(head: Buffer): boolean {
  const scanner = new JsonScanner()
  const bytes = Buffer.concat([head, Buffer.of(SENTINEL)])
  const limit = head.length
  scanner.bytes = bytes
  scanner.limit = limit

  const first = pastBlanks(bytes, 1)
  const startsWithObject = bytes[first] === OPEN_BRACE
  if (bytes[first] === LINE_FEED) return true
  if (startsWithObject && scanner.value(first) >= 0) return true
  const end = scanner.value(0)
  if (end < 0 && scanner.errorAt >= limit) return true
  const after = end < 0 ? undefined : bytes[pastBlanks(bytes, end)]
  if (isOneOf(after, COMMA, OPEN_BRACKET, OPEN_BRACE, CLOSE_BRACKET)) return true

  const lineEnd = bytes.indexOf(LINE_FEED, Math.max(end, 0))
  const isWhole = after === LINE_FEED
  const hasObject = startsWithObject || /,\s*\{/.test(bytes.toString('latin1', 0, lineEnd))
  return areElements(scanner, lineEnd + 1) ?? (isWhole || hasObject)
}

/** True if lines from `start` on are elements of an array, false if they are objects that stand alone; null if neither. */
function areElements(scanner: JsonScanner, start: number): boolean | null {
  const { bytes, limit } = scanner
  for (let at = start; at < limit;) {
    const lineEnd = bytes.indexOf(LINE_FEED, at)
    const begin = pastBlanks(bytes, at)
    at = lineEnd + 1
    if (bytes[begin] === COMMA && bytes[pastBlanks(bytes, begin + 1)] === OPEN_BRACE) return true
    if (bytes[begin] !== OPEN_BRACE || lineEnd === limit) continue
    scanner.limit = lineEnd
    const past = scanner.value(begin)
    scanner.limit = limit
    if (past < 0) continue
    if (isOneOf(bytes[scanner.skipSpace(past)], COMMA, CLOSE_BRACKET, CLOSE_BRACE)) return true
    if (bytes[pastBlanks(bytes, past)] === LINE_FEED) return false
  }
  return null
}

/** Past white space within a line. */
function pastBlanks(bytes: Uint8Array, from: number): number {
  let at = from
  while (isOneOf(bytes[at], 0x20, 0x09, 0x0d)) at++
  return at
}

function isOneOf(byte: number | undefined, ...codes: readonly number[]): boolean {
  return byte !== undefined && codes.includes(byte)
}
