/** Turning assertions of a warehouse red: changes of single rows, and which assertions find them. */
import { expect } from 'vitest'
import type { AssertionAction } from '../../src/graph/types.js'
import type { Session } from '../../src/postgres/session.js'
import type { TestDatabase } from './database.js'

/** The assertions that find rows, all asked at once. */
export async function redOnes(
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

/** The assertions that are red after a change, which is undone. */
export function redAfter(
  db: TestDatabase,
  assertions: readonly AssertionAction[],
  change: string,
): Promise<readonly string[]> {
  return db.database.withSession(async (session) => {
    await session.query('begin')
    try {
      const { rowCount } = await session.query(change)
      expect(rowCount, change).toBeGreaterThan(0)
      return await redOnes(session, assertions)
    } finally {
      await session.query('rollback')
    }
  })
}

/** Drops the unique indexes of a domain's tables: they would refuse what assertions are to find. */
export async function dropUniqueIndexes(db: TestDatabase, domain: string): Promise<void> {
  const indexes = await db.rows(
    `select schemaname || '.' || quote_ident(indexname) as name
     from pg_indexes
     where schemaname in ($1, 'shared') and indexdef like 'CREATE UNIQUE%'
       and tablename !~ '_p\\d+$' and tablename <> 'int_watermarks'`,
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

const inline = (table: string, kind: string) => `${table.replace('.', '_')}_assertions_${kind}`

/** The name of a model's assertion of its unique key. */
export const uniqueKey = (table: string, position = 0): string =>
  inline(table, `uniqueKey_${position}`)

/** The name of a model's assertion of its rows. */
export const conditions = (table: string): string => inline(table, 'rowConditions')
