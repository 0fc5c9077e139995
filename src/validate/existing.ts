/**
 * What exists in the database, as far as a dry run needs it. Read from the catalogs alone: no lock on a user's
 * relation, and no right to read it, is needed.
 */
import { targetKey } from '../graph/target.js'
import type { Session } from '../postgres/session.js'
import type { QualifiedName } from '../sql/rename-relations.js'

/** A column of an existing or of a scratch relation. */
export interface Column {
  readonly name: string
  /** As `format_type` writes it. */
  readonly type: string
  /** The type without its modifier, of a domain the type beneath. */
  readonly baseType: string
  /** The type's number, equal for equal types whatever their modifiers. */
  readonly typeId: string
  /** The name of a collation that is not the type's own, quoted; else null. */
  readonly collation: string | null
  /** True for a column that can't be written to. */
  readonly isGenerated: boolean
}

/** How people call a kind of relation. */
export type ExistingKind = 'table' | 'view' | 'materialized view' | 'foreign table' | 'other'

/** What a query sees of a relation. */
export interface Shape {
  readonly columns: readonly Column[]
  /** A query may group by the primary key and read every other column. Empty if there is none. */
  readonly primaryKey: readonly string[]
}

/** A relation that exists. */
export interface ExistingRelation extends Shape {
  readonly kind: ExistingKind
}

/** The database and what it has. */
export interface Existing {
  readonly database: string
  readonly role: string
  /** False if the role may not make temporary tables. */
  readonly canMakeScratch: boolean
  /** True for a replica, which can't make temporary tables. */
  readonly isStandby: boolean
  /** By `schema.name`. */
  readonly relations: ReadonlyMap<string, ExistingRelation>
}

const KINDS: Readonly<Record<string, ExistingKind>> = {
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
}

const COLUMNS = `(
  select coalesce(json_agg(json_build_object(
    'name', a.attname,
    'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
    'baseType', pg_catalog.format_type(coalesce(nullif(t.typbasetype, 0), t.oid), null),
    'typeId', t.oid::text,
    'collation', (
      select pg_catalog.format('%I.%I', cn.nspname, co.collname)
      from pg_catalog.pg_collation co join pg_catalog.pg_namespace cn on cn.oid = co.collnamespace
      where co.oid = a.attcollation and a.attcollation <> t.typcollation
    ),
    'isGenerated', a.attgenerated <> '' or a.attidentity = 'a'
  ) order by a.attnum), '[]')
  from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
)`

/** SQL of the shape, as JSON, of the relation whose `pg_class` row is `c`. */
export const SHAPE = `json_build_object('columns', ${COLUMNS}, 'primaryKey', (
  select coalesce(json_agg(a.attname order by x.position), '[]')
  from pg_catalog.pg_constraint k
  cross join unnest(k.conkey) with ordinality as x (number, position)
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = x.number
  where k.conrelid = c.oid and k.contype = 'p'
))`

// The system's own relations are read as they are: nobody locks them, and some have columns that no table can have.
const EXISTING_SQL = `
select
  pg_catalog.current_database() as database, current_user::text as role,
  pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMP') as can_make_scratch,
  pg_catalog.pg_is_in_recovery() as is_standby,
  (
    select coalesce(json_agg(json_build_object(
      'schema', n.nspname, 'name', c.relname, 'kind', c.relkind, 'shape', ${SHAPE}
    )), '[]')
    from unnest($1::text[], $2::text[]) as wanted (schema, name)
    join pg_catalog.pg_namespace n on n.nspname = wanted.schema
    join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = wanted.name
    where n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
      and c.relkind in ('r', 'p', 'v', 'm', 'f')
  ) as relations`

type Row = QualifiedName & { readonly kind: string; readonly shape: Shape }

/** Reads which of the named relations exist, and whether scratch relations can be made. */
export async function readExisting(
  session: Session,
  names: Iterable<QualifiedName>,
): Promise<Existing> {
  const wanted = [...new Map([...names].map((name) => [targetKey(name), name])).values()]
  const { rows } = await session.query(EXISTING_SQL, [
    wanted.map(({ schema }) => schema),
    wanted.map(({ name }) => name),
  ])
  const row = rows[0]
  return {
    database: String(row?.database),
    role: String(row?.role),
    canMakeScratch: row?.can_make_scratch === true,
    isStandby: row?.is_standby === true,
    relations: new Map(
      (row?.relations as readonly Row[]).map(({ kind, shape, ...name }) => [
        targetKey(name),
        { kind: KINDS[kind] ?? 'other', ...shape },
      ]),
    ),
  }
}

/** Names of relations in some schemas, for "did you mean". */
export async function namesInSchemas(
  session: Session,
  schemas: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await session.query(
    `select n.nspname || '.' || c.relname as name
     from pg_catalog.pg_namespace n join pg_catalog.pg_class c on c.relnamespace = n.oid
     where n.nspname = any ($1) and c.relkind in ('r', 'p', 'v', 'm', 'f')`,
    [schemas],
  )
  return rows.map((row) => String(row.name))
}
