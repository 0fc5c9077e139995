/**
 * From a place in compiled SQL back to the file that it was compiled from, for the database's errors.
 */
import { readSource, spotOfOffset } from '../failure/source-spot.js'
import type { SourceSpot } from '../failure/types.js'
import { scanSqlx, type SqlxPart, type SqlxStatement } from './sqlx-scanner.js'

/** Where a part of the file came to stand in the compiled text; `end` exclusive. */
interface Placed {
  readonly part: SqlxPart
  readonly start: number
  readonly end: number
}

/** JavaScript reads every line break of a template as a line feed. */
function cooked(text: string): string {
  return text.replace(/\r\n?/g, '\n')
}

/** The length of the file's text that cooks to so many characters. */
function rawLength(raw: string, cookedLength: number): number {
  let length = 0
  for (let count = 0; count < cookedLength && length < raw.length; count++)
    length += raw.startsWith('\r\n', length) ? 2 : 1
  return length
}

/** The name in `${ref("name")}` or `${resolve("schema", "name")}`, which must stand in what comes out. */
function referencedName(source: string, part: SqlxPart): string | undefined {
  const text = source.slice(part.start, part.end)
  return /^\$\{\s*(?:ref|resolve)\((?:\s*["'`][^"'`]*["'`]\s*,)*\s*["'`]([^"'`]+)["'`]\s*\)\s*\}$/.exec(
    text,
  )?.[1]
}

/**
 * Lays a statement's pieces over a compiled text: every literal at the first place after the one before it,
 * the last one at the end. If there is any way to lay them, this finds one.
 * @param isExact false to allow other text before and after, as where core or the engine wraps a query
 */
function align(
  source: string,
  statement: SqlxStatement,
  compiled: string,
  isExact: boolean,
): readonly Placed[] | undefined {
  const literals = statement.filter((part) => part.kind === 'literal')
  const [first, last] = [statement[0], statement.at(-1)]
  const placed: Placed[] = []
  let position = 0
  let pending: SqlxPart[] = []
  for (const part of statement) {
    if (part.kind === 'opaque') {
      pending.push(part)
      continue
    }
    let text = cooked(source.slice(part.start, part.end))
    // Core may cut white space at both ends.
    if (part === first && !compiled.startsWith(text)) text = text.trimStart()
    const untrimmed = text
    if (part === last && !compiled.endsWith(text)) text = text.trimEnd()
    const isLast = part === last && part === literals.at(-1)
    const names = pending.flatMap((each) => referencedName(source, each) ?? [])
    let found = compiled.indexOf(text, position)
    if (isExact && isLast) found = Math.max(found, compiled.length - text.length)
    while (
      found >= 0 &&
      !isLast &&
      !names.every((name) => compiled.slice(position, found).includes(name))
    )
      found = compiled.indexOf(text, found + 1)
    const isFirst = part === first
    if (found < position || !compiled.startsWith(text, found)) return undefined
    if (isFirst && isExact && compiled.slice(0, found).trim() !== '') return undefined
    for (const each of pending) placed.push({ part: each, start: position, end: found })
    const cut = cooked(source.slice(part.start, part.end)).length - untrimmed.length
    const lead = isFirst ? rawLength(source.slice(part.start, part.end), cut) : 0
    placed.push({
      part: { ...part, start: part.start + lead },
      start: found,
      end: found + text.length,
    })
    position = found + text.length
    pending = []
  }
  const rest = isExact ? compiled.length : position
  for (const each of pending) placed.push({ part: each, start: position, end: rest })
  return placed
}

function literalLength(statement: SqlxStatement, source: string): number {
  return statement
    .filter((part) => part.kind === 'literal')
    .reduce((sum, part) => sum + source.slice(part.start, part.end).trim().length, 0)
}

/** The statement that a compiled text was made of, laid over it. */
function bestAlignment(source: string, compiled: string): readonly Placed[] | undefined {
  const statements = scanSqlx(source)
    .map((statement) => ({ statement, weight: literalLength(statement, source) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
  for (const isExact of [true, false]) {
    for (const { statement } of statements) {
      const placed = align(source, statement, compiled, isExact)
      if (placed !== undefined) return placed
    }
  }
  return undefined
}

/** The shortest text that is looked for in a file; shorter ones turn up by chance. */
const MIN_FRAGMENT = 4

/**
 * Looks for the text around an offset in a part of a file: the longest piece of the compiled line that
 * contains the offset and stands in the file exactly once.
 * @returns the offset in the file
 */
function findText(
  source: string,
  from: number,
  to: number,
  compiled: string,
  offset: number,
): number | undefined {
  const region = source.slice(from, to)
  const lineStart = compiled.lastIndexOf('\n', offset - 1) + 1
  const lineBreak = compiled.indexOf('\n', offset)
  const line = compiled.slice(lineStart, lineBreak < 0 ? undefined : lineBreak)
  const at = Math.min(offset - lineStart, Math.max(0, line.length - 1))
  let best: { length: number; offset: number } | undefined
  for (let start = 0; start <= at; start++) {
    let end = at + 1
    if (!region.includes(line.slice(start, end))) continue
    while (end < line.length && region.includes(line.slice(start, end + 1))) end++
    const text = line.slice(start, end)
    if (text.trim().length < MIN_FRAGMENT || text.length <= (best?.length ?? 0)) continue
    const index = region.indexOf(text)
    if (region.includes(text, index + 1)) continue
    best = { length: text.length, offset: from + index + (offset - lineStart - start) }
  }
  return best === undefined ? undefined : Math.min(best.offset, to)
}

function inSqlx(source: string, compiled: string, offset: number): number | undefined {
  const placed = bestAlignment(source, compiled)
  if (placed === undefined) return findText(source, 0, source.length, compiled, offset)
  const hit =
    placed.find(({ start, end }) => offset >= start && offset < end) ??
    placed.findLast(({ end }) => end <= offset)
  if (hit === undefined) return placed[0]?.part.start
  const { part } = hit
  if (part.kind === 'opaque') {
    const hasTemplate = source.slice(part.start, part.end).includes('`')
    const inside = hasTemplate
      ? findText(source, part.start, part.end, compiled, offset)
      : undefined
    return inside ?? part.start
  }
  return part.start + rawLength(source.slice(part.start, part.end), offset - hit.start)
}

/**
 * Finds the place in the project that a place in compiled SQL comes from. Exact where the text stands in the
 * file; inside an interpolation whose text is made by a function, the interpolation's beginning.
 * @param fileName the action's file, from the project's root
 * @param compiledText the compiled text of one of the action's statements
 * @param offset in `compiledText`, in characters, from 0
 * @returns null if the file can't be read or the text is not found in it
 */
export function locateInSource(
  projectDir: string,
  fileName: string,
  compiledText: string,
  offset: number,
): SourceSpot | null {
  const source = readSource(projectDir, fileName)
  if (source === undefined) return null
  const found = fileName.endsWith('.sqlx')
    ? inSqlx(source, compiledText, offset)
    : findText(source, 0, source.length, compiledText, offset)
  return found === undefined ? null : spotOfOffset(fileName, source, found)
}
