/**
 * Statements as they are sent: the user's text, redirected to scratch relations, in what makes an empty relation of
 * it, or has PostgreSQL analyse it without planning or executing it.
 */
import { quoteIdent, quoteQualified } from '../sql/identifiers.js'
import { oldOffset } from '../sql/rename-relations.js'
import type { QualifiedName } from '../sql/rename-relations.js'
import { around } from '../plan/user-sql.js'
import type { Statement } from './message.js'
import type { Shape } from './existing.js'
import type { Doubt } from './judge.js'
import type { Redirected } from './scratch.js'

/** A user's text in a statement, with what leads from an error back to the file. */
export interface UserText {
  /** The whole compiled text that it is a piece of: a query, or all statements of a block. */
  readonly whole: string
  /** Where the piece begins in it. */
  readonly start: number
  readonly redirected: Redirected
}

/** A statement with its place in a user's text, if it has one. */
export interface CheckedStatement extends Statement {
  readonly user?: UserText & {
    /** Where the redirected text begins in `sql`. */
    readonly offset: number
  }
  /** The statement that has to succeed for this one to make sense. */
  readonly after?: CheckedStatement
  /** What it reads and may be otherwise; if not given, whoever judges its error says so. */
  readonly doubts?: readonly Doubt[]
  /** The block of the file that it stands in, such as `pre_operations`. */
  readonly block?: string
}

/** The offset in the whole compiled text of an offset in the statement; at the text's ends for one outside of it. */
export function offsetInText(user: NonNullable<CheckedStatement['user']>, offset: number): number {
  const inside = Math.min(Math.max(0, offset - user.offset), user.redirected.sql.length)
  return user.start + oldOffset(user.redirected, inside)
}

function withText(head: string, text: UserText, tail: string): CheckedStatement {
  const { sql, user } = around(head, text.redirected.sql, tail)
  return { sql, user: { ...text, offset: user.offset } }
}

/**
 * An empty table with the columns of a query. This path neither plans nor executes it. For what is changed by other
 * statements, and for queries that change data themselves; else a view does, and is made faster.
 */
export function tableFromQuery(
  name: QualifiedName,
  text: UserText,
  columnNames = '',
): CheckedStatement {
  const list = columnNames === '' ? '' : ` (${columnNames})`
  return withText(`create temp table ${quoteQualified(name)}${list} as (`, text, ') with no data')
}

/** A view. */
export function viewFromQuery(
  name: QualifiedName,
  text: UserText,
  columnNames = '',
): CheckedStatement {
  const list = columnNames === '' ? '' : ` (${columnNames})`
  return withText(`create temp view ${quoteQualified(name)}${list} as (`, text, ')')
}

/** A table from the user's definitions of its columns. */
export function tableFromDefinitions(name: QualifiedName, text: UserText): CheckedStatement {
  return withText(`create temp table ${quoteQualified(name)} (`, text, ')')
}

/**
 * An empty table with given columns. It is partitioned and has no partition: without any file it is made ten times as
 * fast, and needs one lock where another table needs up to four.
 */
export function tableFromColumns(name: QualifiedName, shape: Shape): CheckedStatement {
  const { columns, primaryKey } = shape
  const definitions = columns.map(({ name: column, type, collation }) =>
    [quoteIdent(column), type, ...(collation === null ? [] : [`collate ${collation}`])].join(' '),
  )
  const key = primaryKey.map(quoteIdent).join(', ')
  const [first] = columns
  const partition =
    key !== ''
      ? ` partition by range (${key})`
      : first === undefined
        ? ''
        : ` partition by list ((${quoteIdent(first.name)} is null))`
  const all = key === '' ? definitions : [...definitions, `primary key (${key})`]
  return { sql: `create temp table ${quoteQualified(name)} (${all.join(', ')})${partition}` }
}

/**
 * Has PostgreSQL analyse a statement: names, types, functions; no plan is made and nothing is executed. Whatever the
 * text is, it stands in a transaction that may only read.
 */
export function analysis(text: UserText): CheckedStatement {
  return withText(
    'savepoint dataform_read_only;\nset local transaction_read_only = on;\nprepare dataform_check as',
    text,
    ';\ndeallocate dataform_check;\nrollback to savepoint dataform_read_only;\nrelease savepoint dataform_read_only',
  )
}

/** Like `analysis`, for a query or a condition in the midst of the engine's own text. */
export function analysisAround(head: string, text: UserText, tail: string): CheckedStatement {
  return withText(`prepare dataform_check as ${head}`, text, `${tail};\ndeallocate dataform_check`)
}

/** Like `analysis`, for a statement of the engine's own. */
export function ownAnalysis(sql: string): CheckedStatement {
  return { sql: `prepare dataform_check as ${sql};\ndeallocate dataform_check` }
}

/** Gives a temporary relation another name, so that the next action can use that name for its own. */
export function rename(from: string, to: QualifiedName, after: CheckedStatement): CheckedStatement {
  const old = quoteQualified({ schema: to.schema, name: from })
  return { sql: `alter table ${old} rename to ${quoteIdent(to.name)}`, after }
}
