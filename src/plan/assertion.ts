/**
 * An assertion: one statement counts the failing rows and brings the first few.
 */
import type { AssertionAction } from '../graph/types.js'
import type { AssertStep } from './types.js'
import { around, asSubquery } from './user-sql.js'

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
  (select coalesce(json_agg(to_json(s)), '[]') from (select * from failing_rows limit ${sampleRows}) s) as sample`,
    ),
  }
}
