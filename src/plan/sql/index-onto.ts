/**
 * An index's definition, for another table.
 */
import type { Target } from '../../graph/types.js'
import { quoteIdent, quoteQualified } from '../../sql/identifiers.js'

const IDENTIFIER = String.raw`(?:"(?:[^"]|"")*"|[^\s".]+)`
const HEAD = new RegExp(
  String.raw`^CREATE( UNIQUE)? INDEX ${IDENTIFIER} ON (?:ONLY )?${IDENTIFIER}\.${IDENTIFIER} USING `,
)

/**
 * @param definition as `pg_get_indexdef` writes it
 * @param name of the new index; null to let the server find one
 * @throws Error for a text that is no such definition
 */
export function indexOnto(definition: string, name: string | null, onto: Target): string {
  const head = HEAD.exec(definition)
  if (head === null) throw new Error(`not an index definition: ${definition}`)
  const unique = head[1] === undefined ? '' : ' unique'
  const own = name === null ? '' : ` ${quoteIdent(name)}`
  return `create${unique} index${own} on ${quoteQualified(onto)} using ${definition.slice(head[0].length)};`
}
