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

/** Why a text must not be put between others, as PostgreSQL would say it, and where. */
export interface Unsound {
  readonly message: string
  readonly offset: number
}

/**
 * Finds what would reach beyond the text itself: a parenthesis that closes and was never opened would end those that
 * are put around it, and a quotation without an end would take what follows for its own. Null for a sound text.
 */
export function findUnsound(sql: string): Unsound | null {
  // What swallows the semicolon has no end.
  const probe = `${sql}\n;`
  let depth = 0
  let last: Token | undefined
  for (const token of tokensOf(probe)) {
    last = token
    if (token.kind !== 'other') continue
    const character = probe.charAt(token.start)
    if (character === '(') depth++
    else if (character === ')' && --depth < 0)
      return { message: 'syntax error at or near ")"', offset: token.start }
  }
  if (last === undefined || last.start > sql.length) return null
  return { message: `unterminated ${unfinished(probe, last)}`, offset: last.start }
}

function unfinished(sql: string, { kind, start }: Token): string {
  if (kind === 'comment') return '/* comment'
  if (kind === 'name') return 'quoted identifier'
  return sql.startsWith('$', start) ? 'dollar-quoted string' : 'quoted string'
}
