/**
 * How a value of the server becomes a JavaScript value: only where nothing can be lost on the way.
 */
import pg from './driver.js'

/** Turns the text of one value into a JavaScript value. */
type ValueParser = (text: string) => unknown

/** The numbers of the types that are treated specially somewhere. */
export const typeOids = {
  bool: 16,
  int8: 20,
  int2: 21,
  int4: 23,
  oid: 26,
  json: 114,
  float4: 700,
  float8: 701,
  numeric: 1700,
  jsonb: 3802,
} as const

/** The driver's own parsers. Its declaration names a closed list of type numbers; a server may send any. */
const driverParser = pg.types.getTypeParser as unknown as (typeOid: number) => ValueParser

const asText: ValueParser = (text) => text

/**
 * Types whose every value fits a JavaScript value exactly. `bigint`, `numeric`, dates and times are
 * not among them: they stay as the server writes them.
 */
const exact = new Map<number, ValueParser>([
  [typeOids.bool, (text) => text === 't'],
  [typeOids.int2, Number],
  [typeOids.int4, Number],
  [typeOids.oid, Number],
  [typeOids.float4, Number],
  [typeOids.float8, Number],
  [typeOids.json, (text) => JSON.parse(text) as unknown],
  [typeOids.jsonb, (text) => JSON.parse(text) as unknown],
])

/** Arrays that become JavaScript arrays: boolean, "char", name, int2, int4, text, varchar, oid. */
const exactArrays = new Set([1000, 1002, 1003, 1005, 1007, 1009, 1015, 1028])

/**
 * The parsers that the driver is given. Booleans, small integers, floats, JSON and arrays of text,
 * names, booleans and integers become JavaScript values; everything else stays text.
 */
export const valueParsers: pg.CustomTypesConfig = {
  getTypeParser: (oid: number): ValueParser => {
    if (exactArrays.has(oid)) return driverParser(oid)
    return exact.get(oid) ?? asText
  },
}

/** Array types and the types of their elements. */
const elements = new Map<number, number>([
  [1000, typeOids.bool],
  [1005, typeOids.int2],
  [1007, typeOids.int4],
  [1016, typeOids.int8],
  [1021, typeOids.float4],
  [1022, typeOids.float8],
  [1028, typeOids.oid],
  [1231, typeOids.numeric],
  [199, typeOids.json],
  [3807, typeOids.jsonb],
  // Elements that are texts to everybody here: "char", name, text, char(n), varchar, timestamp, date,
  // time, timestamptz, interval, uuid.
  ...[1002, 1003, 1009, 1014, 1015, 1115, 1182, 1183, 1185, 1187, 2951].map(
    (oid) => [oid, 25] as const,
  ),
])

/** The type of an array type's elements; undefined for other types and for arrays not known here. */
export function arrayElement(typeOid: number): number | undefined {
  return elements.get(typeOid)
}

/** An array's elements, as texts. */
export type TextArray = readonly (string | null | TextArray)[]

const TEXT_ARRAY = 1009

/** Takes the server's text of an array apart: `{a,NULL,{b}}`. */
export function parseArray(text: string): TextArray {
  return driverParser(TEXT_ARRAY)(text) as TextArray
}
