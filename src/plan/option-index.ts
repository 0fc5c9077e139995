/**
 * One index of `options.postgres({ indexes })`.
 */
import type { Json } from '../graph/types.js'
import { MAX_IDENTIFIER_BYTES } from '../sql/identifiers.js'
import { isObject, isStrings, oneOf, rejectUnknown, textOf } from './option-reading.js'

/** A column of an index, or an expression (it has parentheses), and how it is indexed. */
export interface IndexColumn {
  readonly text: string
  readonly opclass: string | null
  readonly order: 'asc' | 'desc' | null
  readonly nulls: 'first' | 'last' | null
  readonly collation: string | null
}

/** An index that the config declares. */
export interface IndexOption {
  /** If not given, the name is made from the table's and the columns'. */
  readonly name: string | null
  readonly columns: readonly IndexColumn[]
  readonly unique: boolean
  readonly method: string
  readonly where: string | null
  readonly include: readonly string[]
  readonly nullsNotDistinct: boolean
  /** Storage parameters: `fillfactor`, `pages_per_range`, ... */
  readonly with: Readonly<Record<string, string>>
}

const METHODS = ['btree', 'hash', 'gin', 'gist', 'spgist', 'brin'] as const
// A name, perhaps with a schema and with parameters in parentheses: `jsonb_path_ops`, `s.ops (siglen = 32)`.
const OPCLASS = /^[A-Za-z_][\w$]*(\.[A-Za-z_][\w$]*)?(\s*\([\w\s=,.]*\))?$/

function parseColumn(
  value: Json,
  opclass: string | null,
  at: string,
  problems: string[],
): IndexColumn | null {
  if (typeof value === 'string')
    return { text: value, opclass, order: null, nulls: null, collation: null }
  if (!isObject(value)) {
    problems.push(`${at} must be a column, an expression, or an object with \`column\``)
    return null
  }
  const { column, opclass: own, order, nulls, collation, ...rest } = value
  rejectUnknown(rest, `${at} has unknown keys`, problems)
  const text = textOf(column, `${at}.column`, problems, 'a column or an expression')
  if (column === undefined) problems.push(`${at} must have a \`column\``)
  const parsed = {
    opclass: parseOpclass(own, `${at}.opclass`, problems) ?? opclass,
    order: oneOf(order, ['asc', 'desc'] as const, `${at}.order`, problems),
    nulls: oneOf(nulls, ['first', 'last'] as const, `${at}.nulls`, problems),
    collation: textOf(collation, `${at}.collation`, problems, 'the name of a collation'),
  }
  return text === null ? null : { text, ...parsed }
}

function parseOpclass(value: Json | undefined, at: string, problems: string[]): string | null {
  const text = textOf(value, at, problems, 'the name of an operator class')
  if (text === null || OPCLASS.test(text)) return text
  problems.push(`${at}: "${text}" is not the name of an operator class`)
  return null
}

function parseWith(
  value: Json | undefined,
  at: string,
  problems: string[],
): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {}
  const entries = isObject(value) ? Object.entries(value) : []
  const texts = entries.flatMap(([key, item]) =>
    /^[a-z_]+$/.test(key) && typeof item !== 'object' && /^[\w.]+$/.test(String(item))
      ? [[key, String(item)] as const]
      : [],
  )
  if (isObject(value) && texts.length === entries.length) return Object.fromEntries(texts)
  problems.push(`${at} must be an object of storage parameters, such as { fillfactor: 90 }`)
  return {}
}

/** Reads an index; what is wrong with it is added to the problems. */
export function parseIndex(value: Json, at: string, problems: string[]): IndexOption | null {
  if (!isObject(value)) {
    problems.push(`${at} must be an object with \`columns\``)
    return null
  }
  const { columns, unique, method, where, include, opclass, nullsNotDistinct, name, ...others } =
    value
  const { with: parameters, ...rest } = others
  rejectUnknown(rest, `${at} has unknown keys`, problems)
  const common = parseOpclass(opclass, `${at}.opclass`, problems)
  if (!Array.isArray(columns) || columns.length === 0) {
    problems.push(`${at}.columns must be a list of column names or expressions`)
    return null
  }
  const parsed = (columns as readonly Json[]).flatMap(
    (column, i) => parseColumn(column, common, `${at}.columns[${i}]`, problems) ?? [],
  )
  for (const [key, flag] of [
    ['unique', unique],
    ['nullsNotDistinct', nullsNotDistinct],
  ] as const)
    if (flag !== undefined && typeof flag !== 'boolean')
      problems.push(`${at}.${key} must be true or false`)
  if (include !== undefined && !isStrings(include))
    problems.push(`${at}.include must be a list of column names`)
  const ownName = textOf(name, `${at}.name`, problems, 'a name')
  if (ownName !== null && Buffer.byteLength(ownName) > MAX_IDENTIFIER_BYTES)
    problems.push(`${at}.name is longer than ${MAX_IDENTIFIER_BYTES} bytes`)
  return {
    name: ownName,
    columns: parsed,
    unique: unique === true,
    method: oneOf(method, METHODS, `${at}.method`, problems) ?? 'btree',
    where: textOf(where, `${at}.where`, problems, 'a condition'),
    include: isStrings(include) ? include : [],
    nullsNotDistinct: nullsNotDistinct === true,
    with: parseWith(parameters, `${at}.with`, problems),
  }
}
