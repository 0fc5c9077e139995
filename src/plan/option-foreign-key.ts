/**
 * One foreign key of `options.postgres({ foreignKeys })`.
 */
import type { Json, Target } from '../graph/types.js'
import { quoteIdent, quoteQualified } from '../sql/identifiers.js'
import { fitIdentifier } from './names.js'
import { isObject, isStrings, oneOf, rejectUnknown, textOf } from './option-reading.js'

const ACTIONS = ['no action', 'restrict', 'cascade', 'set null', 'set default'] as const

/** A foreign key that the config declares. */
export interface ForeignKeyOption {
  /** If not given, the name is made from the table's and the columns'. */
  readonly name: string | null
  readonly columns: readonly string[]
  readonly references: { readonly table: Target; readonly columns: readonly string[] }
  readonly onDelete: (typeof ACTIONS)[number] | null
  readonly onUpdate: (typeof ACTIONS)[number] | null
}

/** Reads a foreign key; what is wrong with it is added to the problems. */
export function parseForeignKey(
  value: Json,
  at: string,
  problems: string[],
): ForeignKeyOption | null {
  if (!isObject(value)) {
    problems.push(`${at} must be an object with \`columns\` and \`references\``)
    return null
  }
  const { name, columns, references, onDelete, onUpdate, ...rest } = value
  rejectUnknown(rest, `${at} has unknown keys`, problems)
  const parsed = {
    name: textOf(name, `${at}.name`, problems, 'a name'),
    onDelete: oneOf(onDelete, ACTIONS, `${at}.onDelete`, problems),
    onUpdate: oneOf(onUpdate, ACTIONS, `${at}.onUpdate`, problems),
  }
  const target = parseReference(references, `${at}.references`, problems)
  if (!isStrings(columns) || columns.length === 0) {
    problems.push(`${at}.columns must be a list of column names`)
    return null
  }
  return target === null ? null : { ...parsed, columns, references: target }
}

function parseReference(
  value: Json | undefined,
  at: string,
  problems: string[],
): ForeignKeyOption['references'] | null {
  if (!isObject(value)) {
    problems.push(`${at} must be an object with \`schema\`, \`table\` and \`columns\``)
    return null
  }
  const { schema, table, columns, ...rest } = value
  rejectUnknown(rest, `${at} has unknown keys`, problems)
  const target = {
    schema: textOf(schema, `${at}.schema`, problems),
    name: textOf(table, `${at}.table`, problems),
  }
  if (target.schema === null || target.name === null || !isStrings(columns)) {
    problems.push(`${at} must have \`schema\`, \`table\` and a list of \`columns\``)
    return null
  }
  return { table: { schema: target.schema, name: target.name }, columns }
}

/** The constraint's name. */
export function foreignKeyName(table: Target, key: ForeignKeyOption): string {
  return key.name ?? fitIdentifier([table.name, ...key.columns, 'fkey'].join('_'))
}

/** `ALTER TABLE ... ADD CONSTRAINT` on a table that may have another name for now. */
export function addForeignKey(onto: Target, target: Target, key: ForeignKeyOption): string {
  const list = (columns: readonly string[]): string => columns.map(quoteIdent).join(', ')
  return [
    `alter table ${quoteQualified(onto)} add constraint ${quoteIdent(foreignKeyName(target, key))}`,
    `foreign key (${list(key.columns)})`,
    `references ${quoteQualified(key.references.table)} (${list(key.references.columns)})`,
    ...(key.onDelete === null ? [] : [`on delete ${key.onDelete}`]),
    ...(key.onUpdate === null ? [] : [`on update ${key.onUpdate}`]),
  ].join(' ')
}
