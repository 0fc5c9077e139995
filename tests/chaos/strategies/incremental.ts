/**
 * Incremental tables: merged, appended, overwritten, and with new columns.
 */
import { EVENTS, GEN, SINCE, WIDE } from './strategy.js'
import type { Strategy } from './strategy.js'

const FILES = {
  'definitions/merge.sqlx': `config {
  type: "incremental", uniqueKey: ["id"], assertions: { rowConditions: ["amount >= 0"] }
}
select id, day, kind, amount, batch, ${WIDE} from ${EVENTS} ${SINCE} order by pad
`,
  'definitions/merge_parts.sqlx': `config {
  type: "incremental", uniqueKey: ["id", "day"], partitionBy: "date_trunc('week', day)"
}
select id, day, amount, batch, ${WIDE} from ${EVENTS} ${SINCE} order by pad
`,
  'definitions/append.sqlx': `config { type: "incremental" }
select id, amount, batch, ${WIDE} from ${EVENTS}
\${when(incremental(), \`where batch > (select coalesce(max(batch), 0) from \${self()})\`)} order by pad
`,
  'definitions/overwrite.sqlx': `config {
  type: "incremental", incrementalStrategy: "INSERT_OVERWRITE", partitionBy: "date_trunc('day', day)",
  clusterBy: ["kind"]
}
select id, day, kind, amount, batch, ${WIDE} from ${EVENTS}
\${when(incremental(), \`where day in (select day from ${EVENTS} where batch = \${${GEN}})\`)} order by pad
`,
  'definitions/extend.sqlx': `config {
  type: "incremental", uniqueKey: ["id"], onSchemaChange: "EXTEND"
}
select id, batch, \${Array.from({ length: ${GEN} }, (_, i) => 'amount + ' + i + ' as extra_' + i + ', ').join('')}${WIDE}
from ${EVENTS} ${SINCE} order by pad
`,
}

/** Incremental tables. */
export const INCREMENTAL: Strategy = {
  files: FILES,
  outside: 'create view out.merge_view as select id, amount from m.merge',
  together: [['m.merge', 'out.merge_view']],
}
