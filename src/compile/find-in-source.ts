/**
 * Finding in a file what an error of core speaks of. Core says which file, seldom where in it.
 */
import { readSource, spotOfOffset } from '../failure/source-spot.js'
import type { SourceSpot } from '../failure/types.js'

function escapeForPattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** A quoted name: `"x"`, `'x'` or `` `x` ``. */
export function quotedName(name: string): RegExp {
  return new RegExp(`(?<=(["'\`]))${escapeForPattern(name)}(?=\\1)`)
}

/** A key of an object or of YAML, quoted or not: `x:`. */
export function configKey(key: string): RegExp {
  return new RegExp(`(?<![\\w$])${escapeForPattern(key)}(?=["']?\\s*:)`)
}

/** A word of its own. */
export function word(text: string): RegExp {
  return new RegExp(`(?<![\\w$])${escapeForPattern(text)}(?![\\w$])`)
}

/** What is to be found, best first; the first pattern that occurs decides. */
export type Wanted = readonly RegExp[]

/**
 * The first place in a file where one of the patterns occurs; the file alone if none does.
 * @param file path from the project's root
 */
export function findInSource(projectDir: string, file: string, wanted: Wanted): SourceSpot {
  const source = readSource(projectDir, file)
  if (source === undefined) return { file }
  for (const pattern of wanted) {
    const found = pattern.exec(source)
    if (found !== null) return spotOfOffset(file, source, found.index, Math.max(1, found[0].length))
  }
  return { file }
}

/** The place of a file's `config` block, or of nothing in particular. */
export const CONFIG_BLOCK: RegExp = /\bconfig(?=\s*\{)/
