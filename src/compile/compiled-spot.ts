/**
 * The place of an error in a statement, from what the server says of it.
 */
import type { SourceSpot } from '../failure/types.js'
import { locateInSource } from './source-map.js'

/** The offset in a text of a position that the server gives: it counts characters, not UTF-16 units, from 1. */
export function offsetOfPosition(sql: string, position: number): number {
  return Array.from(sql)
    .slice(0, position - 1)
    .join('').length
}

/**
 * The place of an offset in a user's compiled text: in the file, or if it is not found there the line of the compiled
 * text.
 */
export function spotInText(
  projectDir: string,
  file: string,
  text: string,
  offset: number,
): SourceSpot {
  return locateInSource(projectDir, file, text, offset) ?? compiledSpot(file, text, offset)
}

/** The place of an offset in a compiled text as the line of that text. */
export function compiledSpot(file: string, text: string, offset: number): SourceSpot {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  const end = text.indexOf('\n', offset)
  return { file, column: offset - start + 1, text: text.slice(start, end === -1 ? undefined : end) }
}
