/**
 * What publishing costs over the SQL itself: a rebuild of a big table on which much hangs, against a plain
 * `CREATE TABLE AS` with the same index; and a merge of a delta most of which is there already, against
 * `INSERT ... ON CONFLICT DO UPDATE`.
 *
 *     node publish.mjs [--rows 5000000] [--rounds 5] [--copy]
 *
 * Ours is the whole process, from spawning Node to its exit, and its run phase by itself; the plain statements are
 * sent over an open connection of `pg`. In turns on one server, over a loopback connection without TLS. The rebuilt model
 * derives its columns as a fact table does; `--copy` takes a bare copy of the table instead, the least that a query can do.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeMachine, readOptions } from './machine.mjs'
import { environment, OURS, runScript, WORK } from './processes.mjs'
import { startServer } from './server.mjs'
import { markdownTable, ratioText, spread } from './stats.mjs'

const options = readOptions({ rows: 5_000_000, rounds: 5, copy: false })
const DATABASE = 'publish'
const VIEWS = 10
const DELTA = 50_000
const UNCHANGED = 45_000

const COPY = `select id, user_id, event_type, url, referrer, country, device, duration_ms, amount, created_at
from bench.events`
const DERIVED = `select id, user_id, event_type, lower(split_part(split_part(url, '://', 2), '/', 1)) as host,
  regexp_replace(url, '^[a-z]+://[^/]*', '') as path, coalesce(substring(referrer from '://([^/?]+)'), 'direct') as source,
  country, device, duration_ms / 1000.0 as seconds, amount, created_at, created_at::date as day,
  md5(user_id || device) as visitor
from bench.events`
const QUERY = options.copy ? COPY : DERIVED
const DELTA_QUERY = `select id, user_id, event_type, url, referrer, country, device,
  duration_ms + case when id / ${options.rows / DELTA} % ${DELTA / (DELTA - UNCHANGED)} = 0 then bench.round() else 0 end as duration_ms, amount, created_at
from bench.events where id % ${options.rows / DELTA} = 1`

/** The models: a big table with an index, comments, and an incremental one of the same rows. */
const PROJECT = {
  'dataform.json': JSON.stringify({ warehouse: 'postgres', defaultSchema: 'bench' }),
  'definitions/rebuilt.sqlx': `config {
  type: "table",
  description: "One row an event.",
  columns: { id: "The key.", user_id: "Who.", event_type: "What.", created_at: "When." },
  bigquery: { clusterBy: ["id"] }
}
${QUERY}
`,
  'definitions/merged.sqlx': `config {
  type: "incremental",
  uniqueKey: ["id"],
  description: "One row an event."
}
\${when(incremental(), \`${DELTA_QUERY}\`, \`${COPY}\`)}
`,
}

async function prepare(client) {
  await client.query(`create schema bench;
create table bench.rounds as select 0 as n;
create function bench.round() returns int language sql stable as 'select n from bench.rounds';
create table bench.events as
select n as id, n % 100003 as user_id, (array['view', 'click', 'buy', 'share'])[1 + n % 4] as event_type,
  'https://example.org/articles/' || n % 5003 || '/section-' || n % 17 as url,
  case when n % 3 = 0 then 'https://search.example.com/?q=' || n % 1009 end as referrer,
  (array['de', 'fr', 'it', 'es', 'pl'])[1 + n % 5] as country, (array['phone', 'desktop'])[1 + n % 2] as device,
  n % 90001 as duration_ms, (n % 100000) / 100.0 as amount, timestamp '2025-01-01' + n * interval '6 seconds' as created_at
from generate_series(1, ${options.rows}) n;
analyze bench.events;
create role bench_reader;`)
}

/** Runs one of our models; the whole process, and from the event stream its run phase. */
async function runOurs(server, model) {
  const seen = {}
  const { ms } = await runScript(
    OURS,
    ['run', join(WORK, 'publish'), '--actions', model, '--json'],
    {
      env: environment({ DATABASE_URL: `${server.url(DATABASE)}?sslmode=disable` }),
      onLine: (line, atMs) => {
        const event = JSON.parse(line)
        seen[event.type] = { atMs, event }
      },
    },
  )
  const [result] = seen['run-finished'].event.results
  if (result.status !== 'succeeded') throw new Error(JSON.stringify(result))
  return { ms, phase: seen['run-finished'].atMs - seen['run-started'].atMs, rows: result.rows }
}

async function timed(client, sql) {
  const started = performance.now()
  await client.query(sql)
  return performance.now() - started
}

const deadTuples = async (client, table) => {
  // What a transaction has left behind is counted when it ends; the counters of this session have to follow.
  await client.query('select pg_stat_force_next_flush()')
  const { rows } = await client.query(
    `select (select dead_tuple_count from pgstattuple_approx('${table}'))::int as dead`,
  )
  return rows[0].dead
}

console.log(describeMachine())
mkdirSync(join(WORK, 'home'), { recursive: true })
const folder = join(WORK, 'publish')
rmSync(folder, { recursive: true, force: true })
for (const [path, text] of Object.entries(PROJECT)) {
  mkdirSync(join(folder, path, '..'), { recursive: true })
  writeFileSync(join(folder, path), text)
}

