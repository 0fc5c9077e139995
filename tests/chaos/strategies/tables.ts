/**
 * Tables that are rebuilt: with much hanging off, with nothing, partitioned, gated.
 */
import { EVENTS, SOMEBODY, WIDE } from './strategy.js'
import type { Strategy } from './strategy.js'

const FILES = {
  'definitions/hub.sqlx': `config {
  type: "table", description: "One row an event.", columns: { id: "The key." },
  metadata: pg.metadata({ indexes: [{ columns: ["id"], unique: true }, { columns: ["day", "kind"] }] })
}
select id, day, kind, amount, ${WIDE} from ${EVENTS} order by pad
`,
  'definitions/flat.sqlx': `config { type: "view", description: "Never changes." }
select id, amount from \${ref("hub")} where kind = 'a'
`,
  'definitions/bare.sqlx': `config { type: "table", description: "Nothing hangs off it." }
select kind, pad, count(*)::int as n, sum(amount)::int as total from \${ref("hub")} group by kind, pad
`,
  'definitions/parts.sqlx': `config {
  type: "table", partitionBy: "date_trunc('month', day)", clusterBy: ["kind"], dependencies: ["hub"],
  description: "Partitioned."
}
select id, day, kind, amount, ${WIDE} from ${EVENTS} order by pad
`,
  'definitions/gated.sqlx': `config {
  type: "table", assertions: { uniqueKey: ["id"], nonNull: ["day"], rowConditions: ["amount >= 0"] }
}
select id, day, amount, ${WIDE} from ${EVENTS} order by pad
`,
  'definitions/after_gate.sqlx': `config { type: "table", dependOnDependencyAssertions: true }
select count(*)::int as n, sum(amount)::int as total from \${ref("gated")}
`,
}

const OUTSIDE = `create function out.touch() returns trigger language plpgsql as $$ begin return new; end $$;
grant select on m.hub to ${SOMEBODY} with grant option;
grant update (amount) on m.hub to ${SOMEBODY};
create index hub_by_hand on m.hub (amount desc) where amount > 10;
create statistics m.hub_stats on day, kind from m.hub;
create trigger hub_touch before insert or update on m.hub for each row execute function out.touch();
alter table m.hub enable row level security;
create policy hub_policy on m.hub for select to ${SOMEBODY} using (amount >= 0);
alter table m.hub add constraint hub_amount check (amount >= 0);
comment on column m.hub.kind is 'by hand';
create table out.orders (n int primary key, hub_id int references m.hub (id) on delete cascade);
insert into out.orders select n, n from generate_series(1, 20) n;
create view out.hub_view with (security_barrier = true) as select id, amount, kind from m.hub;
create view out.hub_view_2 as select kind, sum(amount)::int as total from out.hub_view group by kind;
comment on view out.hub_view is 'by hand';
grant select on out.hub_view_2 to ${SOMEBODY};
create materialized view out.hub_mat as select id, amount from m.hub;
create unique index hub_mat_id on out.hub_mat (id);
grant select on out.hub_mat to ${SOMEBODY};
create view out.hub_mat_view as select count(*)::int as n, sum(amount)::int as total from out.hub_mat;
create view out.parts_view as select id, amount from m.parts`

/** Rebuilt tables. */
export const TABLES: Strategy = {
  files: FILES,
  keepsShape: true,
  outside: OUTSIDE,
  together: [
    // `m.flat` is an action of its own, but its definition never changes: what it shows is the table's.
    ['m.hub', 'm.flat', 'out.hub_view', 'out.hub_view_2', 'out.hub_mat', 'out.hub_mat_view'],
    ['m.parts', 'out.parts_view'],
  ],
}
