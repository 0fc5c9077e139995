/**
 * Qualified names in SQL text, exchanged for others: how a query or a definition that names a table is made to read
 * the one that is going to take its place.
 */
import { quoteIdent, quoteQualified } from './identifiers.js'
import { tokensOf } from './tokens.js'
import type { Token } from './tokens.js'

/** A relation's name. */
export interface QualifiedName {
  readonly schema: string
  readonly name: string
}

/** A place where a name was exchanged, in both texts; ends are exclusive. */
export interface Exchange {
  readonly start: number
  readonly end: number
  readonly newStart: number
  readonly newEnd: number
}

/** The text with other names in it, and where they are. */
export interface Renamed {
  readonly sql: string
  readonly exchanges: readonly Exchange[]
}

/** Gives a relation's other name; undefined for one that keeps its own. */
export type NewName = (old: QualifiedName) => QualifiedName | undefined

// Words that may come after a table in FROM, INTO or UPDATE and are not its alias; nearly all are reserved.
const AFTER_A_TABLE = new Set(
  `where group having window union intersect except order limit offset fetch for on using join inner left right full
   cross natural tablesample returning set when then end select values default table with`.split(
    /\s+/,
  ),
)
const BEFORE_A_TABLE = new Set(['from', 'join', 'only', 'into', 'update', ',', '('])

/** `"a""b"` is `a"b`, `Abc` is `abc`. */
function nameOf(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text.toLowerCase()
}

interface Mention {
  readonly old: QualifiedName
  readonly start: number
  readonly end: number
  /** The words around it, in lower case; empty at an end of the text. */
  readonly before: string
  readonly after: string
}

/** Every `schema.name` outside of literals and comments that is not the end of a longer chain. */
function mentionsIn(sql: string): readonly Mention[] {
  const tokens = [...tokensOf(sql)].filter(
    (token) => token.kind !== 'space' && token.kind !== 'comment',
  )
  const textOf = (token: Token | undefined): string =>
    token === undefined ? '' : sql.slice(token.start, token.end)
  return tokens.flatMap((token, i) => {
    const last = tokens[i + 2]
    if (token.kind !== 'name' || last?.kind !== 'name' || textOf(tokens[i + 1]) !== '.') return []
    const before = textOf(tokens[i - 1]).toLowerCase()
    if (before === '.') return []
    const old = { schema: nameOf(textOf(token)), name: nameOf(textOf(last)) }
    const after = tokens[i + 3]
    // A quoted word is a name, whatever it says.
    const follows = after?.kind === 'name' ? textOf(after) : textOf(after).charAt(0)
    return [{ old, start: token.start, end: last.end, before, after: follows.toLowerCase() }]
  })
}

function exchange(
  sql: string,
  newText: (mention: Mention) => string | undefined,
): { sql: string; exchanges: readonly Exchange[] } {
  const exchanges: Exchange[] = []
  let result = ''
  let copied = 0
  for (const mention of mentionsIn(sql)) {
    const text = newText(mention)
    if (text === undefined) continue
    result += sql.slice(copied, mention.start)
    const newStart = result.length
    result += text
    exchanges.push({ start: mention.start, end: mention.end, newStart, newEnd: result.length })
    copied = mention.end
  }
  return { sql: result + sql.slice(copied), exchanges }
}

/** Exchanges the names and nothing else, as in `CREATE TRIGGER ... ON schema.name`. */
export function renameRelations(sql: string, newName: NewName): string {
  return exchange(sql, ({ old }) => {
    const found = newName(old)
    return found === undefined ? undefined : quoteQualified(found)
  }).sql
}

/**
 * Makes a query read other relations. Where the old one had no alias the new one gets its name as one, so that columns
 * that are qualified by it still are; `schema.name.column` is then `name.column`.
 */
export function redirectRelations(sql: string, newName: NewName): Renamed {
  return exchange(sql, ({ old, before, after }) => {
    const found = newName(old)
    if (found === undefined) return undefined
    // A function of that name.
    if (after === '(' && before !== 'into') return undefined
    if (after === '.') return quoteIdent(old.name)
    const hasAlias =
      after === 'as' || (/^["a-z_\u0080-\uffff]/.test(after) && !AFTER_A_TABLE.has(after))
    return hasAlias || !BEFORE_A_TABLE.has(before)
      ? quoteQualified(found)
      : `${quoteQualified(found)} as ${quoteIdent(old.name)}`
  })
}

/**
 * A definition without the aliases that only repeat a relation's name: `FROM s.t t` becomes `FROM s.t`. Two definitions
 * that are the same but for those are the same after it.
 */
export function withoutOwnAliases(sql: string): string {
  const tokens = [...tokensOf(sql)].filter((token) => token.kind !== 'space')
  let result = ''
  let copied = 0
  for (const { old, end, before } of mentionsIn(sql)) {
    const next = tokens.find((token) => token.start >= end)
    if (next?.kind !== 'name' || !BEFORE_A_TABLE.has(before)) continue
    if (nameOf(sql.slice(next.start, next.end)) !== old.name) continue
    result += sql.slice(copied, end)
    copied = next.end
  }
  return result + sql.slice(copied)
}

/** How often a relation's qualified name stands in a text. */
export function countMentions(sql: string, relation: QualifiedName): number {
  return mentionsIn(sql).filter(
    ({ old }) => old.schema === relation.schema && old.name === relation.name,
  ).length
}

/** Whether a relation's number stands in a text, as PostgreSQL writes it: `'schema.name'::regclass`. */
export function namesAsValue(sql: string, relation: QualifiedName): boolean {
  return [...sql.matchAll(/'((?:[^']|'')*)'::regclass/g)].some(
    ([, literal = '']) => countMentions(literal.replaceAll("''", "'"), relation) > 0,
  )
}

/** The offset in the old text of an offset in the new one; inside of a new name it is the old name's beginning. */
export function oldOffset({ exchanges }: Renamed, offset: number): number {
  let shift = 0
  for (const { start, end, newStart, newEnd } of exchanges) {
    if (offset < newStart) break
    if (offset < newEnd) return start
    shift = end - newEnd
  }
  return offset + shift
}
