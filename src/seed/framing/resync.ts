/**
 * Where a broken element of a JSON array ends. JSON has no mark between records, so this is a search
 * for the place where reading can go on, with one rule above all: a record that is whole must not be
 * lost to a broken neighbour more often than need be, and no piece of a broken one may pass as a record.
 */
import type { ObjectReader } from '../json/object-reader.js'
import type { JsonScanner } from '../json/scanner.js'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const LINE_FEED = 0x0a
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d

/** How often the searched length may be scanned in the worst case. */
const MAX_SCANS = 8

/** How far brackets are followed where there was too much of that, in bytes. */
const LEAST_REACH = 1024

/** Bytes that may be looked at for each that is rejected, and for a file as a whole. */
const EFFORT_A_BYTE = 16
const MOST_EFFORT = 32 * 1024 * 1024

/**
 * Bounds the following of brackets over a whole file: many broken elements that are not closed would each be looked at up
 * to the end of the window.
 */
export class Effort {
  #left = MOST_EFFORT

  /** How many bytes may be looked at now. */
  get reach(): number {
    return this.#left > 0 ? Infinity : LEAST_REACH
  }

  spend(bytes: number): void {
    this.#left -= bytes
  }

  earn(rejectedBytes: number): void {
    this.#left = Math.min(MOST_EFFORT, this.#left + EFFORT_A_BYTE * rejectedBytes)
  }
}

/** Where the broken element ends, and where reading goes on. */
export interface Resync {
  readonly end: number
  readonly next: number
}

/**
 * Looks for the end of the broken element at `start`, up to the scanner's `limit`.
 * Elements that begin lines are told apart by that. Otherwise the element's own brackets count, if what
 * follows looks like the next element or the end of the array; else the next object that is whole and
 * followed by a comma or a bracket.
 * @param failedAt where strict reading failed
 * @param indent white space between the beginning of its line and the element; -1 if it does not begin a line
 * @param isAll the limit is the end of the file, not of what was read so far
 * @param effort that may be made
 * @returns null if there is no such place
 */
export function findResync(
  reader: ObjectReader,
  start: number,
  failedAt: number,
  indent: number,
  isAll: boolean,
  effort: Effort,
): Resync | null {
  const hasLayout = isLaidOut(reader.scanner, start, indent)
  const line = hasLayout ? nextInLayout(reader.scanner, start, indent) : null
  const limit = line ?? Math.min(reader.scanner.limit, start + effort.reach)
  const end = balancedEnd(reader, start, limit)
  if (line === null) effort.spend((end ?? limit) - start)
  if (line !== null) {
    // The line may hold further elements.
    const at = end !== null && end < line && areWholeObjects(reader, end, line) ? end : line
    return { end: at, next: at }
  }
  if (end !== null && isFollowedByElement(reader, end, isAll)) return { end, next: end }
  const next = objectAfterJunk(reader, start, isAll)
  if (next !== null) return { end: next, next }
  // Where elements begin lines and no further line begins so, a search could only find nested objects.
  if (hasLayout && (!isAll || reader.scanner.bytes[start] !== OPEN_BRACE)) return null
  return nextWholeObject(reader, lastQuote(reader, start, failedAt), isAll)
}

/**
 * Past the bracket that closes the element. An element that does not begin with a brace is taken for
 * one that has lost it. A string that meets a line feed is over: it lacks its closing quote.
 */
function balancedEnd(reader: ObjectReader, start: number, limit: number): number | null {
  const { bytes } = reader.scanner
  const open: number[] = bytes[start] === OPEN_BRACE ? [] : [CLOSE_BRACE]
  let at = start
  while (at < limit) {
    switch (bytes[at]) {
      case QUOTE:
        at = pastString(bytes, at + 1, limit)
        continue
      case OPEN_BRACE:
        open.push(CLOSE_BRACE)
        break
      case OPEN_BRACKET:
        open.push(CLOSE_BRACKET)
        break
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        if (open.pop() !== bytes[at]) return null
        if (open.length === 0) return at + 1
        break
    }
    at++
  }
  return null
}

/** Past the closing quote or at the line feed that a string can't have; at most `limit`. */
function pastString(bytes: Uint8Array, at: number, limit: number): number {
  while (at < limit) {
    const byte = bytes[at]
    if (byte === QUOTE) return at + 1
    if (byte === LINE_FEED) return at
    at += byte === BACKSLASH ? 2 : 1
  }
  return limit
}

