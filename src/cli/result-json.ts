/**
 * A row of the server as JSON, exact to the last digit.
 */
import type { ResultField } from '../postgres/result-reader.js'
import { arrayElement, parseArray, typeOids, type TextArray } from '../postgres/values.js'

const numbers = new Set<number>([
  typeOids.int2,
  typeOids.int4,
  typeOids.int8,
  typeOids.oid,
  typeOids.float4,
  typeOids.float8,
  typeOids.numeric,
])

/** Whether values of the type are numbers. */
export function isNumeric(typeOid: number): boolean {
  return numbers.has(typeOid)
}

/** Names for the keys of an object: of several columns with one name, the later ones get a number. */
export function uniqueNames(fields: readonly ResultField[]): readonly string[] {
  const taken = new Set<string>()
  return fields.map(({ name }) => {
    let unique = name
    for (let count = 2; taken.has(unique); count += 1) unique = `${name}_${count}`
    taken.add(unique)
    return unique
  })
}

/**
 * One value. Numbers are written as the server writes them, so none is rounded; the ones that JSON
 * cannot write (`NaN`, `Infinity`) become texts, as in PostgreSQL's own `to_json`. JSON stays as it is.
 */
export function jsonValue(text: string | null, typeOid: number): string {
  if (text === null) return 'null'
  if (numbers.has(typeOid)) return /^-?\d/.test(text) ? text : JSON.stringify(text)
  if (typeOid === typeOids.bool) return text === 't' ? 'true' : 'false'
  if (typeOid === typeOids.json || typeOid === typeOids.jsonb) return text.trim()
  const element = arrayElement(typeOid)
  return element === undefined ? JSON.stringify(text) : jsonArray(parseArray(text), element)
}

function jsonArray(values: TextArray, element: number): string {
  const items = values.map((value) =>
    Array.isArray(value)
      ? jsonArray(value as TextArray, element)
      : jsonValue(value as string | null, element),
  )
  return `[${items.join(',')}]`
}
