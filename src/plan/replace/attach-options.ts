/**
 * What giving one relation what hangs off another depends on.
 */
import type { Target } from '../../graph/types.js'
import { quoteLiteral, quoteQualified } from '../../sql/identifiers.js'
import { doBlock } from '../sql/do-block.js'

/** What giving depends on besides the facts. */
export interface AttachOptions {
  /** The relation that gets everything. It may have another name than the old one, for now. */
  readonly onto: Target
  readonly ontoKind: 'table' | 'view' | 'materialized view'
  /** The columns that it has; null if that is not known yet (then each is looked for). */
  readonly columns: ReadonlySet<string> | null
  readonly currentUser: string
  readonly hasDefaultPrivileges: boolean
  /** What the model's config sets itself; null for a view that is made anew as it was. */
  readonly declared: Declared | null
}

/** What a config sets: names of options, of described columns, of indexes. What the engine made before goes. */
export interface Declared {
  readonly comment: boolean
  readonly columnComments: ReadonlySet<string>
  readonly options: ReadonlySet<string>
  readonly indexes: ReadonlySet<string>
}

/** A statement that is carried out only if the relation has the column. */
export function ifColumn(onto: Target, column: string, statement: string): string {
  return doBlock(`begin
  if exists (select from pg_catalog.pg_attribute where attrelid = ${quoteLiteral(quoteQualified(onto))}::regclass
      and attname = ${quoteLiteral(column)} and not attisdropped) then
    ${statement}
  end if;
end`)
}
