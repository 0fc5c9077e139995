/** The query that gives a relation's rows as they are written. Pure text. */
import { quoteIdent, quoteQualified } from '../sql/identifiers.js'
import type { ExportColumn, Relation } from './relation.js'

/**
 * Selects the columns, each by an expression, in an order that is the same every time if there is a key.
 * @param partition the column whose text comes first, and by which the rows are sorted first
 */
export function rowQuery(
  relation: Relation,
  expressions: readonly string[],
  options: { readonly key: readonly string[]; readonly partition: ExportColumn | null },
): string {
  const { partition, key } = options
  // By the text, byte by byte: values that are equal but written differently (1.0, 1.00) are folders of their own.
  const first = partition === null ? null : `${textOf(partition)} collate "C"`
  const order = [...(first === null ? [] : [first]), ...key.map(quoteIdent)]
  const list = [...(partition === null ? [] : [textOf(partition)]), ...expressions]
  const by = order.length === 0 ? '' : ` order by ${order.join(', ')}`
  return `select ${list.join(', ')} from ${quoteQualified(relation.target)}${by}`
}

/** A value as text, booleans in words. */
export function textOf({ name }: ExportColumn): string {
  return `${quoteIdent(name)}::text`
}
