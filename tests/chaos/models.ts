/**
 * A project with a model of every strategy. Everything follows from the table `src.events` and from the generation, the
 * variable `gen`: with it columns come and go and declared indexes change. Every row is wide, so that sorts and joins
 * need temporary files once memory is short.
 */

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

const GEN = 'Number(dataform.projectConfig.vars.gen)'
const EVENTS = '${ref("src", "events")}'
const WIDE = 'repeat(md5(id::text || amount::text), 20) as pad'
/** What has changed since the table was last written. Sorted, so that it needs room. */
const SINCE = `\${when(incremental(), \`where batch >= (select coalesce(max(batch), 0) from \${self()})\`)}`

/** Tables that are rebuilt. */
const TABLES = {
  'definitions/hub.sqlx': `config {
  type: "table", tags: ["tables"], description: "One row an event.", columns: { id: "The key." },
  metadata: pg.metadata({ indexes: [{ columns: ["id"], unique: true }, { columns: ["day", "kind"] }] })
}
select id, day, kind, amount, ${WIDE} from ${EVENTS} order by pad
`,
  'definitions/bare.sqlx': `config { type: "table", tags: ["tables"], description: "Nothing hangs off it." }
select kind, pad, count(*)::int as n, sum(amount)::int as total from \${ref("hub")} group by kind, pad
`,
  'definitions/parts.sqlx': `config {
  type: "table", tags: ["tables"], partitionBy: "date_trunc('month', day)", clusterBy: ["kind"],
  dependencies: ["hub"], description: "Partitioned."
}
select id, day, kind, amount, ${WIDE} from ${EVENTS} order by pad
`,
  'definitions/gated.sqlx': `config {
  type: "table", tags: ["tables"],
  assertions: { uniqueKey: ["id"], nonNull: ["day"], rowConditions: ["amount >= 0"] }
}
select id, day, amount, ${WIDE} from ${EVENTS} order by pad
`,
  'definitions/after_gate.sqlx': `config { type: "table", tags: ["tables"], dependOnDependencyAssertions: true }
select count(*)::int as n, sum(amount)::int as total from \${ref("gated")}
`,
}

/** Views, and a table whose columns change under one. */
const VIEWS = {
  'definitions/flat.sqlx': `config { type: "view", tags: ["tables"], description: "Never changes." }
select id, amount from \${ref("hub")} where kind = 'a'
`,
  'definitions/shape.sqlx': `config { type: "view", tags: ["views"] }
select id\${${GEN} % 2 ? ', amount' : ''}, kind\${${GEN} % 2 ? '' : ', day'} from ${EVENTS}
`,
  'definitions/wide.sqlx': `config { type: "table", tags: ["views"] }
select id, amount as \${'amount_' + ${GEN}}, ${WIDE} from ${EVENTS} order by pad
`,
  'definitions/wide_view.sqlx': `config { type: "view", tags: ["views"], description: "Follows the columns." }
select id, \${'amount_' + ${GEN}} from \${ref("wide")}
`,
  'definitions/mat.sqlx': `config { type: "view", materialized: true, tags: ["views"] }
select kind, count(*)::int as n, max(pad) as pad from \${ref("wide")} join ${EVENTS} using (id) group by kind
`,
  'definitions/mat_key.sqlx': `config {
  type: "view", materialized: true, tags: ["views"],
  metadata: pg.metadata({ indexes: [{ columns: ["id"], unique: true }] })
}
select id, amount, ${WIDE} from ${EVENTS} order by pad
`,
}

