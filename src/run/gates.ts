/**
 * Inline assertions as actions of their own: with the gate on they are evaluated in their model's transaction, and what
 * came of it is their result.
 */
import { targetKey } from '../graph/target.js'
import type { Action, AssertionAction } from '../graph/types.js'
import { parseSeverity } from '../plan/options.js'
import { assertionSpot } from './assertion-spot.js'
import type { ActionResult } from './events.js'
import { ended } from './results.js'
import type { AuditResult, FailingRows } from './sample.js'

/** The result of an assertion that rows fail. */
export function failingResult(
  action: Action,
  failing: FailingRows,
  severity: 'error' | 'warn',
  projectDir: string,
): ActionResult {
  const rows = `${failing.count} row${failing.count === 1 ? '' : 's'}`
  return ended(action, severity === 'warn' ? 'warned' : 'failed', {
    outcome: `${failing.count} failing`,
    rows: failing.count,
    failure: {
      kind: 'assertion',
      message: `${rows} failed`,
      failingRows: failing.count,
      sample: failing.sample,
      at:
        action.type === 'assertion'
          ? assertionSpot(action, failing.sample, projectDir)
          : { file: action.fileName },
    },
  })
}

/** Keeps what the models' transactions have found, until the assertions' turn comes. */
export class Gates {
  readonly #found = new Map<string, AuditResult>()
  readonly #projectDir: string

  constructor(projectDir: string) {
    this.#projectDir = projectDir
  }

  /** Takes what one model's transaction has found. */
  add(audits: readonly AuditResult[]): void {
    for (const audit of audits) this.#found.set(targetKey(audit.assertion.target), audit)
  }

  /** The result of an inline assertion; undefined if its model did not get as far as to evaluate it. */
  resultOf(action: Action): ActionResult | undefined {
    const audit = this.#found.get(targetKey(action.target))
    if (audit === undefined || action.type !== 'assertion') return undefined
    if (audit.failing === null) return ended(action, 'succeeded', { outcome: 'passed', rows: 0 })
    return failingResult(action, audit.failing, severityOf(action), this.#projectDir)
  }
}

const severityOf = (action: AssertionAction): 'error' | 'warn' =>
  parseSeverity(action.extraProperties) ?? 'error'
