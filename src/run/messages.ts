/**
 * Round trips cost more than small statements: what need not be sent alone is sent together.
 */
import type { SqlStep, Step } from '../plan/types.js'

/** Something to send: a step, perhaps with the transaction's opening before it or its commit after it. */
export interface Message {
  readonly step: Step
  /** How many results come before the step's own. */
  readonly resultsBefore: number
  /** True if the commit is in it. */
  readonly commits: boolean
}

/** A step that may share a message: SQL of the engine's own that nothing looks at. */
const isQuiet = (step: Step): step is SqlStep =>
  step.kind === 'sql' &&
  step.user === undefined &&
  step.instead === undefined &&
  step.countsRows !== true

const terminated = (sql: string): string => (/;\s*$/.test(sql) ? sql : `${sql};`)

/**
 * The messages of a transaction. Quiet neighbours become one; the opening goes with the first step if that is
 * plain SQL, the commit with the last if that is quiet.
 * @param opening statements that open the transaction, without a closing semicolon
 * @param openingResults how many results they give
 * @returns `opened` is false if the opening has to be sent by itself, `committed` likewise for the commit
 */
export function toMessages(
  steps: readonly Step[],
  opening: string,
  openingResults: number,
): {
  readonly messages: readonly Message[]
  readonly opened: boolean
  readonly committed: boolean
} {
  const messages: Message[] = []
  for (const step of steps) {
    const last = messages.at(-1)
    if (last !== undefined && isQuiet(last.step) && isQuiet(step)) {
      const label = `${last.step.label}, ${step.label}`
      const sql = `${terminated(last.step.sql)}\n${step.sql}`
      messages[messages.length - 1] = { ...last, step: { ...step, label, sql } }
    } else messages.push({ step, resultsBefore: 0, commits: false })
  }
  const opened = openFirst(messages, `${opening};\n`, openingResults)
  const last = messages.at(-1)
  const committed = last !== undefined && isQuiet(last.step)
  if (committed) {
    const step = { ...last.step, sql: `${terminated(last.step.sql)}\ncommit` }
    messages[messages.length - 1] = { ...last, step, commits: true }
  }
  return { messages, opened, committed }
}

function openFirst(messages: Message[], prefix: string, results: number): boolean {
  const first = messages[0]
  if (first?.step.kind !== 'sql' || first.step.instead !== undefined) return false
  const { step } = first
  const user =
    step.user === undefined
      ? {}
      : { user: { ...step.user, offset: step.user.offset + prefix.length } }
  messages[0] = {
    ...first,
    step: { ...step, sql: prefix + step.sql, ...user },
    resultsBefore: results,
  }
  return true
}
