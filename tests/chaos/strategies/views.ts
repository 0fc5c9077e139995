/**
 * Views whose columns come and go, materialized views, and a table whose columns change under them.
 */
import { EVENTS, GEN, WIDE } from './strategy.js'
import type { Strategy } from './strategy.js'

const FILES = {
  'definitions/shape.sqlx': `config { type: "view" }
select id\${${GEN} % 2 ? ', amount' : ''}, kind\${${GEN} % 2 ? '' : ', day'} from ${EVENTS}
`,
  'definitions/wide.sqlx': `config { type: "table" }
select id, amount as \${'amount_' + ${GEN}}, ${WIDE} from ${EVENTS} order by pad
`,
  'definitions/wide_view.sqlx': `config { type: "view", description: "Follows the columns." }
select id, \${'amount_' + ${GEN}} from \${ref("wide")}
`,
  'definitions/mat.sqlx': `config { type: "view", materialized: true }
select kind, count(*)::int as n, max(pad) as pad from \${ref("wide")} join ${EVENTS} using (id) group by kind
`,
  'definitions/mat_key.sqlx': `config {
  type: "view", materialized: true, metadata: pg.metadata({ indexes: [{ columns: ["id"], unique: true }] })
}
select id, amount, ${WIDE} from ${EVENTS} order by pad
`,
}

const OUTSIDE = `create view out.shape_view as select id, kind from m.shape;
create materialized view out.shape_mat as select count(*)::int as n from out.shape_view;
create view out.mat_view as select kind, n from m.mat;
create view out.mat_key_view as select id, amount from m.mat_key`

/** Views. */
export const VIEWS: Strategy = {
  files: FILES,
  outside: OUTSIDE,
  together: [
    // A rebuilt table takes the views that read it along.
    ['m.wide', 'm.wide_view', 'm.mat', 'out.mat_view'],
    ['m.mat_key', 'out.mat_key_view'],
  ],
}
