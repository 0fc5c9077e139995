/**
 * What the planner refuses, whatever the queries say: options that are not understood, a name that is taken.
 */
import { targetKey } from '../graph/target.js'
import type { Action } from '../graph/types.js'
import { namedIndexes } from '../plan/options.js'
import { planRun } from '../plan/plan-run.js'
import { readCatalog } from '../postgres/catalog.js'
import type { Session } from '../postgres/session.js'
import type { Finding } from './types.js'

/** How many rows an assertion would show; of no meaning here. */
const SAMPLE_ROWS = 5

/** Plans the actions and gives what the plan refuses. */
export async function readRefusals(
  session: Session,
  actions: readonly Action[],
  fullRefresh: boolean,
): Promise<readonly Finding[]> {
  const targets = actions.map((action) => action.target)
  const catalog = await readCatalog(session, targets, namedIndexes(actions))
  const plan = planRun(
    {
      actions,
      inlineAssertions: actions.filter((action) => action.type === 'assertion'),
      options: { fullRefresh, asOf: null, sampleRows: SAMPLE_ROWS, gate: true },
    },
    catalog,
  )
  return plan.actions.flatMap(({ action, failure }): readonly Finding[] => {
    if (failure?.kind !== 'unsupported' || action.disabled) return []
    const { message, at = { file: action.fileName }, hint } = failure
    const finding = { kind: 'config', about: targetKey(action.target), message, at } as const
    return [hint === undefined ? finding : { ...finding, hint }]
  })
}
