/**
 * `operations`: statements in order, in one transaction where PostgreSQL allows it.
 */
import type { OperationAction } from '../graph/types.js'
import { quoteLiteral } from '../sql/identifiers.js'
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

/**
 * The key of an action's advisory lock, as SQL. Whoever writes a target holds it until the end of the
 * transaction, so two runs never write one table at once.
 */
export function lockTarget(key: string): string {
  return `select pg_advisory_xact_lock(hashtextextended(${quoteLiteral(`dataform:${key}`)}, 0))`
}
