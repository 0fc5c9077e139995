/**
 * Where a statement ends: semicolons, comments and white space after it do not belong to it.
 */
import { tokensOf } from './tokens.js'

/** A statement without what follows its last word: `select 1; -- the end` becomes `select 1`. */
export function withoutTail(sql: string): string {
  let end = 0
  for (const token of tokensOf(sql)) {
    const isTail =
      token.kind === 'comment' || token.kind === 'space' || sql.charAt(token.start) === ';'
    if (!isTail) end = token.end
  }
  return sql.slice(0, end)
}