const server = await startServer()
const figures = {
  plain: [],
  analyzed: [],
  ours: [],
  phase: [],
  upsert: [],
  merge: [],
  mergePhase: [],
  dead: [],
  upsertDead: [],
}
try {
  console.log(`PostgreSQL ${server.version}`)
  await server.recreate(DATABASE)
  const client = await server.connect(DATABASE)
  // When a check fails the server is stopped with the connection still open.
  client.on('error', () => undefined)
  await prepare(client)

  await runOurs(server, 'rebuilt')
  await client.query(
    `grant select on bench.rebuilt to bench_reader; grant select (id, country) on bench.rebuilt to public;`,
  )
  for (let i = 0; i < VIEWS; i++)
    await client.query(`create view bench.v${i} as select id, user_id, country from bench.rebuilt where id % ${VIEWS} = ${i};
      grant select on bench.v${i} to bench_reader; comment on view bench.v${i} is 'A view on it.'`)
  const PLAIN = `drop table if exists bench.plain; create table bench.plain as ${QUERY}; create index plain_id on bench.plain (id);`
  const plain = () => timed(client, PLAIN)
  const analyzed = () => timed(client, `${PLAIN} analyze bench.plain;`)
  await plain()
  for (let round = 0; round < options.rounds; round++) {
    const ours = async () => {
      const { ms, phase, rows } = await runOurs(server, 'rebuilt')
      if (rows !== options.rows) throw new Error(`${rows} rows`)
      figures.ours.push(ms)
      figures.phase.push(phase)
    }
    const other = async () => figures.plain.push(await plain())
    const third = async () => figures.analyzed.push(await analyzed())
    const contenders = [ours, other, third]
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
      await client.query('checkpoint')
      await contender()
    }
    console.error(`rebuild: round ${round + 1} of ${options.rounds}`)
  }
  const { rows: kept } = await client.query(
    `select count(*)::int as n from bench.v3, (select relacl from pg_class where oid = 'bench.v3'::regclass) c where c.relacl is not null`,
  )
  if (kept[0].n !== options.rows / VIEWS) throw new Error('a view or its grants are gone')
  await client.query('drop table bench.plain; drop table bench.rebuilt cascade')

  await client.query('create extension pgstattuple')
  await runOurs(server, 'merged')
  await client.query(
    `create table bench.upserted as ${COPY}; create unique index on bench.upserted (id); analyze bench.upserted;`,
  )
  for (const table of ['merged', 'upserted'])
    await client.query(`alter table bench.${table} set (autovacuum_enabled = false)`)
  const columns =
    'user_id, event_type, url, referrer, country, device, duration_ms, amount, created_at'.split(
      ', ',
    )
  const upsert = `insert into bench.upserted ${DELTA_QUERY} on conflict (id) do update set ${columns.map((name) => `${name} = excluded.${name}`).join(', ')}`
  for (let round = 0; round < options.rounds; round++) {
    await client.query('update bench.rounds set n = n + 1')
    const ours = async () => {
      const before = await deadTuples(client, 'bench.merged')
      const { ms, phase, rows } = await runOurs(server, 'merged')
      if (rows !== DELTA - UNCHANGED) throw new Error(`${rows} rows`)
      figures.merge.push(ms)
      figures.mergePhase.push(phase)
      figures.dead.push((await deadTuples(client, 'bench.merged')) - before)
    }
    const other = async () => {
      const before = await deadTuples(client, 'bench.upserted')
      figures.upsert.push(await timed(client, upsert))
      figures.upsertDead.push((await deadTuples(client, 'bench.upserted')) - before)
    }
    for (const contender of round % 2 === 0 ? [ours, other] : [other, ours]) {
      await client.query('checkpoint')
      await contender()
    }
    console.error(`merge: round ${round + 1} of ${options.rounds}`)
  }
  const { rows: same } = await client.query(
    `select count(*)::int as n from (select * from bench.merged except all select * from bench.upserted) d`,
  )
  if (same[0].n !== 0) throw new Error('the tables differ')
  await client.end()
} finally {
  await server.stop()
}

console.log(
  `\n${options.rows.toLocaleString('en-US')} rows, ${VIEWS} views, ${options.rounds} rounds\n`,
)
console.log(
  markdownTable(
    ['rebuild', 'time', 'of CREATE TABLE AS'],
    [
      ['CREATE TABLE AS and CREATE INDEX', spread(figures.plain), ''],
      [
        'the same with ANALYZE',
        spread(figures.analyzed),
        ratioText(figures.analyzed, figures.plain),
      ],
      ['dataform run, whole process', spread(figures.ours), ratioText(figures.ours, figures.plain)],
      [
        'dataform run, its run phase',
        spread(figures.phase),
        ratioText(figures.phase, figures.plain),
      ],
    ],
  ),
)
console.log(
  `\nmerge of ${DELTA.toLocaleString('en-US')} rows, ${UNCHANGED.toLocaleString('en-US')} of them unchanged\n`,
)
console.log(
  markdownTable(
    ['merge', 'time', 'of INSERT ... ON CONFLICT', 'dead tuples'],
    [
      [
        'INSERT ... ON CONFLICT DO UPDATE',
        spread(figures.upsert),
        '',
        `${Math.max(...figures.upsertDead)}`,
      ],
      [
        'dataform run, whole process',
        spread(figures.merge),
        ratioText(figures.merge, figures.upsert),
        `${Math.max(...figures.dead)}`,
      ],
      [
        'dataform run, its run phase',
        spread(figures.mergePhase),
        ratioText(figures.mergePhase, figures.upsert),
        '',
      ],
    ],
  ),
)