function isFollowedByElement(reader: ObjectReader, end: number, isAll: boolean): boolean {
  const { scanner } = reader
  const { bytes, limit } = scanner
  let at = scanner.skipSpace(end)
  if (at === limit) return isAll
  if (bytes[at] === CLOSE_BRACKET) return true
  if (bytes[at] !== COMMA) return false
  at = scanner.skipSpace(at + 1)
  if (at === limit) return isAll
  if (bytes[at] === CLOSE_BRACKET) return true
  if (bytes[at] !== OPEN_BRACE) return false
  at = scanner.skipSpace(at + 1)
  return bytes[at] === QUOTE || bytes[at] === CLOSE_BRACE
}

/**
 * True if the element begins a line and what is nested in it does not begin a line in the same way: its
 * fields are on that line too, or on lines that are indented further.
 */
function isLaidOut({ bytes, limit }: JsonScanner, start: number, indent: number): boolean {
  if (indent < 0) return false
  const feed = bytes.indexOf(LINE_FEED, start)
  if (feed < 0 || feed >= limit) return true
  if (!bytes.subarray(start + 1, feed).every(isBlank)) return true
  let at = feed + 1
  while (at < limit && isBlank(bytes[at] as number)) at++
  return at - feed - 1 > indent
}

/**
 * The next line that begins with a brace, or with the bracket that closes the array, and is indented no
 * further than the element.
 */
function nextInLayout(scanner: JsonScanner, start: number, indent: number): number | null {
  const { bytes, limit } = scanner
  for (
    let feed = bytes.indexOf(LINE_FEED, start);
    feed >= 0 && feed < limit;
    feed = bytes.indexOf(LINE_FEED, feed + 1)
  ) {
    let at = feed + 1
    while (at < limit && isBlank(bytes[at] as number)) at++
    if (at === limit) return null
    const isMark = bytes[at] === OPEN_BRACE || bytes[at] === CLOSE_BRACKET
    if (isMark && at - feed - 1 <= indent) return at
  }
  return null
}

/** True if there is nothing but whole objects from `at` up to `end`. */
function areWholeObjects(reader: ObjectReader, at: number, end: number): boolean {
  const { scanner } = reader
  for (;;) {
    at = scanner.skipSpace(at)
    if (at >= end) return true
    const byte = scanner.bytes[at]
    if (byte === COMMA || byte === CLOSE_BRACKET) at++
    else {
      at = byte === OPEN_BRACE ? reader.read(at) : -1
      if (at < 0 || at > end) return false
    }
  }
}

/** The object after a few bytes that do not belong there, such as `;{"id":1}`, if it is whole. */
function objectAfterJunk(reader: ObjectReader, start: number, isAll: boolean): number | null {
  const { bytes, limit } = reader.scanner
  for (let at = start; at < limit; at++) {
    if (bytes[at] === QUOTE || bytes[at] === COLON) return null
    if (bytes[at] === OPEN_BRACE) return at > start && isWholeObject(reader, at, isAll) ? at : null
  }
  return null
}

/** True if there is an object that is followed by a comma or a bracket. */
function isWholeObject(reader: ObjectReader, at: number, isAll: boolean): boolean {
  const { scanner } = reader
  const past = reader.read(at)
  if (past < 0) return false
  const after = scanner.skipSpace(past)
  if (after === scanner.limit) return isAll
  return scanner.bytes[after] === COMMA || scanner.bytes[after] === CLOSE_BRACKET
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d
}

/**
 * The beginning of the last string before the failure: it may have swallowed what should have been
 * outside of it. Up to the failure the text was read strictly, so quotes can be paired from the start.
 */
function lastQuote(reader: ObjectReader, start: number, failedAt: number): number {
  const { bytes, limit } = reader.scanner
  let last = start
  let at = start
  while (at < failedAt) {
    if (bytes[at] === QUOTE) {
      last = at
      at = pastString(bytes, at + 1, limit)
    } else at++
  }
  return last
}

/** The next comma with a whole object after it, which itself is followed by a comma or a bracket. */
function nextWholeObject(reader: ObjectReader, from: number, isAll: boolean): Resync | null {
  const { scanner } = reader
  const { bytes, limit } = scanner
  let budget = MAX_SCANS * (limit - from)
  for (
    let comma = bytes.indexOf(COMMA, from);
    comma >= 0 && comma < limit;
    comma = bytes.indexOf(COMMA, comma + 1)
  ) {
    const at = scanner.skipSpace(comma + 1)
    if (bytes[at] !== OPEN_BRACE || at >= limit) continue
    const inside = scanner.skipSpace(at + 1)
    if (bytes[inside] !== QUOTE && bytes[inside] !== CLOSE_BRACE) continue
    if (isWholeObject(reader, at, isAll)) return { end: comma, next: at }
    budget -= Math.max(0, scanner.errorAt - at)
    if (budget < 0) return null
  }
  return null
}
