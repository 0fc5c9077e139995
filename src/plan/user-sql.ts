/**
 * Putting a user's text into a statement, remembering where it stands.
 */
import { oldOffset, redirectRelations } from '../sql/rename-relations.js'
import type { NewName } from '../sql/rename-relations.js'
import { withoutTail } from '../sql/statement-end.js'
import type { SqlStep, UserSql } from './types.js'

/**
 * A query as it can stand in parentheses: without its closing semicolon and what follows it. The parentheses see to
 * it that a second statement after a semicolon is a syntax error, and is never executed.
 */
export function asSubquery(query: string): string {
  return withoutTail(query)
}

/**
 * Builds a step's SQL around a user's text: `before`, the text on lines of its own (so a closing line
 * comment in it ends there), `after`.
 */
export function around(
  before: string,
  text: string,
  after: string,
): { sql: string; user: UserSql } {
  const head = `${before}\n`
  return { sql: `${head}${text}\n${after}`, user: { text, offset: head.length } }
}

/** Like `around`, with the text reading other relations than those that it names. */
export function aroundRedirected(
  before: string,
  text: string,
  after: string,
  newName: NewName,
): { sql: string; user: UserSql } {
  const redirected = redirectRelations(text, newName)
  const { sql, user } = around(before, redirected.sql, after)
  return { sql, user: { ...user, text, original: (offset) => oldOffset(redirected, offset) } }
}

/** Steps for `pre_operations` and `post_operations`: each text as it is. */
export function userSteps(label: string, texts: readonly string[]): readonly SqlStep[] {
  return texts
    .filter((text) => text.trim() !== '')
    .map((text) => ({
      kind: 'sql',
      label,
      sql: text,
      statements: null,
      user: { text, offset: 0 },
      isUserStatement: true,
    }))
}
