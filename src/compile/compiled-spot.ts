/**
 * The place of an error in a user's compiled text.
 */
import type { SourceSpot } from '../failure/types.js'
import { locateInSource } from './source-map.js'

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
