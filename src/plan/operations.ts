/**
 * `operations`: statements in order, in one transaction where PostgreSQL allows it.
 */
import type { OperationAction } from '../graph/types.js'
import type { SqlStep, StepGroup } from './types.js'

// From the notes of the commands in PostgreSQL's reference: "cannot be executed inside a transaction block".
const ALONE = [
  /^vacuum\b/i,
  /^(create|drop)\s+(unique\s+)?index\s+concurrently\b/i,
  /^create\s+unique\s+index\s+concurrently\b/i,
  /^reindex\b.*\bconcurrently\b/is,
  /^reindex\s+(\([^)]*\)\s*)?(database|system|schema)\b/i,
  /^(create|drop)\s+(database|tablespace)\b/i,
  /^alter\s+system\b/i,
  /^alter\s+database\s+\S+\s+set\s+tablespace\b/i,
  /^alter\s+table\b.*\bdetach\s+partition\b.*\bconcurrently\b/is,
  /^(create|alter|drop)\s+subscription\b/i,
]

/** True for a statement that cannot run inside a transaction, such as `VACUUM`. */
export function runsAlone(statement: string): boolean {
  const bare = statement.replace(/^(\s|--[^\n]*(\n|$)|\/\*[\s\S]*?\*\/)+/, '')
  return ALONE.some((pattern) => pattern.test(bare))
}

/** The statements as groups: neighbours share a transaction, those that can't have one stand alone. */
export function operationGroups(action: OperationAction): readonly StepGroup[] {
  const groups: { transaction: 'one' | 'none'; steps: SqlStep[] }[] = []
  action.statements
    .filter((text) => text.trim() !== '')
    .forEach((text, i) => {
      const step: SqlStep = {
        kind: 'sql',
        label: action.statements.length === 1 ? 'statement' : `statement ${i + 1}`,
        sql: text,
        statements: null,
        user: { text, offset: 0 },
        isUserStatement: true,
        countsRows: true,
      }
      const last = groups.at(-1)
      if (runsAlone(text)) groups.push({ transaction: 'none', steps: [step] })
      else if (last?.transaction === 'one') last.steps.push(step)
      else groups.push({ transaction: 'one', steps: [step] })
    })
  return groups
}
