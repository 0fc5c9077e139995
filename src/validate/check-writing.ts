/**
 * What writing a delta into an incremental table needs: columns that can be cast, keys that can be compared,
 * conditions that make sense.
 */
import type { IncrementalAction } from '../graph/types.js'
import { columnName, quoteIdent, quoteQualified } from '../sql/identifiers.js'
import type { QualifiedName } from '../sql/rename-relations.js'
import { analysisAround, ownAnalysis } from './checked-statement.js'
import { configSpot } from './config-place.js'
import { checkAfterwards, relationOf } from './query-run.js'
import type { Afterwards, PreparedQuery } from './query-run.js'
import type { SchemaChange } from './schema-change.js'
import { scratchOf } from './scratch.js'
import { isUnsound } from './unsound.js'
import type { Desk } from './world.js'

/** The scratch relation of the rows that the incremental query gives. */
export const deltaOf = (desk: Desk): QualifiedName => scratchOf(desk.key, 'delta')

/** Checks it, with the post-operations, against the scratch relation as it is after the run. */
export async function checkWriting(
  desk: Desk,
  action: IncrementalAction,
  prepared: PreparedQuery,
  change: SchemaChange,
): Promise<void> {
  const checks = change.problem !== null ? [] : retypedChecks(desk, action, change)
  await checkAfterwards(desk, prepared, {
    setUp: [relationOf(deltaOf(desk), prepared.text)],
    checks: [...checks, ...predicateChecks(desk, action)],
  })
}

function retypedChecks(
  desk: Desk,
  action: IncrementalAction,
  { retyped }: SchemaChange,
): Afterwards['checks'] {
  const table = quoteQualified(scratchOf(desk.key))
  const delta = quoteQualified(deltaOf(desk))
  const key = action.uniqueKey.map(columnName)
  return retyped.flatMap((column) => {
    const { name } = column.table
    const quoted = quoteIdent(name)
    const types = `"${name}" is ${column.table.type} in the table and ${column.query.type} in the incremental query`
    const at = configSpot(desk, 'onSchemaChange')
    const problem = (message: string) => (): void => {
      desk.problems.push({
        kind: 'schema-change',
        about: desk.key,
        message,
        at,
        hint: 'Cast it in the query, or run it once with --full-refresh.',
      })
    }
    const assignment = {
      statement: ownAnalysis(`insert into ${table} (${quoted}) select ${quoted} from ${delta}`),
      onFailure: problem(`${types}, and is not cast by itself`),
      onSuccess: () => {
        desk.remarks.push({
          kind: 'schema-change',
          about: desk.key,
          message: `${types}: values are cast`,
          at,
        })
      },
    }
    const comparison = {
      statement: ownAnalysis(
        `select from ${table} as d join ${delta} as s on d.${quoted} = s.${quoted}`,
      ),
      onFailure: problem(`${types}, and the key can't be compared`),
    }
    return key.includes(name) ? [assignment, comparison] : [assignment]
  })
}

// As the stock command writes them: the filter has the target's alias in front, predicates have what they name.
function predicateChecks(desk: Desk, action: IncrementalAction): Afterwards['checks'] {
  const from = `select from ${quoteQualified(scratchOf(desk.key))} as dataform_dest, ${quoteQualified(deltaOf(desk))} as dataform_source where (`
  const filter = action.updatePartitionFilter ?? ''
  const conditions = [
    { option: 'updatePartitionFilter', head: `${from}dataform_dest.`, whole: filter.trim() },
    ...action.incrementalPredicates.map((whole) => ({
      option: 'incrementalPredicates',
      head: from,
      whole,
    })),
  ]
  return conditions.flatMap(({ option, head, whole }) => {
    if (whole.trim() === '' || isUnsound(desk, whole)) return []
    const text = { whole, start: 0, redirected: desk.redirect(whole) }
    const statement = analysisAround(head, text, ')')
    return [{ statement, otherwise: configSpot(desk, option) }]
  })
}
