/**
 * Dropping expired partitions, after all actions, so that aggregates have seen the detail before it goes.
 */
import { targetKey } from '../graph/target.js'
import type { ExpiryPlan, RunPlan } from '../plan/types.js'
import type { ActionResult } from './events.js'
import type { ExecuteOptions } from './execute-options.js'
import { Progress } from './progress.js'
import { executeSteps } from './steps.js'
import { settingsFor } from './step-settings.js'

/** Drops what has expired of the tables that this run has built; a failure is a warning. */
export async function expirePartitions(
  plan: RunPlan,
  results: readonly ActionResult[],
  options: ExecuteOptions,
): Promise<void> {
  const succeeded = new Set(
    results
      .filter((result) => result.status === 'succeeded')
      .map((result) => targetKey(result.target)),
  )
  for (const expiry of plan.expiries) {
    const key = targetKey(expiry.target)
    if (succeeded.has(key)) await expire(expiry, plan, options)
  }
}

async function expire(expiry: ExpiryPlan, plan: RunPlan, options: ExecuteOptions): Promise<void> {
  const key = targetKey(expiry.target)
  const of = plan.actions.find((item) => targetKey(item.action.target) === key)
  if (of === undefined) throw new Error(`no plan for ${key}`)
  const steps = { ...of, groups: [{ transaction: 'one' as const, steps: [expiry.step] }] }
  const settings = { ...settingsFor(of, options), record: () => null }
  try {
    const progress = new Progress()
    await options.database.withSession((session) =>
      executeSteps(session, steps, settings, progress),
    )
    const { outcome } = progress.total
    if (outcome !== null)
      options.onEvent({
        type: 'phase',
        phase: 'execute',
        message: `${key}: dropped expired partitions ${outcome}`,
      })
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const reason = cause instanceof Error ? cause.message : String(cause)
    options.onEvent({
      type: 'warning',
      message: `${key}: expired partitions were not dropped: ${reason}`,
    })
  }
}
