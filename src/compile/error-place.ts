/**
 * Where in the project an error of its JavaScript arose. V8 counts in the code that core's compiler makes of
 * a file; these functions find the line of the file itself.
 */

/** A place in a file. Lines and columns count from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** A line of compiled SQLX with its escapes for template strings taken back. */
function unescape(text: string): string {
  return text.replace(/\\([\\`]|\$\{)/g, '$1')
}

/** How many characters of a compiled line, up to a column, exist only because of escapes. */
function escapesBefore(compiledLine: string, column: number): number {
  const before = compiledLine.slice(0, column - 1)
  return before.length - unescape(before).length
}

function neighboursInCommon(
  compiled: readonly string[],
  at: number,
  source: readonly string[],
  candidate: number,
): number {
  const steps = [1, 2, 3]
  const same = (step: number): boolean =>
    unescape(compiled[at + step] ?? '').trim() === (source[candidate + step] ?? '').trim()
  return steps.filter((step) => same(step)).length + steps.filter((step) => same(-step)).length
}

/**
 * The place in a file that a place in its compiled code comes from. The compiler copies the file's lines, so
 * the line is looked for by its text, and among equal lines by its neighbours.
 * @returns undefined if the line is not the file's
 */
export function sourcePlace(
  source: string,
  compiled: string,
  line: number,
  column: number,
): { readonly line: number; readonly column: number } | undefined {
  if (source === compiled) return { line, column }
  const sourceLines = source.split('\n')
  const compiledLines = compiled.split('\n')
  const rawLine = compiledLines[line - 1] ?? ''
  const compiledLine = unescape(rawLine)
  const compiledColumn = column - escapesBefore(rawLine, column)
  let best: { score: number; line: number; column: number } | undefined
  sourceLines.forEach((sourceLine, index) => {
    const text = sourceLine.trim()
    // A block may begin or end on the line, so that one of the two is a part of the other.
    const inCompiled = compiledLine.indexOf(text)
    const trimmed = compiledLine.trim()
    const inSource = sourceLine.indexOf(trimmed)
    if (text === '' || trimmed === '' || (inCompiled < 0 && inSource < 0)) return
    const exact = text === trimmed ? 10 : 0
    const score = exact + neighboursInCommon(compiledLines, line - 1, sourceLines, index)
    const shift =
      inCompiled >= 0
        ? sourceLine.indexOf(text) - inCompiled
        : inSource - compiledLine.indexOf(trimmed)
    if (best === undefined || score > best.score)
      best = { score, line: index + 1, column: Math.max(1, compiledColumn + shift) }
  })
  return best === undefined ? undefined : { line: best.line, column: best.column }
}

const FRAME = /^\s+at (?:.*? \()?([^()]+?):(\d+):(\d+)\)?$/
const HEADER = /^(.+?):(\d+)$/

/** Files of the project have relative names in stack traces; nothing else has. */
function isProjectFile(name: string): boolean {
  return !/^(\/|[a-z]:|file:|node:|<|async )/i.test(name)
}

/**
 * The innermost place in the project that a stack trace names; for a syntax error, the place of that.
 * @param prefixLength characters in front of the first line of every file that are not the file's
 */
export function placeInStack(stack: string, prefixLength: number): Place | undefined {
  const lines = stack.split('\n')
  const header = HEADER.exec(lines[0] ?? '')
  if (header !== null && isProjectFile(header[1] ?? '')) {
    const line = Number(header[2])
    const caret = (lines[2] ?? '').indexOf('^')
    // Without a caret it is the end of the file that comes too early.
    const end = caret < 0 ? (lines[1] ?? '').length : caret
    const column = end + 1 - (line === 1 ? prefixLength : 0)
    return { file: header[1] ?? '', line, column: Math.max(1, column) }
  }
  for (const each of lines) {
    const frame = FRAME.exec(each)
    if (frame !== null && isProjectFile(frame[1] ?? ''))
      return { file: frame[1] ?? '', line: Number(frame[2]), column: Number(frame[3]) }
  }
  return undefined
}
