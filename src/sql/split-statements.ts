/**
 * A text with several statements, taken apart at its semicolons.
 */
import { tokensOf } from './tokens.js'
import type { Token } from './tokens.js'

/** A statement as it stands in the text, from its first word to its last, without the semicolon. */
export interface StatementInText {
  readonly text: string
  /** Where it begins in the whole text. */
  readonly start: number
}

const isWord = (token: Token): boolean => token.kind !== 'space' && token.kind !== 'comment'

/**
 * The statements of a text, in order. Semicolons in literals, comments and parentheses, and those of a
 * `BEGIN ATOMIC` body, end nothing.
 */
export function splitStatements(sql: string): readonly StatementInText[] {
  const statements: StatementInText[] = []
  let start: number | undefined
  let end = 0
  let depth = 0
  /** Open `BEGIN ATOMIC` and `CASE` inside of one. */
  let blocks = 0
  let before = ''
  const close = (): void => {
    if (start !== undefined) statements.push({ text: sql.slice(start, end), start })
    start = undefined
  }
  for (const token of tokensOf(sql)) {
    if (!isWord(token)) continue
    const word = sql.slice(token.start, token.end).toLowerCase()
    if (word === ';' && depth === 0 && blocks === 0) {
      close()
      before = ''
      continue
    }
    if (word === '(') depth++
    else if (word === ')') depth = Math.max(0, depth - 1)
    else if (word === 'atomic' && before === 'begin') blocks++
    else if (word === 'case' && blocks > 0) blocks++
    else if (word === 'end' && blocks > 0) blocks--
    before = word
    start ??= token.start
    end = token.end
  }
  close()
  return statements
}

/**
 * Where a parenthesis closes that none has opened, -1 if there is no such place. A text with one could end the
 * parentheses that are put around it.
 */
export function strayParenthesis(sql: string): number {
  let depth = 0
  for (const token of tokensOf(sql)) {
    if (token.kind !== 'other') continue
    const character = sql.charAt(token.start)
    if (character === '(') depth++
    else if (character === ')' && --depth < 0) return token.start
  }
  return -1
}
