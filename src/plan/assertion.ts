/**
 * An assertion: one statement counts the failing rows and brings the first few.
 */
import type { AssertionAction } from '../graph/types.js'
import type { AssertStep } from './types.js'
import { around, asSubquery } from './user-sql.js'

/** Longer values are cut in the sample: it is for people, and it is kept. */
const MOST_CHARACTERS = 500

/** One row: `failing_rows` and `sample` (a JSON array of at most `sampleRows` rows). */
export function assertStep(action: AssertionAction, sampleRows: number): AssertStep {
  return {
    kind: 'assert',
    label: 'assert',
    ...around(
      'with failing_rows as materialized (',
      asSubquery(action.query),
      `)
select
  (select count(*) from failing_rows) as failing_rows,
  (
    select coalesce(json_agg((
      select json_object_agg(key, case when length(value::text) > ${MOST_CHARACTERS} then to_json(left(value::text, ${MOST_CHARACTERS}) || '…') else value end)
      from json_each(to_json(s))
    )), '[]')
    from (select * from failing_rows limit ${sampleRows}) s
  ) as sample`,
    ),
  }
}
