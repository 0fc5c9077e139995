/**
 * The state of all relations as text: their rows, in order, and everything that hangs off them.
 */
import type { Rows } from './administrator.js'

/** One relation. Texts, so that two states are the same if the texts are. */
export interface RelationState {
  readonly rows: string
  /** Kind, columns, definition, rights, comments, triggers, policies, partitions, ... */
  readonly shape: string
  /** Indexes and foreign keys, which some strategies bring up to date after the rows. */
  readonly keys: string
}

/** All relations by `schema.name`. */
export type Snapshot = ReadonlyMap<string, RelationState>

const list = (element: string, order: string, from: string): string =>
  `(select coalesce(json_agg(${element} order by ${order}), '[]') from ${from})`

const rights = (acl: string): string => list('a::text', 'a::text', `unnest(${acl}) a`)

// A materialized view that was made over a rebuilt table has the table's name as an alias; it says the same.
const DEFINITION = `case when c.relkind in ('v', 'm')
  then regexp_replace(pg_get_viewdef(c.oid), '(\\w+\\.(\\w+)) \\2\\y', '\\1', 'g') end`

const SHAPE = `json_build_object('kind', c.relkind, 'options', c.reloptions, 'rights', ${rights('c.relacl')},
  'comment', obj_description(c.oid, 'pg_class'), 'security', c.relrowsecurity, 'populated', c.relispopulated,
  'definition', ${DEFINITION},
  'columns', ${list(
    `json_build_array(a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, col_description(c.oid, a.attnum),
      ${rights('a.attacl')})`,
    'a.attnum',
    'pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped',
  )},
  'checks', ${list('json_build_array(k.conname, pg_get_constraintdef(k.oid))', 'k.conname', `pg_constraint k where k.conrelid = c.oid and k.contype <> 'f'`)},
  'incoming', ${list('json_build_array(k.conname, k.conrelid::regclass, pg_get_constraintdef(k.oid))', 'k.conname', `pg_constraint k where k.confrelid = c.oid and k.contype = 'f' and k.conparentid = 0`)},
  'triggers', ${list('pg_get_triggerdef(g.oid)', 'g.tgname', 'pg_trigger g where g.tgrelid = c.oid and not g.tgisinternal')},
  'policies', ${list('json_build_array(p.polname, p.polcmd, p.polroles::regrole[]::text, pg_get_expr(p.polqual, p.polrelid))', 'p.polname', 'pg_policy p where p.polrelid = c.oid')},
  'statistics', ${list('pg_get_statisticsobjdef(s.oid)', 's.stxname', 'pg_statistic_ext s where s.stxrelid = c.oid')},
  'partitions', ${list('json_build_array(i.inhrelid::regclass, pg_get_expr(p.relpartbound, p.oid))', 'p.relname', 'pg_inherits i join pg_class p on p.oid = i.inhrelid where i.inhparent = c.oid')})`

const KEYS = `json_build_object('indexes', ${list(
  `json_build_array(pg_get_indexdef(i.indexrelid), i.indisvalid, obj_description(i.indexrelid, 'pg_class'))`,
  'x.relname',
  `pg_index i join pg_class x on x.oid = i.indexrelid where i.indrelid in (
    select c.oid union all select p.inhrelid from pg_inherits p where p.inhparent = c.oid)`,
)}, 'foreign keys', ${list(
  `json_build_array(k.conname, pg_get_constraintdef(k.oid), k.convalidated, obj_description(k.oid, 'pg_constraint'))`,
  'k.conname',
  `pg_constraint k where k.conrelid = c.oid and k.contype = 'f'`,
)})`

const RELATIONS = `set search_path = '';
select n.nspname || '.' || c.relname as name, ${SHAPE}::text as shape, ${KEYS}::text as keys
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('m', 'out', 'raw', 'checks') and c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition
order by 1`

/** What of a row counts, where not all of it does: ids of loads have gaps after failures, and times differ. */
const ROW: Readonly<Record<string, string>> = {
  'raw.things': '(t.n, t.name, t._extra, t._file, t._line)',
  'm.loaded': '(t.n, t.name)',
}

/** The rows of a relation that has none. */
export const EMPTY = '0 rows d41d8cd98f00b204e9800998ecf8427e'

/** Reads everything. Nobody may be changing it. */
export async function takeSnapshot(rows: Rows): Promise<Snapshot> {
  const relations = (await rows(RELATIONS)) as { name: string; shape: string; keys: string }[]
  const reads = relations.map(
    ({ name }) =>
      `select '${name}' as name, count(*) || ' rows ' || md5(coalesce(string_agg(${ROW[name] ?? 't'}::text, ';'
        order by ${ROW[name] ?? 't'}::text collate "C"), '')) as rows from ${name} t`,
  )
  const texts = reads.length === 0 ? [] : await rows(reads.join('\nunion all\n'))
  const byName = new Map(texts.map((row) => [row.name, String(row.rows)]))
  return new Map(
    relations.map(({ name, shape, keys }) => [name, { rows: byName.get(name) ?? '', shape, keys }]),
  )
}
