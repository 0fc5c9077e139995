import type { ActionFailure } from '../failure/types.js'
import { targetKey } from '../graph/target.js'
import type { Session } from '../postgres/session.js'
import { quoteIdent, quoteLiteral, quoteQualified } from '../sql/identifiers.js'
import { migrateState, STATE_LOCK } from '../state/migrate.js'
import { SEEDS_FILE, type SeedSource } from './declaration.js'
import { EXTRACT_DATE } from './load-writer.js'

/** A column as it should be, or as it is. */
export interface ColumnShape {
  readonly name: string
  readonly type: string
  readonly comment: string
}

/** The columns of every raw table that do not come from a declaration. */
const META: readonly ColumnShape[] = [
  {
    name: '_extra',
    type: 'jsonb',
    comment: 'Fields of the record that are not declared; NULL if there are none.',
  },
  { name: '_file', type: 'text', comment: 'The file, relative to the data root.' },
  { name: '_line', type: 'bigint', comment: 'Line in the file, or index in its array, from 1.' },
  {
    name: '_load_id',
    type: 'bigint',
    comment: 'The load that brought the row; see dataform_state.loads.',
  },
  { name: '_loaded_at', type: 'timestamp with time zone', comment: 'When that load was made.' },
]

/** Of sources of full extracts. */
const EXTRACT_DATE_COLUMN: ColumnShape = {
  name: EXTRACT_DATE,
  type: 'date',
  comment: "The extract's day: the date in the file's path, else the day of the load (UTC).",
}

/** The columns of a source's raw table: the declared ones and those that every one has. */
export function rawColumns(source: Pick<SeedSource, 'columns' | 'mode'>): readonly ColumnShape[] {
  const declared = source.columns.map(({ name, type, description }) => ({
    name,
    type,
    comment: description,
  }))
  return [...declared, ...META, ...(source.mode === 'snapshot' ? [EXTRACT_DATE_COLUMN] : [])]
}

/** What to know before a raw table is dropped. */
const DROP_NOTE = 'with cascade where views read it: the next run makes them again'

/** Gets its value from the transaction, so that it need not be sent with each row. */
const LOADED_AT = '"_loaded_at" timestamp with time zone not null default now()'

/** Sent where the path has a date. */
const EXTRACT_DATE_DEFINITION = `"${EXTRACT_DATE}" date not null default (now() at time zone 'UTC')::date`

const DEFINITIONS: Readonly<Record<string, string>> = {
  _loaded_at: LOADED_AT,
  [EXTRACT_DATE]: EXTRACT_DATE_DEFINITION,
}

/** Creates the table of lines that could not be loaded. */
export const CREATE_REJECTS = `
create schema if not exists "raw";
create table if not exists "raw"."rejects" (
  "source" text not null,
  "_file" text not null,
  "_line" bigint not null,
  "reason" text not null,
  "detail" text not null,
  "_text" text not null,
  "_bytes" bytea,
  "_load_id" bigint not null,
  ${LOADED_AT}
);
create index if not exists "rejects_load_id_idx" on "raw"."rejects" using brin ("_load_id");
comment on table "raw"."rejects" is 'Lines of the sources that could not be loaded, one row a line.';
comment on column "raw"."rejects"."_line" is 'Line in the file, or index in its array, from 1.';
comment on column "raw"."rejects"."_text" is 'The original text. Where it can not be stored as text, bad bytes are replaced and _bytes has the original.';
comment on column "raw"."rejects"."_bytes" is 'The original bytes where they are not text: not of the encoding of the file, or with a NUL. Else NULL.';`

/**
 * Makes sure that the source's table, `raw.rejects` and the record of loads are there: missing tables are
 * created, a newly declared column is added, comments are brought up to date. One query if nothing is to do.
 * A table that had to be created has lost its rows, so its earlier loads and their rejects are forgotten, and come again.
 * @returns a failure if the table has a column of another type than it should have, or is no table
 */
export async function ensureRawTable(
  session: Session,
  source: SeedSource,
): Promise<ActionFailure | null> {
  const current = await inspect(session, source)
  const changes = changesFor(source, current)
  if ('kind' in changes) return changes
  if (changes.statements.length === 0 && current.isInstalled) return null
  await migrateState(session)
  await session.query('begin')
  try {
    await session.query(STATE_LOCK)
    await session.query(CREATE_REJECTS)
    // Somebody else may have done the work while the lock was awaited.
    const locked = changesFor(source, await inspect(session, source))
    if ('kind' in locked) {
      await session.query('rollback')
      return locked
    }
    for (const statement of locked.statements) await session.query(statement)
    await session.query('commit')
    return null
  } catch (error) {
    await session.query('rollback').catch(() => undefined)
    throw error
  }
}

