/**
 * From what hangs off the old relation to the statements that put the new one in its place. Pure.
 */
import { targetKey } from '../../graph/target.js'
import type { Target } from '../../graph/types.js'
import { quoteIdent, quoteLiteral, quoteQualified } from '../../sql/identifiers.js'
import { renameRelations } from '../../sql/rename-relations.js'
import { fitIdentifier } from '../names.js'
import { doBlock } from '../sql/do-block.js'
import { keepWritersOff } from '../sql/locks.js'
import { RESTORE_SEARCH_PATH } from '../sql/search-path.js'
import { attach } from './attach.js'
import type { Attachment } from './attach.js'
import { auditPrepared, auditRemade } from './audit-views.js'
import { columnChanges, columnsRead, inOrder, readersOf, withReaders } from './changes.js'
import type { ColumnChange } from './changes.js'
import { factsOf } from './facts.js'
import type { Facts, RelationFacts } from './facts.js'
import { treeFacts } from './facts-sql.js'
import { lockAlone } from './lock-alone.js'
import { prepareViews, spoiled, withOptions } from './matviews.js'
import type { PreparedView } from './matviews.js'
import { somebodyElses } from './somebody-elses.js'
import { lostOf, readsGone, takeApart } from './take-apart.js'
import type { TakenApart } from './take-apart.js'
import type { AuditStep, BriefSql } from '../types.js'
import { kindWord } from './types.js'
import type { Refusal, Replacement } from './types.js'

/** SQLSTATE of a swap that finds something else than what it was planned for. */
export const FACTS_CHANGED = 'DF004'

/** What to do, in order. */
export interface ReplacementPlan {
  /** Carried out before anything is locked. */
  readonly prepare: readonly string[]
  /** After them, with the search path of the session. */
  readonly checks: readonly string[]
  /** Foreign keys to and from the new relation. From here on other tables can't be written to. */
  readonly keys: {
    readonly statements: readonly string[]
    readonly locks: readonly string[]
    /** Whose writers may be in the way. */
    readonly tables: readonly Target[]
  } | null
  /** What has to hold of the views that were prepared. */
  readonly auditsBefore: readonly AuditStep[]
  /** Statements that take the exclusive locks, outermost view first. */
  readonly locks: readonly string[]
  /** The relations besides the target that they are on. */
  readonly alsoLocked: readonly Target[]
  /** Makes sure that nothing has changed since the facts were read, and leaves the search path empty. */
  readonly guard: BriefSql
  /** Carried out under the locks. */
  readonly swap: readonly string[]
  /** What has to hold of the views that were made anew under the locks. */
  readonly auditsAfter: readonly AuditStep[]
  readonly warnings: readonly string[]
}

/** Which views are dealt with how. */
interface Dependents {
  /** They get the same query again, under which the name is the new relation's. Nothing on them is touched. */
  readonly bound: readonly RelationFacts[]
  /** Materialized views that are made anew beside the old ones. */
  readonly prepared: readonly RelationFacts[]
  /** Dropped and made anew, each after what it reads. */
  readonly remade: readonly RelationFacts[]
}

/** Plans a replacement. The facts are those of the target, of the shadow and of the views on the target. */
export function planReplacement(
  replacement: Replacement,
  facts: Facts,
): { readonly refusal: Refusal } | { readonly plan: ReplacementPlan } {
  const old = factsOf(facts, replacement.target)
  const next = factsOf(facts, replacement.shadow)
  if (old === undefined || next === undefined)
    throw new Error(`no facts of ${replacement.target.name} or of its replacement`)
  const changed = columnChanges(old.columns, next.columns)
  const dependents = sortDependents(old, next, changed, facts)
  const refusal = refuse(old, changed, dependents, replacement, facts)
  if (refusal !== null) return { refusal }
  const newColumns = new Set(next.columns.map((column) => column.name))
  const attachment = attach(old, {
    onto: replacement.shadow,
    ontoKind: kindWord(replacement.kind),
    columns: newColumns,
    currentUser: facts.currentUser,
    hasDefaultPrivileges: facts.hasDefaultPrivileges,
    declared: replacement.declared,
  })
  const views = prepareViews(dependents.prepared, replacement, facts)
  const { target, rebuiltLater } = replacement
  const remade = takeApart(dependents.remade, { target, facts, rebuiltLater })
  return {
    plan: {
      prepare: [...attachment.statements, ...views.flatMap((view) => view.prepare)],
      checks: attachment.checks,
      keys: foreignKeys(old, replacement, attachment.keys),
      auditsBefore: auditPrepared(dependents.prepared, replacement),
      locks: lockStatements(old, dependents, remade),
      alsoLocked: [
        ...dependents.remade,
        ...dependents.bound,
        ...dependents.prepared,
        // Dropping the old table drops its foreign keys, and locks what they refer to.
        ...joinedTables(old),
      ].map(({ schema, name }) => ({ schema, name })),
      guard: unchangedSince(facts, target),
      swap: swapStatements(old, replacement, dependents, views, attachment, remade),
      auditsAfter: auditRemade(dependents.remade, replacement),
      warnings: [
        ...attachment.strayIndexes.map(
          (index) => `the index ${index} is kept, but the model does not declare it`,
        ),
        ...(old.isUnlogged === next.isUnlogged || next.kind.endsWith('view')
          ? []
          : [
              `it was ${old.isUnlogged ? 'unlogged' : 'logged'}, and is ${next.isUnlogged ? 'unlogged' : 'logged'} now, as the config says (options.postgres)`,
            ]),
        ...[...changed.values()].map((change) => `the column ${change.name} ${change.what}`),
      ],
    },
  }
}

