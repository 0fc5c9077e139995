import type { Session } from '../postgres/session.js'
import { quoteIdent, quoteQualified } from '../sql/identifiers.js'
import { needsCounting } from './parquet-type.js'
import type { ExportColumn, Relation } from './relation.js'

/** The precision that a decimal gets whose type does not give one: all that there is. */
const WIDEST = 38

/**
 * How many digits each `numeric` column needs, by name. A bare `numeric` says nothing about it, so its values are
 * asked, in one scan; null where they don't fit a decimal, or are no numbers (NaN, Infinity).
 */
export async function countDecimals(
  session: Session,
  relation: Relation,
): Promise<ReadonlyMap<string, ExportColumn['decimal']>> {
  const decimals = new Map<string, ExportColumn['decimal']>()
  const numerics = relation.columns.filter(({ type }) => type === 'numeric')
  if (numerics.length === 0) return decimals
  // NaN and Infinity are allowed by every numeric type.
  const facts = numerics.flatMap(({ name }) => {
    const ident = quoteIdent(name)
    return [
      `max(scale(${ident}))::int`,
      `max(length(trunc(abs(${ident}))::text)) filter (where ${isNumber(ident)})`,
      `count(*) filter (where not ${isNumber(ident)})::int`,
    ]
  })
  const list = facts.map((fact, index) => `${fact} as f${index}`).join(', ')
  const { rows } = await session.query(`select ${list} from ${quoteQualified(relation.target)}`)
  numerics.forEach((column, index) => {
    const fact = (which: number): number => Number(rows[0]?.[`f${3 * index + which}`] ?? 0)
    const scale = fact(0)
    const isOdd = fact(2) > 0 || fact(1) + scale > WIDEST
    const counted = isOdd ? null : { precision: WIDEST, scale }
    decimals.set(column.name, counted !== null && !needsCounting(column) ? column.decimal : counted)
  })
  return decimals
}

function isNumber(ident: string): string {
  return `(${ident} not in ('NaN', 'Infinity', '-Infinity'))`
}
