/**
 * What a statement of the user's is, as far as a dry run has to know: it can be analysed, it makes a relation whose
 * columns can be known, or it can only be executed, which a dry run does not do.
 */
import { isName, nameOf, wordsOf } from './words.js'
import type { Word } from './words.js'

/** A piece of a statement; `end` exclusive. */
export interface Piece {
  readonly start: number
  readonly end: number
}

/** A relation's name as the statement has it; without a schema it is a temporary one, or one of the search path. */
export interface StatementName {
  readonly schema: string | null
  readonly name: string
}

/** A statement that makes a table or a view. */
export interface CreateStatement {
  readonly kind: 'create'
  readonly name: StatementName
  readonly ifNotExists: boolean
  /** `(a, b)` after the name of a relation that is made from a query. */
  readonly columnNames: Piece | null
  /** The query after `AS`, or the definitions of the columns between their parentheses. */
  readonly body: Piece & { readonly kind: 'query' | 'columns' }
}

/** A statement, by what can be done with it. */
export type UserStatement =
  /** `select`, `insert` and the like: PostgreSQL can analyse it without executing it. */
  | { readonly kind: 'analysable' }
  | CreateStatement
  /** Anything else. `what` is how people call it: `do`, `create index`, `alter table`. */
  | { readonly kind: 'other'; readonly what: string }

const ANALYSABLE = new Set([
  'select',
  'values',
  'table',
  'with',
  'insert',
  'update',
  'delete',
  'merge',
])

// The second word of these says nothing that people need.
const ONE_WORD = new Set(
  'do call set reset grant revoke analyze vacuum truncate copy comment lock notify cluster explain begin commit rollback'.split(
    ' ',
  ),
)

/** Says what a single statement is. */
export function readStatement(sql: string): UserStatement {
  const words = wordsOf(sql)
  const first = words.find(({ text }) => text !== '(')?.word ?? ''
  if (first === 'create') return readCreate(words) ?? other(words)
  // `select ... into x` makes a table; PostgreSQL does not analyse it without making it.
  const makesTable = first === 'select' && words.some((w) => w.word === 'into' && w.depth === 0)
  return ANALYSABLE.has(first) && !makesTable ? { kind: 'analysable' } : other(words)
}

function other(words: readonly Word[]): UserStatement {
  const [first, second, third] = words.map(({ word }) => word)
  if (first === 'select') return { kind: 'other', what: 'select into' }
  const isLong = first === 'create' && (second === 'or' || second === 'unique')
  const rest = isLong ? (second === 'or' ? words[3]?.word : third) : second
  const what = ONE_WORD.has(first ?? '') ? [first] : [first, rest]
  return { kind: 'other', what: what.filter((word) => word !== undefined).join(' ') }
}

/** Reads along the words of a `create`. */
class Reader {
  #at = 0

  constructor(readonly words: readonly Word[]) {}

  get next(): Word | undefined {
    return this.words[this.#at]
  }

  take(...wanted: readonly string[]): boolean {
    if (!wanted.every((word, i) => this.words[this.#at + i]?.word === word)) return false
    this.#at += wanted.length
    return true
  }

  takeAny(wanted: readonly string[]): boolean {
    return wanted.some((word) => this.take(word))
  }

  name(): StatementName | undefined {
    const first = this.words[this.#at++]
    if (first === undefined || !isName(first)) return undefined
    if (!this.take('.')) return { schema: null, name: nameOf(first) }
    const second = this.words[this.#at++]
    if (second === undefined || !isName(second)) return undefined
    return { schema: nameOf(first), name: nameOf(second) }
  }

  /** What stands between the parentheses that open here. */
  parentheses(): Piece | undefined {
    const open = this.next
    if (open?.text !== '(') return undefined
    const close = this.words.findIndex(
      (word, i) => i > this.#at && word.text === ')' && word.depth === open.depth,
    )
    if (close < 0) return undefined
    this.#at = close + 1
    return { start: open.end, end: this.words[close]?.start ?? open.end }
  }

  /** Goes behind the next word of that kind outside of parentheses. */
  skipTo(word: string): boolean {
    const found = this.words.findIndex(
      (each, i) => i >= this.#at && each.word === word && each.depth === 0,
    )
    if (found < 0) return false
    this.#at = found + 1
    return true
  }
}

function readCreate(words: readonly Word[]): CreateStatement | undefined {
  const reader = new Reader(words)
  reader.take('create')
  reader.take('or', 'replace')
  reader.takeAny(['global', 'local'])
  reader.takeAny(['temporary', 'temp', 'unlogged'])
  const isView = reader.take('view') || reader.take('materialized', 'view')
  if (!isView && !reader.take('table')) return undefined
  const ifNotExists = reader.take('if', 'not', 'exists')
  const name = reader.name()
  if (name === undefined) return undefined
  const inner = reader.parentheses()
  if (reader.skipTo('as')) {
    const query = queryFrom(reader)
    return query === undefined
      ? undefined
      : { kind: 'create', name, ifNotExists, columnNames: inner ?? null, body: query }
  }
  // Inherited columns are not among the definitions.
  if (isView || inner === undefined || reader.take('inherits')) return undefined
  return {
    kind: 'create',
    name,
    ifNotExists,
    columnNames: null,
    body: { kind: 'columns', ...inner },
  }
}

// What may stand behind the query; none of it has a say in the columns.
const TAILS = [
  ['with', 'data'],
  ['with', 'no', 'data'],
  ['with', 'check', 'option'],
  ['with', 'local', 'check', 'option'],
  ['with', 'cascaded', 'check', 'option'],
]

function queryFrom(reader: Reader): CreateStatement['body'] | undefined {
  const { words } = reader
  const first = reader.next
  if (first === undefined || first.word === 'execute') return undefined
  const tail = TAILS.find((tail) =>
    tail.every((word, i) => words[words.length - tail.length + i]?.word === word),
  )
  const last = words[words.length - 1 - (tail?.length ?? 0)]
  if (last === undefined || last.start < first.start) return undefined
  return { kind: 'query', start: first.start, end: last.end }
}
