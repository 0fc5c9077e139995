/**
 * SQL text as tokens: just enough of PostgreSQL's lexical rules to step over literals and comments and to find names.
 */

/** What a token is. A quoted name is a `name`; `other` is a single character of anything else. */
export type TokenKind = 'comment' | 'literal' | 'name' | 'space' | 'other'

/** A piece of the text; `end` is exclusive. */
export interface Token {
  readonly kind: TokenKind
  readonly start: number
  readonly end: number
}

const LINE_COMMENT = /--[^\n]*/y
const SPACE = /\s+/y
const QUOTED = /'(?:[^']|'')*(?:'|$)/y
const QUOTED_NAME = /"(?:[^"]|"")*(?:"|$)/y
const NAME = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y
const NUMBER = /\d[\w.]*/y
const DOLLAR = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y

/** The tokens of a text, in order and without gaps. Understands `E''`, dollar quoting and nested comments. */
export function* tokensOf(sql: string): Generator<Token> {
  let at = 0
  while (at < sql.length) {
    const token = tokenAt(sql, at)
    yield token
    at = token.end
  }
}

function tokenAt(sql: string, at: number): Token {
  const token = (kind: TokenKind, end: number): Token => ({ kind, start: at, end })
  const match = (pattern: RegExp): number => {
    pattern.lastIndex = at
    const found = pattern.exec(sql)
    return found === null ? -1 : at + found[0].length
  }
  const first = sql.charAt(at)
  if (sql.startsWith('--', at)) return token('comment', match(LINE_COMMENT))
  if (sql.startsWith('/*', at)) return token('comment', endOfComment(sql, at))
  if (first === "'") return token('literal', match(QUOTED))
  if (first === '"') return token('name', match(QUOTED_NAME))
  if ((first === 'e' || first === 'E') && sql.charAt(at + 1) === "'")
    return token('literal', endOfEscapeString(sql, at + 1))
  const dollar = first === '$' ? match(DOLLAR) : -1
  if (dollar !== -1) {
    const close = sql.indexOf(sql.slice(at, dollar), dollar)
    return token('literal', close === -1 ? sql.length : close + dollar - at)
  }
  for (const [kind, pattern] of [
    ['space', SPACE],
    ['name', NAME],
    ['other', NUMBER],
  ] as const) {
    const end = match(pattern)
    if (end !== -1) return token(kind, end)
  }
  return token('other', at + 1)
}

function endOfComment(sql: string, start: number): number {
  let depth = 0
  for (let at = start; at < sql.length; at++) {
    const pair = sql.slice(at, at + 2)
    if (pair === '/*') {
      depth++
      at++
    } else if (pair === '*/') {
      depth--
      at++
      if (depth === 0) return at + 1
    }
  }
  return sql.length
}

function endOfEscapeString(sql: string, quote: number): number {
  for (let at = quote + 1; at < sql.length; at++) {
    if (sql[at] === '\\') at++
    else if (sql[at] === "'" && sql[at + 1] === "'") at++
    else if (sql[at] === "'") return at + 1
  }
  return sql.length
}
