/**
 * Places in the project's files, with the text of the line for the caret.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SourceSpot } from './types.js'

/** Line and column, counted from 1, of an offset in a text. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  const lastBreak = before.lastIndexOf('\n')
  let line = 1
  for (const character of before) if (character === '\n') line++
  return { line, column: before.length - lastBreak }
}

/** The text of a line, counted from 1, without its line break; empty past the end. */
export function lineText(text: string, line: number): string {
  return (text.split('\n')[line - 1] ?? '').replace(/\r$/, '')
}

/** The place of an offset in a file's text. */
export function spotOfOffset(
  file: string,
  text: string,
  offset: number,
  length?: number,
): SourceSpot {
  const { line, column } = lineAndColumn(text, offset)
  return {
    file,
    line,
    column,
    text: lineText(text, line),
    ...(length === undefined ? {} : { length }),
  }
}

/** The text of a file of the project, undefined if it can't be read. */
export function readSource(projectDir: string, file: string): string | undefined {
  try {
    return readFileSync(join(projectDir, file), 'utf8')
  } catch {
    return undefined
  }
}

/**
 * A place in a file of the project, with the line's text if the file can be read.
 * @param file path from the project's root
 * @param length how many characters the caret underlines
 */
export function spotAt(
  projectDir: string,
  file: string,
  line?: number,
  column?: number,
  length?: number,
): SourceSpot {
  if (line === undefined) return { file }
  const source = readSource(projectDir, file)
  return {
    file,
    line,
    ...(column === undefined ? {} : { column }),
    ...(source === undefined ? {} : { text: lineText(source, line) }),
    ...(length === undefined ? {} : { length }),
  }
}
