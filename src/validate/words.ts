/**
 * The words of a statement, without white space and comments.
 */
import { tokensOf } from '../sql/tokens.js'

/** A word, a quoted name, a literal or a sign. */
export interface Word {
  readonly text: string
  /** In lower case, unless it is quoted. */
  readonly word: string
  readonly start: number
  readonly end: number
  /** Parentheses that are open before it. */
  readonly depth: number
}

/** The words in order. */
export function wordsOf(sql: string): readonly Word[] {
  let depth = 0
  const words: Word[] = []
  for (const { kind, start, end } of tokensOf(sql)) {
    if (kind === 'space' || kind === 'comment') continue
    const text = sql.slice(start, end)
    if (text === ')') depth--
    words.push({ text, word: text.startsWith('"') ? text : text.toLowerCase(), start, end, depth })
    if (text === '(') depth++
  }
  return words
}

/** True for what can be a name. */
export const isName = ({ text }: Word): boolean => /^["A-Za-z_\u0080-\uffff]/.test(text)
/** The name itself: `"a""b"` is `a"b`, `Abc` is `abc`. */
export const nameOf = ({ text }: Word): string =>
  text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text.toLowerCase()
