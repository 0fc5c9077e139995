/**
 * Small checks of values that come from a config.
 */
import type { Json, JsonObject } from '../graph/types.js'

/** True for a JSON object. */
export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** True for a list of texts. */
export const isStrings = (value: Json | undefined): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

/** Reports keys that are left over. */
export function rejectUnknown(rest: JsonObject, what: string, problems: string[]): void {
  const unknown = Object.keys(rest)
  if (unknown.length > 0) problems.push(`${what}: ${unknown.join(', ')}`)
}

/** The value if it is one of the words, null if it is not given; anything else is reported. */
export function oneOf<T extends string>(
  value: Json | undefined,
  words: readonly T[],
  at: string,
  problems: string[],
): T | null {
  if (value === undefined || value === null) return null
  const found = words.find(
    (word) => word === (typeof value === 'string' ? value.toLowerCase() : value),
  )
  if (found === undefined) problems.push(`${at} must be one of ${words.join(', ')}`)
  return found ?? null
}

/** The text, null if it is not given; anything else is reported. */
export function textOf(
  value: Json | undefined,
  at: string,
  problems: string[],
  what = 'a text',
): string | null {
  if (value === undefined || value === null) return null
  if (typeof value === 'string' && value.trim() !== '') return value
  problems.push(`${at} must be ${what}`)
  return null
}
