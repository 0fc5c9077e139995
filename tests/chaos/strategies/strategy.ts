/**
 * What the strategies have in common: everything follows from the table `src.events` and from the generation, the
 * variable `gen`. Every row is wide and sorted, so that temporary files are needed once memory is short.
 */

/** Models of one kind, and what other people have put on them. */
export interface Strategy {
  /** Path -> text. */
  readonly files: Readonly<Record<string, string>>
  /** Statements that put on the models what is no part of the project. */
  readonly outside?: string
  /** Relations that are exchanged together, besides those that stand alone. */
  readonly together?: readonly (readonly string[])[]
  /** Relations whose indexes and foreign keys are brought up to date after the rows, in steps of their own. */
  readonly keysComeLater?: readonly string[]
  /** Relations that are made before their first rows, and stay if those don't come. */
  readonly beginEmpty?: readonly string[]
  /** True if nothing but rows changes from one generation to the next. */
  readonly keepsShape?: boolean
}

/** The generation, in JavaScript. */
export const GEN = 'Number(dataform.projectConfig.vars.gen)'

/** The source. */
export const EVENTS = '${ref("src", "events")}'

/** A column that takes room. */
export const WIDE = 'repeat(md5(id::text || amount::text), 100) as pad'

/** What has changed since the table was last written. */
export const SINCE = `\${when(incremental(), \`where batch >= (select coalesce(max(batch), 0) from \${self()})\`)}`

/** Somebody who may read, and is on every server. */
export const SOMEBODY = 'pg_monitor'

/** Options of PostgreSQL in the form that core takes in every config. */
const INCLUDE = `
function value(plain) {
  if (typeof plain === 'boolean') return { boolValue: plain }
  if (typeof plain === 'string') return { stringValue: plain }
  if (Array.isArray(plain)) return { listValue: { values: plain.map(value) } }
  return { structValue: struct(plain) }
}
function struct(object) {
  return { fields: Object.fromEntries(Object.entries(object).map(([name, plain]) => [name, value(plain)])) }
}
module.exports = { metadata: (postgres) => ({ extraProperties: struct({ postgres }) }) }
`

/** The files of every project. */
export const COMMON_FILES: Readonly<Record<string, string>> = {
  'dataform.json': JSON.stringify({
    warehouse: 'postgres',
    defaultSchema: 'm',
    assertionSchema: 'checks',
    vars: { gen: '0' },
  }),
  'package.json': JSON.stringify({ name: 'chaos' }),
  'includes/pg.js': INCLUDE,
  'definitions/events.js': 'declare({ schema: "src", name: "events" })\n',
}
