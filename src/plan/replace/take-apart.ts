/**
 * Views that read a column which goes or changes its type: they are dropped and made anew with everything on them,
 * together with the views on them.
 */
import type { Target } from '../../graph/types.js'
import { quoteIdent, quoteLiteral, quoteQualified } from '../../sql/identifiers.js'
import { doBlock } from '../sql/do-block.js'
import { attach } from './attach.js'
import type { Facts, RelationFacts } from './facts.js'
import { createView } from './matviews.js'
import type { RebuiltView } from './types.js'

/** What making a view anew depends on. */
export interface RemakeOptions {
  /** The relation whose change is the reason. */
  readonly target: Target
  readonly facts: Facts
  /** The view's own action, if this run executes it after this one. */
  readonly later: RebuiltView | undefined
}

/**
 * Makes a view anew, with all that hung off it. If its query no longer fits, the one that it has in the project is
 * tried, if this run makes it anew later; and if that does not fit yet either, a view with the same columns takes its
 * place, which keeps the rights and the views on it, and tells whoever reads it to wait.
 */
export function remake(view: RelationFacts, options: RemakeOptions): readonly string[] {
  const { facts } = options
  const { statements, named } = attach(view, {
    onto: view,
    ontoKind: view.kind === 'materialized view' ? 'materialized view' : 'view',
    columns: null,
    currentUser: facts.currentUser,
    hasDefaultPrivileges: facts.hasDefaultPrivileges,
    declared: null,
  })
  return [create(view, options), ...statements, ...named]
}

function create(view: RelationFacts, { target, later }: RemakeOptions): string {
  const name = quoteQualified(view)
  const attempts = [
    createView(view, view, view.definition ?? ''),
    ...(later?.kind === view.kind ? [createView(view, view, later.query)] : []),
  ]
  const misfit = `raise exception 'the view % does not fit the new %: %', ${quoteLiteral(name)}, ${quoteLiteral(quoteQualified(target))}, sqlerrm
      using errcode = sqlstate, hint = 'Change the view, drop it, or make it a model of this project.';`
  const last =
    later === undefined
      ? misfit
      : `execute ${quoteLiteral(placeholder(view))};
    raise warning 'the view % fits the new % neither as it was nor as it will be: it can be read again after its own action', ${quoteLiteral(name)}, ${quoteLiteral(quoteQualified(target))};`
  return doBlock(`begin
${nest(attempts, last)}
end`)
}

function nest(attempts: readonly string[], last: string): string {
  const [first, ...rest] = attempts
  if (first === undefined) return last
  return `begin
  execute ${quoteLiteral(first)};
exception when others then
  ${nest(rest, last)}
end;`
}

/** A view that has the columns and gives an error when it is read; nothing is computed before that. */
export function placeholder(view: RelationFacts): string {
  const columns = view.columns.map((column) => `null::${column.type} as ${quoteIdent(column.name)}`)
  if (view.kind === 'materialized view')
    return `create materialized view ${quoteQualified(view)} as select ${columns.join(', ')} with no data`
  const message = `${view.schema}.${view.name} is being changed by a run of dataform; read it again when the run is over`
  return `create view ${quoteQualified(view)} as select ${columns.join(', ')} where ${quoteLiteral(message)}::text::integer = 1`
}
