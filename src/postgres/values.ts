/**
 * How a value of the server becomes a JavaScript value: only where nothing can be lost on the way.
 */
import pg from 'pg'

/** Turns the text of one value into a JavaScript value. */
type ValueParser = (text: string) => unknown

const asText: ValueParser = (text) => text

/**
 * Types whose every value fits a JavaScript value exactly. `bigint`, `numeric`, dates and times are
 * not among them: they stay as the server writes them.
 */
const exact = new Map<number, ValueParser>([
  [pg.types.builtins.BOOL, (text) => text === 't'],
  [pg.types.builtins.INT2, Number],
  [pg.types.builtins.INT4, Number],
  [pg.types.builtins.OID, Number],
  [pg.types.builtins.FLOAT4, Number],
  [pg.types.builtins.FLOAT8, Number],
  [pg.types.builtins.JSON, (text) => JSON.parse(text) as unknown],
  [pg.types.builtins.JSONB, (text) => JSON.parse(text) as unknown],
])

/** Arrays of texts and of small integers: boolean[], "char"[], name[], int2[], int4[], text[], varchar[], oid[]. */
const arrays = new Set([1000, 1002, 1003, 1005, 1007, 1009, 1015, 1028])

/**
 * The parsers that the driver is given. Booleans, small integers, floats, JSON and arrays of text,
 * names, booleans and integers become JavaScript values; everything else stays text.
 */
export const valueParsers: pg.CustomTypesConfig = {
  // The driver's declaration names a closed list of type numbers; a server may send any.
  getTypeParser: (oid: number): ValueParser => {
    if (arrays.has(oid)) return pg.types.getTypeParser(oid) as ValueParser
    return exact.get(oid) ?? asText
  },
}

/** Everything as the server's own text. */
export const textParsers: pg.CustomTypesConfig = { getTypeParser: (): ValueParser => asText }
