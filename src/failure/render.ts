/**
 * Problems as text for people; `render-failure.ts` does the same for failures of actions.
 */
import { Ansis } from 'ansis'
import { renderSpot } from './render-spot.js'
import type { Problem } from './types.js'

const PLAIN = new Ansis(0)

/**
 * A problem over several lines: where and what, the source line with a caret, what to do about it.
 * @param color without colours if not given
 * @returns text without a line break at the end
 */
export function renderProblem(problem: Problem, color: Ansis = PLAIN): string {
  const { at, message, hint } = problem
  const head = at === undefined ? message : renderSpot(at, message, color)
  return hint === undefined ? head : `${head}\n  hint: ${hint}`
}
