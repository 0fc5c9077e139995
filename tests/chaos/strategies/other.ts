/**
 * Operations, and the loading of files.
 */
import { EVENTS, GEN, WIDE } from './strategy.js'
import type { Strategy } from './strategy.js'

const FILES = {
  'definitions/ops.sqlx': `config { type: "operations", hasOutput: true }
create table if not exists \${self()} (batch int, n int, pad text)
---
delete from \${self()} where batch = \${${GEN}}
---
insert into \${self()} select batch, count(*), pad from (select batch, ${WIDE} from ${EVENTS} order by pad) e
where batch = \${${GEN}} group by batch, pad
`,
  'definitions/loaded.sqlx': `config { type: "incremental" }
select n, name, _load_id as load_id from \${ref("raw", "things")}
\${when(incremental(), \`where _load_id > (select coalesce(max(load_id), 0) from \${self()})\`)}
`,
  'definitions/things.js': 'declare({ schema: "raw", name: "things" })\n',
  'seeds/seeds.yaml': `sources:
  things:
    path: things/*.ndjson
    format: ndjson
    target: raw.things
    mode: append
    columns: { n: text, name: text }
`,
}

/** What is neither a table nor a view. */
export const OTHER: Strategy = { files: FILES, beginEmpty: ['raw.things'] }
