/**
 * The statements of operations: what they make, and which of them a dry run does not execute.
 */
import { targetKey } from '../graph/target.js'
import type { OperationAction } from '../graph/types.js'
import { splitStatements } from '../sql/split-statements.js'
import type { StatementInText } from '../sql/split-statements.js'
import type { Unexecuted } from './judge.js'
import { readStatement } from './user-statement.js'
import type { UserStatement } from './user-statement.js'

/** A statement of an operation. */
export interface OperationStatement extends StatementInText {
  /** The text that it is a piece of. */
  readonly whole: string
  readonly statement: UserStatement
}

/** The statements of an operation, read. */
export function operationStatements(action: OperationAction): readonly OperationStatement[] {
  return action.statements.flatMap((whole) =>
    splitStatements(whole).map((part) => ({
      ...part,
      whole,
      statement: readStatement(part.text),
    })),
  )
}

/** The keys of the relations that an operation makes by statements of its own. */
export function relationsMadeBy(action: OperationAction): readonly string[] {
  return operationStatements(action).flatMap(({ statement }) => keyMade(statement) ?? [])
}

/** The key of the relation that a statement makes; undefined for one that makes none, or a temporary one. */
export function keyMade(statement: UserStatement): string | undefined {
  if (statement.kind !== 'create' || statement.name.schema === null) return undefined
  return targetKey({ schema: statement.name.schema, name: statement.name.name })
}

/** What of an operation is not executed, for those that come after it. */
export function unexecutedOf(action: OperationAction): readonly Unexecuted[] {
  const key = targetKey(action.target)
  return operationStatements(action).flatMap(({ statement, text }) =>
    statement.kind === 'other'
      ? [{ text, reason: `the statements of ${key} are not executed`, because: null }]
      : [],
  )
}
