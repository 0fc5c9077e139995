/**
 * Config that only PostgreSQL has, and data-quality settings, in the form that Dataform accepts:
 * `metadata: { extraProperties: options.postgres({ indexes: [...] }) }`.
 * Dataform refuses a plain object here in some configs, so these give protobuf's `Struct` at once.
 */

const POSTGRES = ['indexes', 'foreignKeys', 'unlogged', 'fillfactor']
const QUALITY = ['severity', 'category']
const SEVERITIES = ['error', 'warn']

function value(plain) {
  if (plain === null || plain === undefined) return { nullValue: 0 }
  if (typeof plain === 'string') return { stringValue: plain }
  if (typeof plain === 'number') return { numberValue: plain }
  if (typeof plain === 'boolean') return { boolValue: plain }
  if (Array.isArray(plain)) return { listValue: { values: plain.map(value) } }
  return { structValue: struct(plain) }
}

function struct(object) {
  const fields = {}
  for (const [name, plain] of Object.entries(object)) fields[name] = value(plain)
  return { fields }
}

function known(settings, names, what) {
  const unknown = Object.keys(settings).filter((name) => !names.includes(name))
  if (unknown.length > 0) throw new Error(`${what}: unknown: ${unknown.join(', ')}`)
  return settings
}

/**
 * Storage on PostgreSQL.
 * @param {{ indexes?: readonly object[], foreignKeys?: readonly object[], unlogged?: boolean, fillfactor?: number }}
 *   settings an index is `{ columns, unique?, method?, where?, include?, opclass?, nullsNotDistinct?, with?, name? }`; its
 *   columns are names, expressions in parentheses, or `{ column, opclass?, order?, nulls?, collation? }`. A foreign key
 *   is `{ columns, references: { schema, table, columns }, onDelete?, onUpdate?, name? }`
 * @returns a protobuf Struct
 */
function postgres(settings) {
  return struct({ postgres: known(settings, POSTGRES, 'options.postgres') })
}

/**
 * How an assertion counts.
 * @param {{ severity?: 'error' | 'warn', category?: string }} settings a failing `warn` is reported and
 *   blocks nothing
 * @returns a protobuf Struct
 */
function quality(settings) {
  const { severity } = known(settings, QUALITY, 'options.quality')
  if (severity !== undefined && !SEVERITIES.includes(severity)) {
    throw new Error(`options.quality: severity must be one of ${SEVERITIES.join(', ')}`)
  }
  return struct({ quality: settings })
}

/**
 * Several of the above in one.
 * @param {...object} parts what `postgres` and `quality` gave
 * @returns a protobuf Struct
 */
function all(...parts) {
  return { fields: Object.assign({}, ...parts.map((part) => part.fields)) }
}

module.exports = { postgres, quality, all }
