/**
 * Compares what a tested query gives with what it should give, inside the database: as multisets, with
 * exact types, in any order of rows and columns.
 */
import type { QueryResult, Session } from '../postgres/session.js'
import { quoteIdent } from '../sql/identifiers.js'

/** How the two results differ; all empty if they do not. */
export interface Difference {
  /** What is wrong with the columns, in words. Rows are compared only if nothing is. */
  readonly columns: readonly string[]
  /** Expected rows that the query did not give. */
  readonly missing: readonly DifferentRow[]
  /** Rows that the query gave and should not have. */
  readonly unexpected: readonly DifferentRow[]
}

/** A row with its values as text, and how often it is missing or too many. */
export interface DifferentRow {
  readonly values: Readonly<Record<string, string | null>>
  readonly times: number
}

type Fields = QueryResult['fields']

const DIFFERENCE_LIMIT = 20

/** Reads both results' columns, then their difference. Queries must not end with a semicolon. */
export async function compareQueries(
  session: Session,
  actual: string,
  expected: string,
): Promise<Difference> {
  const columns = await compareColumns(session, actual, expected)
  if (columns.problems.length > 0) return { columns: columns.problems, missing: [], unexpected: [] }
  const names = columns.names
  const list = names.map((name) => `${quoteIdent(name)}::text as ${quoteIdent(name)}`).join(', ')
  const result = await session.query(`with
actual as (select ${list} from (
${actual}
) q),
expected as (select ${list} from (
${expected}
) q),
difference as (
  select 'missing' as dataform_side, * from (select * from expected except all select * from actual) m
  union all
  select 'unexpected' as dataform_side, * from (select * from actual except all select * from expected) u
)
select dataform_side, to_jsonb(d) - 'dataform_side' as row, count(*)::int as times from difference d
group by dataform_side, to_jsonb(d) - 'dataform_side' order by 1, 2 limit ${DIFFERENCE_LIMIT}`)
  const rows = result.rows.map((row) => ({
    side: row.dataform_side,
    values: (typeof row.row === 'string' ? JSON.parse(row.row) : row.row) as DifferentRow['values'],
    times: Number(row.times),
  }))
  return {
    columns: [],
    missing: rows.filter((row) => row.side === 'missing'),
    unexpected: rows.filter((row) => row.side === 'unexpected'),
  }
}

async function compareColumns(
  session: Session,
  actual: string,
  expected: string,
): Promise<{ names: readonly string[]; problems: readonly string[] }> {
  const actualFields = (await session.query(`select * from (\n${actual}\n) q limit 0`)).fields
  const expectedFields = (await session.query(`select * from (\n${expected}\n) q limit 0`)).fields
  const types = await typeNames(session, [...actualFields, ...expectedFields])
  const actualTypes = new Map(actualFields.map((field) => [field.name, field.typeOid]))
  const problems = expectedFields.flatMap((field) => {
    const oid = actualTypes.get(field.name)
    if (oid === undefined) return [`the query does not give the expected column ${field.name}`]
    if (oid === field.typeOid) return []
    return [
      `column ${field.name} is ${types.get(oid) ?? oid}, expected ${types.get(field.typeOid) ?? field.typeOid}`,
    ]
  })
  const expectedNames = new Set(expectedFields.map((field) => field.name))
  const surplus = actualFields.filter((field) => !expectedNames.has(field.name))
  return {
    names: expectedFields.map((field) => field.name),
    problems: [
      ...problems,
      ...surplus.map((field) => `the query gives a column that is not expected: ${field.name}`),
    ],
  }
}

async function typeNames(session: Session, fields: Fields): Promise<ReadonlyMap<number, string>> {
  const oids = [...new Set(fields.map((field) => field.typeOid))]
  const result = await session.query(
    `select oid::int as oid, format_type(oid, null) as name from pg_catalog.pg_type where oid = any ($1::oid[])`,
    [oids],
  )
  return new Map(result.rows.map((row) => [Number(row.oid), String(row.name)]))
}
