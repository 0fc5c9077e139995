/**
 * A plan as people read it: `dataform run --dry-run`.
 */
import { targetKey } from '../graph/target.js'
import { impossible } from '../impossible.js'
import type { ActionPlan, Decision, RunPlan, Step } from './types.js'

/** The whole plan as text: what would be done, in the order of the graph, with every statement. */
export function renderPlan(plan: RunPlan): string {
  const blocks = [
    ...plan.schemas.map((schema) => `-- create schema ${schema}`),
    ...plan.actions.map(renderAction),
    ...plan.expiries.map((expiry) =>
      [`-- ${targetKey(expiry.target)}: at the end of the run`, ...renderStep(expiry.step)].join(
        '\n',
      ),
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
    ...(plan.isGate ? ['--   evaluated before its model is published'] : []),
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
    case 'assert':
      return [`-- ${step.label}`, terminated(step.sql)]
    case 'audit':
      return [`-- ${step.label}: no row may fail`, terminated(step.sql)]
    case 'decide':
      return [
        ...(step.brief === undefined
          ? [`-- ${step.label}:`, terminated(step.sql)]
          : [`-- ${step.label}: ${step.brief}`]),
        ...renderDecision(step.preview),
      ]
    case 'sql':
      return [
        `-- ${step.label}`,
        ...(step.locks === undefined
          ? []
          : ['-- (under these locks, or not at all for now)', ...step.locks.map(terminated)]),
        ...(step.guard === undefined ? [] : [`-- ${step.guard.brief}`]),
        terminated(step.sql),
        ...(step.instead === undefined
          ? []
          : [
              `-- if that fails with ${step.instead.sqlstates.join(' or ')}, instead:`,
              ...indented(step.instead.steps.flatMap(renderStep)),
            ]),
      ]
    default:
      return impossible(step)
  }
}

function renderDecision(decision: Decision | undefined): readonly string[] {
  if (decision === undefined) return ['-- what follows depends on the answer']
  if ('refusal' in decision) return [`-- as things are, refused: ${decision.refusal.message}`]
  if ('isTorn' in decision) return ['-- what is there is changing just now']
  const { steps, warnings = [], outcome } = decision
  return [
    `-- as things are${outcome === undefined ? '' : `, ${outcome}`}:`,
    ...warnings.map((warning) => `--   warning: ${warning}`),
    ...steps.flatMap(renderStep),
  ]
}

const indented = (lines: readonly string[]): readonly string[] =>
  lines.map((line) => line.replace(/^/gm, '--   '))

const terminated = (sql: string): string => {
  const text = sql.trimEnd()
  return text.endsWith(';') ? text : `${text};`
}