/** Sorts the views by what has to be done with them. */
function sortDependents(
  old: RelationFacts,
  next: RelationFacts,
  changed: ReadonlyMap<string, ColumnChange>,
  facts: Facts,
): Dependents {
  const readsChanged = (view: RelationFacts): boolean =>
    columnsRead(view, old).some((name) => changed.has(name))
  const remadeRoots: RelationFacts[] = []
  const bound = new Set<RelationFacts>()
  const replaced = new Set<RelationFacts>([old])
  for (const relation of replaced) {
    for (const reader of readersOf(facts.relations, relation)) {
      if (readsChanged(reader)) remadeRoots.push(reader)
      else if (reader.kind === 'materialized view') replaced.add(reader)
      else bound.add(reader)
    }
  }
  // One that also reads a view on the old relation can only be filled when that view reads the new one.
  const prepared = [...replaced].filter((relation) => relation !== old)
  for (const input of facts.relations) {
    if (replaced.has(input) || input === next) continue
    for (const view of readersOf(prepared, input)) remadeRoots.push(view)
  }
  const remade = withReaders(facts.relations, remadeRoots)
  const isRemade = new Set(remade)
  return {
    remade,
    bound: [...bound].filter((view) => !isRemade.has(view)),
    prepared: inOrder(prepared.filter((view) => !isRemade.has(view))),
  }
}

function refuse(
  old: RelationFacts,
  changed: ReadonlyMap<string, ColumnChange>,
  dependents: Dependents,
  replacement: Replacement,
  facts: Facts,
): Refusal | null {
  const name = targetKey(old)
  const replaced = [old, ...dependents.prepared, ...dependents.remade]
  const isRemade = new Set(dependents.remade)
  const lost = replaced.flatMap((relation) =>
    lostOf(relation, isRemade.has(relation)).map((what) =>
      relation === old ? what : `${what} (of ${targetKey(relation)})`,
    ),
  )
  if (lost.length > 0)
    return {
      message: `replacing ${name} would lose ${lost.join(', ')}`,
      hint: 'PostgreSQL has no way to put that on another table. Drop it first, or make the model incremental.',
    }
  for (const view of readersOf(facts.relations, old)) {
    const removed = columnsRead(view, old).filter(
      (column) => changed.get(column)?.isRemoved === true,
    )
    if (removed.length > 0 && !replacement.rebuiltLater.has(targetKey(view)))
      return readsGone(view, removed, old)
  }
  const homeless = old.needs
    .map(({ what, columns }) => ({
      what,
      gone: columns.filter((column) => changed.get(column)?.isRemoved === true),
    }))
    .find(({ gone }) => gone.length > 0)
  if (homeless !== undefined)
    return {
      message: `the ${homeless.what} is about the column${homeless.gone.length === 1 ? '' : 's'} ${homeless.gone.join(', ')}, which the query no longer gives`,
      hint: 'Drop it first, if it is no longer needed.',
    }
  return spoiled(dependents.prepared, old) ?? somebodyElses(replaced, dependents.bound, facts)
}

