/**
 * Views that read a column which goes or changes its type: they are dropped and made anew with everything on them,
 * together with the views on them.
 */
import type { Target } from '../../graph/types.js'
import { quoteLiteral, quoteQualified } from '../../sql/identifiers.js'
import { doBlock, executed } from '../sql/do-block.js'
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
 * Makes a view anew, with all that hung off it. If its query no longer fits, it gets the one that it has in the project,
 * if this run executes its action later. If that does not fit either, the replacement fails: there is nothing that the
 * view could be for as long as its own action has not succeeded, and perhaps it never does.
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
    executed(createView(view, view, view.definition ?? '')),
    ...(later?.kind === view.kind ? [withUsersPath(createView(view, view, later.query))] : []),
  ]
  const how = later === undefined ? '' : ', neither as it was nor as it will be'
  const hint =
    later === undefined
      ? 'Change the view, drop it, or make it a model of this project.'
      : 'Change its query as well. If it needs another model that changes in this run too, keep what the view reads for one more run.'
  const misfit = `raise exception 'the view % does not fit the new %${how}: %', ${quoteLiteral(name)}, ${quoteLiteral(quoteQualified(target))}, sqlerrm
      using errcode = sqlstate, hint = ${quoteLiteral(hint)};`
  return doBlock(`begin
${nest(attempts, misfit)}
end`)
}

// A definition is qualified, a query of the project means what it means where its own action carries it out.
const withUsersPath = (statement: string): string =>
  `perform set_config('search_path', current_setting('dataform.search_path'), true);
  ${executed(statement)}
  perform set_config('search_path', '', true);`

function nest(attempts: readonly string[], last: string): string {
  const [first, ...rest] = attempts
  if (first === undefined) return last
  return `begin
  ${first}
exception when others then
  ${nest(rest, last)}
end;`
}
