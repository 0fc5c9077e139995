/**
 * How far an action has come: what is committed is never done again, however often the action is tried.
 */
import type { AuditResult, FailingRows } from './sample.js'

/** What steps gave. */
export interface StepsResult {
  /** Rows of the steps that count; null if none does. */
  readonly rows: number | null
  /** What a decision has made of the action, if that is not what the plan says. */
  readonly outcome: string | null
  readonly audits: readonly AuditResult[]
  /** Set by an assertion that found rows. */
  readonly failing: FailingRows | null
}

/** No result. */
export const NOTHING: StepsResult = { rows: null, outcome: null, audits: [], failing: null }

/** Both results in one. */
export function combine(a: StepsResult, b: StepsResult): StepsResult {
  return {
    rows: a.rows === null ? b.rows : b.rows === null ? a.rows : a.rows + b.rows,
    outcome: b.outcome ?? a.outcome,
    audits: [...a.audits, ...b.audits],
    failing: b.failing ?? a.failing,
  }
}

/** The groups of an action's plan that are done, and what they gave. */
export class Progress {
  groups = 0
  total = NOTHING

  /** One more group is done. */
  add(result: StepsResult): void {
    this.groups++
    this.total = combine(this.total, result)
  }
}
