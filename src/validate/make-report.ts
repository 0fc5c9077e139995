/**
 * From what was found about every action to the report about the chosen ones.
 */
import type { SourceSpot } from '../failure/types.js'
import { targetKey } from '../graph/target.js'
import type { Action, UnitTest } from '../graph/types.js'
import type { Session } from '../postgres/session.js'
import { columnChanges, isUnchanged } from './column-changes.js'
import type { Existing } from './existing.js'
import { findReaders } from './readers.js'
import type {
  Finding,
  NotChecked,
  RelationChange,
  RelationWord,
  ValidationReport,
} from './types.js'
import type { Outcome } from './world.js'

/** Everything that was found. */
export interface Found {
  readonly projectDir: string
  readonly chosen: readonly Action[]
  readonly tests: readonly UnitTest[]
  readonly existing: Existing
  readonly outcomes: readonly Outcome[]
  readonly testOutcomes: readonly Outcome[]
  readonly refusals: readonly Finding[]
  /** `performance.now()` of the beginning. */
  readonly start: number
}

/** Makes the report. Asks the database which views read what would go. */
export async function makeReport(session: Session, found: Found): Promise<ValidationReport> {
  const enabled = found.chosen.filter((action) => !action.disabled)
  const keys = new Set(enabled.map((action) => targetKey(action.target)))
  const byKey = new Map(found.outcomes.map((outcome) => [outcome.about, outcome]))
  const chosen = [
    ...enabled.flatMap((action) => byKey.get(targetKey(action.target)) ?? []),
    ...found.testOutcomes.map((outcome) => withoutEcho(outcome, found)),
  ]
  const notChecked = chosen.flatMap(unchecked)
  // A problem elsewhere that keeps a chosen action from being checked is its problem too.
  const upstream = [...new Set(notChecked.flatMap(({ because }) => because ?? []))]
    .filter((key) => !keys.has(key))
    .flatMap((key) => byKey.get(key)?.problems ?? [])
  const { changed, unchanged, created } = changesOf(enabled, byKey, found.existing)
  const remade = new Set(
    enabled.filter(({ type }) => type === 'view').map((action) => targetKey(action.target)),
  )
  const readers = await findReaders(session, found.projectDir, changed, remade)
  return {
    problems: inOrder([
      ...chosen.flatMap(({ problems }) => problems),
      ...upstream,
      ...found.refusals,
      ...readers.problems,
    ]),
    remarks: inOrder([...chosen.flatMap(({ remarks }) => remarks), ...readers.remarks]),
    changes: changed.map(({ change }) => change),
    unchanged,
    created,
    notChecked,
    actions: enabled.length,
    tests: found.testOutcomes.length,
    durationMs: performance.now() - found.start,
  }
}

// A unit test has its model's text in it, and so its model's mistakes: those are reported where they are.
function withoutEcho(test: Outcome, { tests, outcomes }: Found): Outcome {
  const { about } = test
  const text = tests.find(({ name }) => name === about)?.testQuery ?? ''
  const echo = outcomes
    .flatMap(({ problems }) => problems)
    .find(
      ({ kind, message, at }) =>
        text.includes(literalAt(at)) &&
        test.problems.some((problem) => problem.kind === kind && problem.message === message),
    )
  if (echo === undefined) return test
  const reason = `because of ${echo.about}`
  return {
    ...test,
    problems: test.problems.filter(({ message }) => message !== echo.message),
    notChecked: [{ about, what: 'action', reason, because: echo.about }],
  }
}

// The text at a place, without the interpolations around it: what the compiled text must have as well.
function literalAt({ text, column = 1 }: SourceSpot): string {
  if (text === undefined) return '\0'
  const next = text.indexOf('${', column - 1)
  const start = text.lastIndexOf('}', column - 1) + 1
  return text.slice(start, next < 0 ? undefined : next).trim()
}

// Of an action that has a problem it is known that it is not good.
function unchecked({ problems, notChecked }: Outcome): readonly NotChecked[] {
  const seen = new Set<string>()
  return notChecked.filter(({ what, reason }) => {
    if ((what === 'action' && problems.length > 0) || seen.has(reason)) return false
    seen.add(reason)
    return true
  })
}

interface Changes {
  readonly changed: readonly { readonly action: Action; readonly change: RelationChange }[]
  readonly unchanged: number
  readonly created: ValidationReport['created']
}

function changesOf(
  chosen: readonly Action[],
  outcomes: ReadonlyMap<string, Outcome>,
  { relations }: Existing,
): Changes {
  const changed: { action: Action; change: RelationChange }[] = []
  const created: { relation: string; kind: RelationWord }[] = []
  let unchanged = 0
  for (const action of chosen) {
    const key = targetKey(action.target)
    const relation = outcomes.get(key)?.made.get(key)
    if (relation?.isThere !== true || action.type === 'declaration') continue
    const existing = relations.get(key)
    const kind = kindOf(action) ?? existing?.kind ?? 'table'
    if (existing === undefined) {
      created.push({ relation: key, kind })
      continue
    }
    // What is only a stand-in says nothing about what the run would make.
    if (relation.doubt !== null) continue
    const change = columnChanges(existing.columns, relation.shape.columns)
    if (isUnchanged(change) && kind === existing.kind) unchanged++
    else changed.push({ action, change: { relation: key, kind, was: existing.kind, ...change } })
  }
  return { changed, unchanged, created }
}

function kindOf(action: Action): RelationWord | undefined {
  if (action.type === 'view') return action.materialized ? 'materialized view' : 'view'
  return action.type === 'operations' ? undefined : 'table'
}

/** By file, then by line and column; what is said twice of one place, once. */
function inOrder(findings: readonly Finding[]): readonly Finding[] {
  const groups = new Map<string, Finding[]>()
  for (const finding of findings) {
    const { message, at } = finding
    const key = JSON.stringify([message, at.file, at.line, at.column])
    groups.set(key, [...(groups.get(key) ?? []), finding])
  }
  const once = [...groups.values()].flatMap((group): readonly Finding[] => {
    const [first] = group
    if (first === undefined) return []
    const others = [...new Set(group.map(({ about }) => about))].slice(1)
    return [others.length === 0 ? first : { ...first, others }]
  })
  return once.sort(
    (a, b) =>
      (a.at.file < b.at.file ? -1 : a.at.file > b.at.file ? 1 : 0) ||
      (a.at.line ?? 0) - (b.at.line ?? 0) ||
      (a.at.column ?? 0) - (b.at.column ?? 0),
  )
}
