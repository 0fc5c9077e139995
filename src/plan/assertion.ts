/**
 * An assertion: one statement counts the failing rows and brings the first few.
 */
import type { AssertionAction, Target } from '../graph/types.js'
import { quoteQualified } from '../sql/identifiers.js'
import { countMentions } from '../sql/rename-relations.js'
import type { NewName } from '../sql/rename-relations.js'
import type { AssertStep, AuditStep } from './types.js'
import { around, aroundRedirected, asSubquery } from './user-sql.js'

/** Longer values are cut in the sample: it is for people, and it is kept. */
const MOST_CHARACTERS = 500

/** A name that means the same with and without quotes, if it is no keyword. */
const PLAIN_NAME = /^[a-z_][a-z0-9_]*$/

const BEFORE = 'with failing_rows as materialized ('

const after = (sampleRows: number): string => `)
select
  (select count(*) from failing_rows) as failing_rows,
  (
    select coalesce(json_agg((
      select json_object_agg(key, case when length(value::text) > ${MOST_CHARACTERS} then to_json(left(value::text, ${MOST_CHARACTERS}) || '…') else value end)
      from json_each(to_json(s))
    )), '[]')
    from (select * from failing_rows limit ${sampleRows}) s
  ) as sample;`

/** One row: `failing_rows` and `sample` (a JSON array of at most `sampleRows` rows). */
export function assertStep(action: AssertionAction, sampleRows: number): AssertStep {
  return {
    kind: 'assert',
    label: 'assert',
    ...around(BEFORE, asSubquery(action.query), after(sampleRows)),
  }
}

/**
 * The same for an inline assertion, on the rows that wait to be published.
 * @param on where they are: the shadow, the delta, or the target itself
 * @param others where the rows of other relations that it names are
 */
export function auditStep(
  assertion: AssertionAction,
  on: Target | { readonly temporary: string },
  sampleRows: number,
  others: NewName = () => undefined,
): AuditStep {
  const other = 'temporary' in on ? { schema: 'pg_temp', name: on.temporary } : on
  return {
    kind: 'audit',
    label: `audit ${assertion.target.name}`,
    assertion,
    ...aroundRedirected(BEFORE, asSubquery(assertion.query), after(sampleRows), (name) => {
      if (!isSame(name, assertion.parent)) return others(name)
      return isSame(name, other) ? undefined : other
    }),
  }
}

const isSame = (a: Target, b: Target | null): boolean => a.schema === b?.schema && a.name === b.name

/**
 * A uniqueness rule, on the keys that a delta has brought: rows with other keys have not changed.
 * @param delta a temporary table
 * @param indexed columns that the table has an index on, in its order
 */
export function keyAuditStep(
  assertion: AssertionAction & { readonly keyList: string },
  target: Target,
  delta: string,
  sampleRows: number,
  indexed: readonly string[],
): AuditStep {
  const { keyList: keys } = assertion
  const table = quoteQualified(target)
  const isWhole = `row(${keys}) is not null`
  const sql = `with failing_rows as materialized (
select * from (
  select ${keys}, count(*) as index_row_count
  from (
    ${rowsOfKeys(keys, table, delta, indexed)}
    union all
    select ${keys} from ${table} where not (${isWhole}) and exists (select from ${delta} where not (${isWhole}))
  ) as rows
  group by ${keys}
) as keys
where index_row_count > 1
${after(sampleRows)}`
  return {
    kind: 'audit',
    label: `audit ${assertion.target.name}`,
    assertion,
    sql,
    user: { text: assertion.query, offset: 0, original: () => 0 },
  }
}

/**
 * The rows of a table that have a key of the delta. Where there is an index on the keys, it is used key by key (`offset 0`):
 * the server thinks little of that where a table has many partitions, and would rather read them all.
 */
function rowsOfKeys(
  keys: string,
  table: string,
  delta: string,
  indexed: readonly string[],
): string {
  const names = keys.split(',').map((name) => name.trim())
  const hasIndex = names.every((name, place) => name === indexed[place] && PLAIN_NAME.test(name))
  if (!hasIndex)
    return `select ${keys} from ${table} where (${keys}) in (select ${keys} from ${delta})`
  const match = names.map((name) => `present.${name} = arrived.${name}`).join(' and ')
  return `select found.*
    from (select distinct ${keys} from ${delta}) as arrived
    cross join lateral (
      select ${names.map((name) => `present.${name}`).join(', ')} from ${table} as present where ${match} offset 0
    ) as found`
}

/**
 * True for row conditions that look at a row of the table alone: such a rule holds for the table if it holds for what
 * is added to it. One that names the table again looks at other rows as well.
 */
export function isAboutSingleRows(assertion: AssertionAction): boolean {
  if (assertion.parent === null || assertion.keyList !== null) return false
  // The dialect itself names the table twice: for its rows, and in FROM.
  return countMentions(assertion.query, assertion.parent) <= 2
}
