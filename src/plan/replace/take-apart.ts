/**
 * Views that read a column which goes or changes its type: they are dropped and made anew with everything on them,
 * together with the views on them.
 */
import { targetKey } from '../../graph/target.js'
import type { Target } from '../../graph/types.js'
import { quoteLiteral, quoteQualified } from '../../sql/identifiers.js'
import { doBlock, executed } from '../sql/do-block.js'
import { withUsersPath } from '../sql/search-path.js'
import { attach } from './attach.js'
import type { Facts, RelationFacts } from './facts.js'
import { lockAlone } from './lock-alone.js'
import { createView } from './matviews.js'
import { kindWord } from './types.js'
import type { RebuiltView, RebuiltViews, Refusal } from './types.js'

/** What making views anew depends on. */
export interface TakeApartOptions {
  /** The relation whose change is the reason. */
  readonly target: Target
  readonly facts: Facts
  readonly rebuiltLater: RebuiltViews
}

/** What taking views apart and making them anew takes. */
export interface TakenApart {
  /** Take the exclusive locks, the outermost view first. */
  readonly locks: readonly string[]
  readonly drops: readonly string[]
  readonly remakes: readonly string[]
}

/** @param views in an order in which each comes after what it reads */
export function takeApart(views: readonly RelationFacts[], options: TakeApartOptions): TakenApart {
  const outermostFirst = views.toReversed()
  return {
    locks: outermostFirst.map(lockAlone),
    drops: outermostFirst.map((view) => `drop ${kindWord(view.kind)} ${quoteQualified(view)};`),
    remakes: views.flatMap((view) =>
      remake(view, options, options.rebuiltLater.get(targetKey(view))),
    ),
  }
}

/** What a relation would lose if another took its place; a view that is taken apart also loses what is bound to it. */
export function lostOf(relation: RelationFacts, isTakenApart: boolean): readonly string[] {
  return isTakenApart
    ? [...relation.unkeepable, ...relation.bound.map((item) => item.what)]
    : relation.unkeepable
}

/** Why a table can't lose columns: a view reads them that this run does not make anew afterwards. */
export function readsGone(
  view: RelationFacts,
  columns: readonly string[],
  target: Target,
  why = '',
): Refusal {
  return {
    message: `the ${view.kind} ${targetKey(view)} reads the column${columns.length === 1 ? '' : 's'} ${columns.join(', ')} of ${targetKey(target)}, which the query no longer gives${why}`,
    hint: 'Change the view first, drop it, or make it a model of this project that is run too.',
  }
}

/**
 * Makes a view anew, with all that hung off it. If its query no longer fits, it gets the one that it has in the project,
 * if this run executes its action later. If that does not fit either, the replacement fails: there is nothing that the
 * view could be for as long as its own action has not succeeded, and perhaps it never does.
 */
function remake(
  view: RelationFacts,
  { target, facts }: TakeApartOptions,
  later: RebuiltView | undefined,
): readonly string[] {
  const { statements, named } = attach(view, {
    onto: view,
    ontoKind: view.kind === 'materialized view' ? 'materialized view' : 'view',
    columns: null,
    currentUser: facts.currentUser,
    hasDefaultPrivileges: facts.hasDefaultPrivileges,
    declared: null,
  })
  return [create(view, target, later), ...statements, ...named]
}

function create(view: RelationFacts, target: Target, later: RebuiltView | undefined): string {
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

function nest(attempts: readonly string[], last: string): string {
  const [first, ...rest] = attempts
  if (first === undefined) return last
  return `begin
  ${first}
exception when others then
  ${nest(rest, last)}
end;`
}
