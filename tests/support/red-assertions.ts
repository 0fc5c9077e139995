/** Turning assertions of a warehouse red: changes of single rows, and which assertions find them. */
import { expect } from 'vitest'
import type { AssertionAction } from '../../src/graph/types.js'
import type { Session } from '../../src/postgres/session.js'
import type { TestDatabase } from './database.js'

/** The assertions that find rows, all asked at once. */
async function redOnes(
  session: Session,
  assertions: readonly AssertionAction[],
): Promise<readonly string[]> {
  const each = assertions.map(
    ({ target, query }) =>
      `select '${target.name}' as name where exists (select from (${query}) as failing)`,
  )
  const { rows } = await session.query(each.join('\nunion all\n'))
  return rows.map((row) => String(row.name))
}

/** The assertions that find rows in a warehouse as it is. */
export function redIn(
  db: TestDatabase,
  assertions: readonly AssertionAction[],
): Promise<readonly string[]> {
  return db.database.withSession((session) => redOnes(session, assertions))
}

/** The assertions that are red after a change, which is undone. */
function redAfter(
  db: TestDatabase,
  assertions: readonly AssertionAction[],
  change: string,
): Promise<readonly string[]> {
  return db.database.withSession(async (session) => {
    await session.query('begin')
    try {
      const { rowCount } = await session.query(change)
      // A change of a view has no count.
      if (rowCount !== null) expect(rowCount, change).toBeGreaterThan(0)
      return await redOnes(session, assertions)
    } finally {
      await session.query('rollback')
    }
  })
}

/** A change of a row, and what it turns red: one assertion, where a row can be wrong by itself. */
export type RedChange = readonly [red: string | readonly string[], change: string]

/** Checks that each change by itself turns exactly those assertions red, and that without one none is. */
export async function expectReds(
  db: TestDatabase,
  assertions: readonly AssertionAction[],
  changes: readonly RedChange[],
): Promise<void> {
  expect(await redAfter(db, assertions, 'select 1')).toEqual([])
  const seen: (readonly [readonly string[], string])[] = []
  for (const [, change] of changes)
    seen.push([[...(await redAfter(db, assertions, change))].sort(), change])
  expect(seen).toEqual(changes.map(([red, change]) => [[red].flat().sort(), change]))
}

/**
 * Drops the unique indexes of a domain's tables: they would refuse what assertions are to find. Those of primary keys
 * stay; only tables of the incremental machinery have them.
 */
export async function dropUniqueIndexes(db: TestDatabase, domain: string): Promise<void> {
  const indexes = await db.rows(
    `select schemaname || '.' || quote_ident(indexname) as name
     from pg_indexes
     where schemaname in ($1, 'shared') and indexdef like 'CREATE UNIQUE%'
       and tablename !~ '_p\\d+$' and not exists (
         select from pg_constraint where conindid = format('%I.%I', schemaname, indexname)::regclass
       )`,
    [domain],
  )
  for (const { name } of indexes) await db.rows(`drop index ${String(name)}`)
}

/** Adds a copy of one row of a table, with some columns changed. */
export const copyOf = (
  table: string,
  changes: Readonly<Record<string, string>>,
  where = 'true',
): string =>
  `insert into ${table}
   select (jsonb_populate_record(null::${table}, to_jsonb(one) || jsonb_build_object(${Object.entries(
     changes,
   )
     .flatMap(([column, value]) => [`'${column}'`, value])
     .join(', ')}))).*
   from (select * from ${table} where ${where} limit 1) as one`

/** Changes one row of a table. On a partitioned one a row's place says nothing without its partition. */
export const set = (table: string, change: string, where = 'true'): string =>
  `update ${table} set ${change}
   where (tableoid, ctid) = (select tableoid, ctid from ${table} where ${where} limit 1)`

/** Adds two rows of nothing: their keys are equal. */
export const twice = (table: string, column: string, value: string): string =>
  `insert into ${table} (${column}) select ${value} from generate_series(1, 2)`

const definition = (view: string) => `rtrim(pg_get_viewdef('${view}'::regclass), ';')`

/** Gives a view some of its rows twice. */
export const repeatedView = (view: string, where = 'true'): string => `do $change$
  begin
    execute format(
      'create or replace view ${view} as select * from (%1$s) as was union all select * from (%1$s) as again where %2$s',
      ${definition(view)}, $where$${where}$where$
    );
  end
  $change$`

/** Puts an expression on a view's columns in the place of one of them. */
export const changedView = (
  view: string,
  column: string,
  expression: string,
): string => `do $change$
  declare
    items text;
  begin
    select string_agg(
      case attname
        when '${column}' then format('(%s)::%s as %I', $new$${expression}$new$, format_type(atttypid, atttypmod), attname)
        else quote_ident(attname)
      end,
      ', ' order by attnum
    )
    into items
    from pg_attribute
    where attrelid = '${view}'::regclass and attnum > 0;
    execute format('create or replace view ${view} as select %s from (%s) as was', items, ${definition(view)});
  end
  $change$`

const inline = (table: string, kind: string) => `${table.replace('.', '_')}_assertions_${kind}`

/** The name of a model's assertion of its unique key. */
export const uniqueKey = (table: string, position = 0): string =>
  inline(table, `uniqueKey_${position}`)

/** The name of a model's assertion of its rows. */
export const conditions = (table: string): string => inline(table, 'rowConditions')

/**
 * The assertions that nothing shows red.
 * @param others those that something else than a change shows red
 */
export function neverRed(
  assertions: readonly AssertionAction[],
  changes: readonly RedChange[],
  others: readonly string[] = [],
): readonly string[] {
  const shown = new Set([...changes.flatMap(([red]) => red), ...others])
  return assertions.map((assertion) => assertion.target.name).filter((name) => !shown.has(name))
}
