/**
 * Incremental tables whose declared indexes and foreign keys change from one generation to the next.
 */
import { EVENTS, GEN, SINCE, WIDE } from './strategy.js'
import type { Strategy } from './strategy.js'

const FILES = {
  'definitions/keyed.sqlx': `config {
  type: "incremental", uniqueKey: ["id"],
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
  type: "incremental", partitionBy: "day", uniqueKey: ["id", "day"],
  metadata: pg.metadata({ indexes: [{ columns: [${GEN} % 2 ? "kind" : "amount"] }] })
}
select id, day, kind, amount, batch, ${WIDE} from ${EVENTS} ${SINCE} order by pad
`,
}

/** Indexes that are built and dropped beside readers. */
export const INDEXED: Strategy = { files: FILES, keysComeLater: ['m.keyed', 'm.keyed_parts'] }