/** Incremental tables. */
const INCREMENTALS = {
  'definitions/merge.sqlx': `config {
  type: "incremental", uniqueKey: ["id"], tags: ["incremental"], assertions: { rowConditions: ["amount >= 0"] }
}
select id, day, kind, amount, batch, ${WIDE} from ${EVENTS} ${SINCE} order by pad
`,
  'definitions/merge_parts.sqlx': `config {
  type: "incremental", uniqueKey: ["id", "day"], partitionBy: "date_trunc('week', day)", tags: ["incremental"]
}
select id, day, amount, batch, ${WIDE} from ${EVENTS} ${SINCE} order by pad
`,
  'definitions/append.sqlx': `config { type: "incremental", tags: ["incremental"] }
select id, amount, batch, ${WIDE} from ${EVENTS}
\${when(incremental(), \`where batch > (select coalesce(max(batch), 0) from \${self()})\`)} order by pad
`,
  'definitions/overwrite.sqlx': `config {
  type: "incremental", incrementalStrategy: "INSERT_OVERWRITE", partitionBy: "date_trunc('day', day)",
  clusterBy: ["kind"], tags: ["incremental"]
}
select id, day, kind, amount, batch, ${WIDE} from ${EVENTS}
\${when(incremental(), \`where day in (select day from ${EVENTS} where batch = \${${GEN}})\`)} order by pad
`,
  'definitions/extend.sqlx': `config {
  type: "incremental", uniqueKey: ["id"], onSchemaChange: "EXTEND", tags: ["incremental"]
}
select id, batch, \${Array.from({ length: ${GEN} }, (_, i) => 'amount + ' + i + ' as extra_' + i + ', ').join('')}${WIDE}
from ${EVENTS} ${SINCE} order by pad
`,
}

/** Incremental tables whose declared indexes and foreign keys change from one generation to the next. */
const INDEXED = {
  'definitions/keyed.sqlx': `config {
  type: "incremental", uniqueKey: ["id"], tags: ["indexed"],
  metadata: pg.metadata({
    indexes: [
      { columns: [${GEN} % 2 ? "kind" : "amount"] },
      { name: "keyed_by_hand", columns: ${GEN} % 2 ? ["day"] : ["day", "id"] }
    ],
    foreignKeys: ${GEN} % 2 ? [{ columns: ["kind"], references: { schema: "src", table: "kinds", columns: ["kind"] } }] : []
  })
}
select id, day, kind, amount, batch, ${WIDE} from ${EVENTS} ${SINCE} order by pad
`,
  'definitions/keyed_parts.sqlx': `config {
  type: "incremental", partitionBy: "day", tags: ["indexed"], uniqueKey: ["id", "day"],
  metadata: pg.metadata({ indexes: [{ columns: [${GEN} % 2 ? "kind" : "amount"] }] })
}
select id, day, kind, amount, batch, ${WIDE} from ${EVENTS} ${SINCE} order by pad
`,
}

/** Operations, and the loading of files. */
const OTHERS = {
  'definitions/ops.sqlx': `config { type: "operations", hasOutput: true, tags: ["other"] }
create table if not exists \${self()} (batch int, n int, pad text)
---
delete from \${self()} where batch = \${${GEN}}
---
insert into \${self()} select batch, count(*), pad from (select batch, ${WIDE} from ${EVENTS} order by pad) e
where batch = \${${GEN}} group by batch, pad
`,
  'definitions/loaded.sqlx': `config { type: "incremental", tags: ["other"] }
select n, name, _load_id as load_id from \${ref("raw", "things")}
\${when(incremental(), \`where _load_id > (select coalesce(max(load_id), 0) from \${self()})\`)}
`,
  'definitions/sources.js': `declare({ schema: "src", name: "events" })
declare({ schema: "raw", name: "things" })
`,
  'seeds/seeds.yaml': `sources:
  things:
    path: things/*.ndjson
    format: ndjson
    target: raw.things
    mode: append
    tags: [other]
    columns: { n: text, name: text }
`,
}

/** The files of the project. */
export const MODELS: Readonly<Record<string, string>> = {
  'dataform.json': JSON.stringify({
    warehouse: 'postgres',
    defaultSchema: 'm',
    assertionSchema: 'checks',
    vars: { gen: '0' },
  }),
  'package.json': JSON.stringify({ name: 'chaos' }),
  'includes/pg.js': INCLUDE,
  ...TABLES,
  ...VIEWS,
  ...INCREMENTALS,
  ...INDEXED,
  ...OTHERS,
}
