import type { Action, Target } from '../graph/types.js'
import type { Session } from '../postgres/session.js'
import { columnName, quoteQualified } from '../sql/identifiers.js'

/** A column as the catalog has it. */
export interface ExportColumn {
  readonly name: string
  /** The type's name without its modifiers, such as `numeric`; of a domain, that of what is under it. */
  readonly type: string
  /** `pg_type.typcategory`: N numbers, B booleans, D dates and times, A arrays. */
  readonly category: string
  /** Of a `numeric(precision, scale)`; null for other types and for a bare `numeric`. */
  readonly decimal: { readonly precision: number; readonly scale: number } | null
}

/** A relation that is there and can be read. */
export interface Relation {
  readonly target: Target
  readonly columns: readonly ExportColumn[]
  /** Columns of a primary key or a unique index; empty if there is none. */
  readonly key: readonly string[]
}

/** Reads what a relation is; null if there is none of that name. */
export async function readRelation(session: Session, target: Target): Promise<Relation | null> {
  const { rows } = await session.query(
    `select (select json_agg(json_build_object('name', a.attname, 'type', format_type(b.oid, null),
                                               'category', b.typcategory, 'modifier', case when t.typtype = 'd' then t.typtypmod else a.atttypmod end)
                             order by a.attnum)
             from pg_attribute a join pg_type t on t.oid = a.atttypid
                  join pg_type b on b.oid = case when t.typtype = 'd' then t.typbasetype else t.oid end
             where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)::text as columns,
            (select json_agg(a.attname order by k.place)
             from (select i.indkey::int2[] as columns from pg_index i
                   where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
                   order by i.indisprimary desc, i.indnkeyatts, i.indexrelid limit 1) i
                  cross join unnest(i.columns) with ordinality k(number, place)
                  join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number)::text as key
     from pg_class c where c.oid = to_regclass($1)`,
    [quoteQualified(target)],
  )
  const row = rows[0]
  if (row === undefined) return null
  const columns = parse(row.columns) as readonly (Omit<ExportColumn, 'decimal'> & {
    readonly modifier: number
  })[]
  return {
    target,
    columns: columns.map(({ name, type, category, modifier }) => ({
      name,
      type,
      category,
      decimal: type === 'numeric' && modifier >= 4 ? decimalOf(modifier - 4) : null,
    })),
    key: parse(row.key) as readonly string[],
  }
}

function parse(json: unknown): unknown {
  return typeof json === 'string' ? JSON.parse(json) : []
}

/** How PostgreSQL packs a numeric's precision and scale; the scale has 11 bits, with a sign. */
function decimalOf(packed: number): ExportColumn['decimal'] {
  return { precision: packed >> 16, scale: ((packed & 0x7ff) ^ 1024) - 1024 }
}

/** The columns by which the project says that an action's rows are unique: its key, or that of an assertion on it. */
export function declaredKey(action: Action, actions: readonly Action[]): readonly string[] {
  if (action.type === 'incremental' && action.uniqueKey.length > 0)
    return action.uniqueKey.map(columnName)
  const { schema, name } = action.target
  for (const other of actions) {
    if (other.type !== 'assertion' || other.keyList === null) continue
    if (other.parent?.schema === schema && other.parent.name === name)
      return other.keyList.split(',').map((column) => columnName(column.trim()))
  }
  return []
}
