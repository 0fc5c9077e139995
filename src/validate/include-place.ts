/**
 * Text that a function of `includes/` has made, found where it was written.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readSource, spotOfOffset } from '../failure/source-spot.js'
import type { SourceSpot } from '../failure/types.js'

const FOLDER = 'includes'

/** Shorter lines stand in many places. */
const SHORTEST = 8

function includedFiles(projectDir: string): readonly string[] {
  try {
    return readdirSync(join(projectDir, FOLDER), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.js') && !name.includes('node_modules'))
      .map((name) => `${FOLDER}/${name}`)
  } catch {
    return []
  }
}

/**
 * Looks for a whole line of compiled text in `includes/`.
 * @param compiled the line, with the column in it that is of interest
 * @returns undefined if the line is nowhere, in more than one place, or too short to tell
 */
export function findInIncludes(projectDir: string, compiled: SourceSpot): SourceSpot | undefined {
  const { text = '', column = 1 } = compiled
  const line = text.trim()
  const lead = text.length - text.trimStart().length
  if (line.length < SHORTEST) return undefined
  const places = includedFiles(projectDir).flatMap((file) => {
    const source = readSource(projectDir, file) ?? ''
    const found: SourceSpot[] = []
    for (let at = source.indexOf(line); at >= 0; at = source.indexOf(line, at + 1))
      found.push(spotOfOffset(file, source, at + Math.max(0, column - 1 - lead)))
    return found
  })
  return places.length === 1 ? places[0] : undefined
}
