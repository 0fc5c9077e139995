/**
 * A plan as people read it: `dataform run --dry-run`.
 */
import { targetKey } from '../graph/target.js'
import type { ActionPlan, RunPlan, Step } from './types.js'

/** The whole plan as text: what would be done, in the order of the graph, with every statement. */
export function renderPlan(plan: RunPlan): string {
  const blocks = [
    ...plan.schemas.map((schema) => `-- create schema ${schema}`),
    ...plan.actions.map(renderAction),
    ...plan.expiries.map(
      (expiry) => `-- ${targetKey(expiry.target)}: drop expired partitions\n${expiry.sql}`,
    ),
  ]
  return blocks.join('\n\n')
}

function renderAction(plan: ActionPlan): string {
  const { action } = plan
  const state = action.disabled ? 'disabled' : plan.failure !== undefined ? 'refused' : plan.outcome
  const head = `-- ${targetKey(action.target)} (${action.type}, ${action.fileName}): ${state}`
  const lines = [
    ...plan.warnings.map((warning) => `--   warning: ${warning}`),
    ...(plan.failure === undefined ? [] : [`--   ${plan.failure.message}`]),
  ]
  if (action.disabled) return [head, ...lines].join('\n')
  for (const group of plan.groups) {
    if (group.transaction === 'one') lines.push('begin;')
    for (const step of group.steps) lines.push(...renderStep(step))
    if (group.transaction === 'one') lines.push('commit;')
  }
  return [head, ...lines].join('\n')
}

function renderStep(step: Step): readonly string[] {
  switch (step.kind) {
    case 'load':
      return [`-- ${step.label} of ${step.source}`]
    case 'check':
    case 'assert':
      return [`-- ${step.label}`, terminated(step.sql)]
    case 'sql':
      return [
        `-- ${step.label}`,
        terminated(step.sql),
        ...(step.instead === undefined
          ? []
          : [
              `-- if that fails with ${step.instead.sqlstate}, instead:`,
              ...step.instead.steps.flatMap(renderStep).map((line) => line.replace(/^/gm, '--   ')),
            ]),
      ]
  }
}

const terminated = (sql: string): string => {
  const text = sql.trimEnd()
  return text.endsWith(';') ? text : `${text};`
}
