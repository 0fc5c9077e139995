/**
 * The SQL that core itself writes (names, literals, built-in assertions), for PostgreSQL. Takes the place of
 * core's own BigQuery dialect, method by method.
 */
import { quoteIdent, quoteLiteral, quoteQualified } from '../sql/identifiers.js'

/** A target as core has it while it compiles; the schema may be left to the project's default. */
export interface DialectTarget {
  readonly schema?: string | null
  readonly name: string
}

/** The methods that core calls on what `session.compilationSql()` returns. */
export interface CompilationSql {
  /** The name to put into a query. */
  resolveTarget(target: DialectTarget): string
  /** A string literal. */
  sqlString(contents: string): string
  /** A query that gives the keys that more than one row has. */
  indexAssertion(dataset: string, columns: readonly string[]): string
  /** A query that gives the rows for which a condition is false, with the condition's text. */
  rowConditionsAssertion(dataset: string, conditions: readonly string[]): string
}

/**
 * One pass over the table for all conditions: rows are filtered first, and only a failing row is joined with
 * the conditions to find which of them fail. A condition that gives NULL does not fail, as in stock
 * Dataform. Conditions are closed on a line of their own, so that one may end with a comment.
 */
function rowConditionsAssertion(dataset: string, conditions: readonly string[]): string {
  const [first] = conditions
  if (first === undefined) return `SELECT NULL::text AS failing_row_condition WHERE FALSE`
  if (conditions.length === 1) {
    return `
SELECT
  ${quoteLiteral(first)} AS failing_row_condition,
  ${dataset}.*
FROM ${dataset}
WHERE NOT (
  ${first}
)
`
  }
  const parenthesized = conditions.map((condition) => `(\n    ${condition}\n  )`)
  const values = conditions.map(
    (condition, index) => `(${quoteLiteral(condition)}, ${parenthesized[index] ?? ''})`,
  )
  return `
SELECT
  dataform_conditions.dataform_condition AS failing_row_condition,
  ${dataset}.*
FROM ${dataset}
CROSS JOIN LATERAL (VALUES
  ${values.join(',\n  ')}
) AS dataform_conditions (dataform_condition, dataform_holds)
WHERE (
  ${parenthesized.join(' AND ')}
) IS FALSE
AND NOT dataform_conditions.dataform_holds
`
}

function indexAssertion(dataset: string, columns: readonly string[]): string {
  const list = columns.join(', ')
  return `
SELECT
  *
FROM (
  SELECT
    ${list},
    COUNT(*) AS index_row_count
  FROM ${dataset}
  GROUP BY ${list}
) AS keys
WHERE index_row_count > 1
`
}

const INDEX_ASSERTION =
  /^\nSELECT\n {2}\*\nFROM \(\n {2}SELECT\n {4}(.+),\n {4}COUNT\(\*\) AS index_row_count\n/

/** The columns, separated by commas, of a query that `indexAssertion` has made; null for any other. */
export function keyListOf(query: string): string | null {
  return INDEX_ASSERTION.exec(query)?.[1] ?? null
}

/**
 * The dialect for a project. Databases never get into a name: PostgreSQL has no cross-database queries.
 * @param defaultSchema the schema of a target that names none
 */
export function postgresDialect(defaultSchema: string): CompilationSql {
  return {
    resolveTarget: (target) => {
      const schema = target.schema ?? defaultSchema
      return schema === '' ? quoteIdent(target.name) : quoteQualified({ schema, name: target.name })
    },
    sqlString: quoteLiteral,
    indexAssertion,
    rowConditionsAssertion,
  }
}
