/**
 * Reads what exists, for all targets of a run, in one query.
 */
import { targetKey } from '../graph/target.js'
import type { Target } from '../graph/types.js'
import type {
  Catalog,
  ForeignKeyPart,
  NamedPart,
  Relation,
  RelationColumn,
  RelationKind,
} from '../plan/catalog.js'
import { HAS_ATTACHMENTS, STAMP } from '../plan/replace/attached.js'
import type { Session } from './session.js'

const KINDS: Readonly<Record<string, RelationKind>> = {
  r: 'table',
  p: 'partitioned table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
}

// pg_catalog directly, never information_schema: its views check rights row by row and are slow.
const CATALOG_SQL = `
select
  (select json_agg(nspname) from pg_catalog.pg_namespace) as schemas,
  (
    select coalesce(json_agg(json_build_object(
      'schema', n.nspname, 'name', c.relname, 'kind', c.relkind,
      'comment', pg_catalog.obj_description(c.oid, 'pg_class'),
      'options', coalesce(to_json(c.reloptions), '[]'),
      'tablespace', (select s.spcname from pg_catalog.pg_tablespace s where s.oid = c.reltablespace),
      'isUnlogged', c.relpersistence = 'u',
      'hasAttachments', ${HAS_ATTACHMENTS},
      'stamp', ${STAMP},
      'partitionKey', case when c.relkind = 'p' then pg_catalog.pg_get_partkeydef(c.oid) end,
      'indexes', (
        select coalesce(json_agg(json_build_object('name', i.relname, 'isValid', x.indisvalid,
          'comment', pg_catalog.obj_description(i.oid, 'pg_class')) order by i.relname), '[]')
        from pg_catalog.pg_index x join pg_catalog.pg_class i on i.oid = x.indexrelid
        where x.indrelid = c.oid and not exists (
          select from pg_catalog.pg_constraint k where k.conindid = x.indexrelid and k.conrelid = c.oid)
      ),
      'foreignKeys', (
        select coalesce(json_agg(json_build_object('name', k.conname, 'isValid', k.convalidated,
          'table', json_build_object('schema', fn.nspname, 'name', fc.relname),
          'comment', pg_catalog.obj_description(k.oid, 'pg_constraint')) order by k.conname), '[]')
        from pg_catalog.pg_constraint k join pg_catalog.pg_class fc on fc.oid = k.confrelid
          join pg_catalog.pg_namespace fn on fn.oid = fc.relnamespace
        where k.conrelid = c.oid and k.contype = 'f'
      ),
      'columns', (
        select coalesce(json_agg(json_build_object(
          'name', a.attname,
          'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
          'comment', pg_catalog.col_description(c.oid, a.attnum),
          'isGenerated', a.attgenerated <> '' or a.attidentity = 'a'
        ) order by a.attnum), '[]')
        from pg_catalog.pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      )
    )), '[]')
    from unnest($1::text[], $2::text[]) as wanted(schema, name)
    join pg_catalog.pg_namespace n on n.nspname = wanted.schema
    join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = wanted.name
  ) as relations,
  (
    select json_object_agg(wanted.schema || '.' || wanted.name, tn.nspname || '.' || t.relname)
    from unnest($3::text[], $4::text[]) as wanted(schema, name)
    join pg_catalog.pg_namespace n on n.nspname = wanted.schema
    join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = wanted.name
    left join pg_catalog.pg_index x on x.indexrelid = c.oid
    join pg_catalog.pg_class t on t.oid = coalesce(x.indrelid, c.oid)
    join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace
  ) as index_names`

interface CatalogRow {
  readonly schema: string
  readonly name: string
  readonly kind: string
  readonly comment: string | null
  readonly options: readonly string[]
  readonly tablespace: string | null
  readonly isUnlogged: boolean
  readonly hasAttachments: boolean
  readonly stamp: string
  readonly partitionKey: string | null
  readonly indexes: readonly NamedPart[]
  readonly foreignKeys: readonly ForeignKeyPart[]
  readonly columns: readonly RelationColumn[]
}

/**
 * Reads the relations that the targets name, with their columns, and all schemas' names.
 * @param indexes names that are to be given to indexes, and that something else may have
 * @returns a catalog without the relations that do not exist
 */
export async function readCatalog(
  session: Session,
  targets: readonly Target[],
  indexes: readonly Target[] = [],
): Promise<Catalog> {
  const result = await session.query(CATALOG_SQL, [
    targets.map((target) => target.schema),
    targets.map((target) => target.name),
    indexes.map((index) => index.schema),
    indexes.map((index) => index.name),
  ])
  const row = result.rows[0]
  const relations = ((row?.relations ?? []) as readonly CatalogRow[]).map(
    ({ schema, name, kind, ...rest }): [string, Relation] => {
      const target = { schema, name }
      return [targetKey(target), { target, kind: KINDS[kind] ?? 'other', ...rest }]
    },
  )
  return {
    relations: new Map(relations),
    schemas: new Set((row?.schemas ?? []) as readonly string[]),
    indexNames: new Map(Object.entries((row?.index_names ?? {}) as Record<string, string>)),
  }
}