// Writers on the tables that refer to it are waited for as readers are at the swap: not for long at a time. What the
// statements themselves lock, the tables that it refers to, is bound by what is left of that time.
function foreignKeys(
  old: RelationFacts,
  { shadow, keys }: Replacement,
  kept: readonly string[],
): ReplacementPlan['keys'] {
  const own = [...keys.statements, ...kept]
  if (own.length === 0 && old.incoming.length === 0) return null
  const incoming = old.incoming.map(
    (key, i) =>
      `alter table ${quoteQualified(key.table)} add constraint ${quoteIdent(`dataform_incoming_${i}`)} ${renameRelations(
        key.definition,
        (name) => (name.schema === old.schema && name.name === old.name ? shadow : undefined),
      )};`,
  )
  return {
    statements: [...own, ...incoming],
    locks: [...new Set([...old.incoming.map((key) => key.table), shadow].map(keepWritersOff))],
    tables: [...keys.tables, ...joinedTables(old)].map(({ schema, name }) => ({ schema, name })),
  }
}

/** Tables that refer to it, and those that it refers to. */
function joinedTables(old: RelationFacts): readonly Target[] {
  return [
    ...old.incoming.map((key) => key.table),
    ...old.constraints.flatMap(({ reference }) => (reference === null ? [] : [reference])),
  ]
}

function lockStatements(
  old: RelationFacts,
  { bound, prepared }: Dependents,
  remade: TakenApart,
): readonly string[] {
  return [
    ...new Set([
      ...remade.locks,
      ...[...bound, ...prepared.toReversed()].map(lockAlone),
      ...old.incoming.map(
        (key) => `lock table only ${quoteQualified(key.table)} in access exclusive mode`,
      ),
      lockAlone(old),
    ]),
  ]
}

function swapStatements(
  old: RelationFacts,
  replacement: Replacement,
  dependents: Dependents,
  views: readonly PreparedView[],
  attachment: Attachment,
  remade: TakenApart,
): readonly string[] {
  const { target, shadow } = replacement
  const rename = (kind: RelationFacts['kind'], from: typeof target, to: string): string =>
    `alter ${kindWord(kind)} ${quoteQualified(from)} rename to ${quoteIdent(to)};`
  const oldName = (relation: RelationFacts): typeof target => ({
    schema: relation.schema,
    name: fitIdentifier(`dataform_old_${relation.oid}`),
  })
  return [
    ...remade.drops,
    ...old.incoming.flatMap((key, i) => [
      `alter table ${quoteQualified(key.table)} drop constraint ${quoteIdent(key.name)};`,
      `alter table ${quoteQualified(key.table)} rename constraint ${quoteIdent(`dataform_incoming_${i}`)} to ${quoteIdent(key.name)};`,
      ...(key.comment === null
        ? []
        : [
            `comment on constraint ${quoteIdent(key.name)} on ${quoteQualified(key.table)} is ${quoteLiteral(key.comment)};`,
          ]),
    ]),
    rename(old.kind, target, oldName(old).name),
    rename(replacement.kind, shadow, target.name),
    ...views.flatMap(({ old: view, shadow: prepared }) => [
      rename('materialized view', view, oldName(view).name),
      rename('materialized view', prepared, view.name),
    ]),
    ...attachment.named,
    ...views.flatMap((view) => view.named),
    ...dependents.bound.map(
      (view) =>
        `create or replace view ${quoteQualified(view)}${withOptions(view)} as\n${(view.definition ?? '').trim().replace(/;$/, '')};`,
    ),
    ...[old, ...dependents.prepared].flatMap((relation) =>
      relation.bound.map((item) => `${item.statement.trim().replace(/;$/, '')};`),
    ),
    ...views
      .toReversed()
      .map((view) => `drop materialized view ${quoteQualified(oldName(view.old))};`),
    `drop ${kindWord(old.kind)} ${quoteQualified(oldName(old))};`,
    ...replacement.renames,
    ...attachment.renames,
    ...views.flatMap((view) => view.renames),
    ...remade.remakes,
    RESTORE_SEARCH_PATH,
  ]
}

// Whatever was made, dropped or granted since the facts were read is found here. With an empty search path nothing that
// somebody has made can come before what a definition means.
function unchangedSince(facts: Facts, target: Replacement['target']): BriefSql {
  return {
    brief:
      'make sure that nothing has changed on it (a look at the catalog), with an empty search path from here on',
    sql: doBlock(`begin
  perform set_config('dataform.search_path', current_setting('search_path'), true);
  perform set_config('search_path', '', true);
  if md5(${treeFacts(target)}::text) <> ${quoteLiteral(facts.fingerprint)} then
    raise exception 'what hangs off % has changed', ${quoteLiteral(quoteQualified(target))} using errcode = '${FACTS_CHANGED}';
  end if;
end`),
  }
}