/** A raw table as it is now. */
export interface Current {
  /** `dataform_state.loads` and `raw.rejects` are there as this version needs them. */
  readonly isInstalled: boolean
  /** `pg_class.relkind`; null if there is no such relation. */
  readonly kind: string | null
  readonly comment: string
  readonly columns: ReadonlyMap<string, ColumnShape>
}

async function inspect(session: Session, source: SeedSource): Promise<Current> {
  const { rows } = await session.query(
    `select to_regclass('raw.rejects') is not null and to_regclass('dataform_state.loads_target_path_idx') is not null as installed,
            c.relkind::text as kind, coalesce(obj_description(c.oid, 'pg_class'), '') as comment,
            (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
                                               'comment', coalesce(col_description(c.oid, a.attnum), '')))
             from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)::text as columns
     from (select to_regclass($1) as oid) t left join pg_class c on c.oid = t.oid`,
    [quoteQualified(source.target)],
  )
  const row = rows[0]
  const columns = JSON.parse(
    typeof row?.columns === 'string' ? row.columns : '[]',
  ) as readonly ColumnShape[]
  return {
    isInstalled: row?.installed === true,
    kind: typeof row?.kind === 'string' ? row.kind : null,
    comment: typeof row?.comment === 'string' ? row.comment : '',
    columns: new Map(columns.map((column) => [column.name, column])),
  }
}

/** The statements that make the table what it should be; or why that can't be done. */
export function changesFor(
  source: SeedSource,
  current: Current,
): { readonly statements: readonly string[] } | ActionFailure {
  const table = quoteQualified(source.target)
  const wanted = rawColumns(source)
  if (current.kind === null) {
    return { statements: [...creation(source, wanted), ...comments(source, wanted, null)] }
  }
  const at = { file: SEEDS_FILE, line: source.line }
  const key = targetKey(source.target)
  if (current.kind !== 'r' && current.kind !== 'p') {
    return {
      kind: 'load',
      message: `${key} is there already, and is no table`,
      at,
      hint: 'Drop it, or choose another target.',
    }
  }
  for (const column of wanted) {
    const existing = current.columns.get(column.name)
    if (existing !== undefined && existing.type !== column.type) {
      return {
        kind: 'load',
        message: `column ${column.name} of ${key} is ${existing.type}, and should be ${column.type}`,
        at,
        hint: `Change it (alter table ${table} alter column ...), or drop the table (${DROP_NOTE}): its files are then loaded again.`,
      }
    }
  }
  const missing = wanted.filter((column) => !current.columns.has(column.name))
  return {
    statements: [
      ...missing.map((column) => `alter table ${table} add column ${definition(column)}`),
      ...comments(source, wanted, current),
    ],
  }
}

function creation(source: SeedSource, columns: readonly ColumnShape[]): readonly string[] {
  const table = quoteQualified(source.target)
  const loads = `from dataform_state.loads where target = ${quoteLiteral(targetKey(source.target))}`
  const index = quoteIdent(`${source.target.name.slice(0, 40)}_load_id_idx`)
  return [
    `create schema if not exists ${quoteIdent(source.target.schema)}`,
    `create table ${table} (${columns.map(definition).join(', ')})`,
    `create index ${index} on ${table} using brin ("_load_id")`,
    `delete from "raw"."rejects" where "_load_id" in (select load_id ${loads})`,
    `delete ${loads}`,
  ]
}

function definition(column: ColumnShape): string {
  return DEFINITIONS[column.name] ?? `${quoteIdent(column.name)} ${column.type}`
}

function comments(
  source: SeedSource,
  wanted: readonly ColumnShape[],
  current: Current | null,
): readonly string[] {
  const table = quoteQualified(source.target)
  const ofTable =
    source.description !== '' && source.description !== current?.comment
      ? [`comment on table ${table} is ${quoteLiteral(source.description)}`]
      : []
  const ofColumns = wanted
    .filter(
      (column) =>
        column.comment !== '' && column.comment !== current?.columns.get(column.name)?.comment,
    )
    .map(
      (column) =>
        `comment on column ${table}.${quoteIdent(column.name)} is ${quoteLiteral(column.comment)}`,
    )
  return [...ofTable, ...ofColumns]
}
