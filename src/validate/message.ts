/**
 * Units of statements as one text, and where in it they stand.
 */
import { quoteLiteral } from '../sql/identifiers.js'
import { SHAPE } from './existing.js'

/**
 * Statements that belong together: in order, and either all of them succeed or none has an effect. What they make has
 * to have names that no other unit uses.
 */
export interface Unit<S extends Statement = Statement> {
  readonly statements: readonly S[]
  /** Names of scratch relations that it makes and whose shape is wanted. */
  readonly shapesOf?: readonly string[]
  /** What it makes stays, for units to come. By default it goes, with its locks. */
  readonly isKept?: boolean
}

/** SQL without a closing semicolon. */
export interface Statement {
  readonly sql: string
}

/** What the first message expects to be open. */
export const OPEN = 'savepoint dataform_message'
const KEEP = `release savepoint dataform_message;\n${OPEN}`

const shapesQuery = (
  names: readonly string[],
): string => `select w.name as dataform_scratch, ${SHAPE} as shape
from unnest(array[${names.map(quoteLiteral).join(', ')}]) as w (name)
join pg_catalog.pg_class c on c.relname = w.name and c.relnamespace = pg_catalog.pg_my_temp_schema()`

/** Units as one text. */
export interface Message<P> {
  readonly sql: string
  /** Where the units and their statements stand in it; ends are exclusive. */
  readonly ranges: readonly {
    readonly placed: P
    readonly end: number
    readonly statements: readonly { readonly statement: Statement; readonly start: number }[]
  }[]
}

/**
 * Puts units into a message. What goes comes first, all of it together: one look at the catalog, and one rollback,
 * for a hundred units.
 */
export function toMessage<P extends { readonly unit: Unit }>(units: readonly P[]): Message<P> {
  let sql = ''
  const add = (placed: P): Message<P>['ranges'][number] => {
    const statements = placed.unit.statements.map((statement) => {
      const start = sql.length
      sql += `${statement.sql};\n`
      return { statement, start }
    })
    return { placed, end: sql.length, statements }
  }
  const passing = units.filter(({ unit }) => unit.isKept !== true)
  const kept = units.filter(({ unit }) => unit.isKept === true)
  if (passing.length > 0) sql += 'savepoint dataform_unit;\n'
  const ranges = passing.map(add)
  const names = passing.flatMap(({ unit }) => unit.shapesOf ?? [])
  if (names.length > 0) sql += `${shapesQuery(names)};\n`
  if (passing.length > 0)
    sql += 'rollback to savepoint dataform_unit;\nrelease savepoint dataform_unit;\n'
  ranges.push(...kept.map(add))
  return { sql: `${sql}${KEEP}`, ranges }
}
