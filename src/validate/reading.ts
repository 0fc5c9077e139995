/**
 * What the texts of a project name, and who makes it.
 */
import { targetKey } from '../graph/target.js'
import type { Action, UnitTest } from '../graph/types.js'
import type { QualifiedName } from '../sql/rename-relations.js'
import type { Batch } from './batch.js'
import { tableFromColumns } from './checked-statement.js'
import type { ExistingRelation } from './existing.js'
import type { Unexecuted } from './judge.js'
import { relationsMadeBy, unexecutedOf } from './operation-statements.js'
import { inOrder } from './order.js'
import { namesIn, scratchOf } from './scratch.js'
import type { Made } from './world.js'

/** True for the system's own schemas: what is in them is read as it is. */
export function isSystem({ schema }: { readonly schema: string }): boolean {
  return schema === 'information_schema' || schema.startsWith('pg_')
}

function textsOf(action: Action): readonly string[] {
  switch (action.type) {
    case 'incremental':
      return [
        action.query,
        ...action.preOps,
        ...action.postOps,
        action.incrementalQuery,
        ...action.incrementalPreOps,
        ...action.incrementalPostOps,
        ...action.incrementalPredicates,
      ]
    case 'table':
    case 'view':
      return [action.query, ...action.preOps, ...action.postOps]
    case 'operations':
      return action.statements
    case 'assertion':
      return [action.query]
    case 'declaration':
    case 'load':
      return []
  }
}

function makesRelation(action: Action): boolean {
  if (action.type === 'operations') return action.hasOutput
  return action.type !== 'assertion' && !isSystem(action.target)
}

/** The names in a project's texts, read once. */
export class Reading {
  readonly #actions: readonly Action[]
  /** What looks like a relation in the texts of an action, by its key. */
  readonly #named: ReadonlyMap<string, ReadonlyMap<string, QualifiedName>>
  readonly #inTests: ReadonlyMap<string, QualifiedName>
  readonly #unexecuted: ReadonlyMap<string, readonly Unexecuted[]>
  readonly #needed: ReadonlySet<string>

  constructor(actions: readonly Action[], tests: readonly UnitTest[]) {
    this.#actions = actions
    this.#named = new Map(
      actions.map((action) => [targetKey(action.target), byKey(textsOf(action))]),
    )
    this.#inTests = byKey(tests.flatMap((test) => [test.testQuery, test.expectedOutputQuery]))
    this.#unexecuted = new Map(
      actions.flatMap((action) =>
        action.type === 'operations' && !action.disabled
          ? [[targetKey(action.target), unexecutedOf(action)]]
          : [],
      ),
    )
    this.#needed = new Set(
      actions
        .filter((action) => !action.disabled)
        .flatMap((action) => [
          ...action.dependencies.map(targetKey),
          ...(this.#named.get(targetKey(action.target))?.keys() ?? []),
        ]),
    )
  }

  /** Everything that may be a relation: the targets, and what the texts name. */
  get names(): readonly QualifiedName[] {
    return [
      ...this.#actions.map(({ target }) => target),
      ...[...this.#named.values(), this.#inTests].flatMap((names) => [...names.values()]),
    ]
  }

  /** Whether an action reads a relation or depends on it. */
  isRead(key: string): boolean {
    return this.#needed.has(key) || this.#inTests.has(key)
  }

  /** The statements of an operation that are not executed. */
  unexecuted(key: string): readonly Unexecuted[] {
    return this.#unexecuted.get(key) ?? []
  }

  /** Whether there are such statements at all. */
  get hasUnexecuted(): boolean {
    return [...this.#unexecuted.values()].some((statements) => statements.length > 0)
  }

  /** Which action makes a relation: key of the relation -> key of the action. */
  producers(existing: ReadonlyMap<string, ExistingRelation>): ReadonlyMap<string, string> {
    const producers = new Map<string, string>()
    const isOnlyDeclared = new Set<string>()
    for (const action of this.#actions.filter(makesRelation)) {
      const key = targetKey(action.target)
      producers.set(key, key)
      if (action.type === 'declaration' && !existing.has(key)) isOnlyDeclared.add(key)
    }
    for (const action of this.#actions) {
      if (action.type !== 'operations' || action.disabled) continue
      for (const key of relationsMadeBy(action))
        if (!producers.has(key) || isOnlyDeclared.has(key))
          producers.set(key, targetKey(action.target))
    }
    return producers
  }

  /** The actions in the order in which they are checked. */
  inOrder(producers: ReadonlyMap<string, string>): readonly Action[] {
    return inOrder(this.#actions, (action) => {
      const own = targetKey(action.target)
      return [...(this.#named.get(own)?.keys() ?? [])].flatMap((key) => {
        const producer = producers.get(key)
        return producer === undefined || producer === own ? [] : [producer]
      })
    })
  }

  /** Relations that are named, exist, and are nobody's in the project. */
  onlookers(
    producers: ReadonlyMap<string, string>,
    existing: ReadonlyMap<string, ExistingRelation>,
  ): ReadonlyMap<string, ExistingRelation> {
    return new Map([...existing].filter(([key]) => !producers.has(key)))
  }
}

function byKey(texts: readonly string[]): ReadonlyMap<string, QualifiedName> {
  return new Map(texts.flatMap(namesIn).map((name) => [targetKey(name), name]))
}

/** Makes the stand-ins of relations that the project does not know but names. */
export function makeOnlookers(
  batch: Batch,
  relations: ReadonlyMap<string, ExistingRelation>,
): ReadonlyMap<string, Promise<Made>> {
  return new Map(
    [...relations].map(([key, shape]) => {
      const statement = tableFromColumns(scratchOf(key), shape)
      const made = batch.run({ statements: [statement], isKept: true }).then((result): Made => {
        if (result.ok) return { isThere: true, shape, doubt: null }
        const reason = `the columns of ${key} can't be copied: ${result.error.message}`
        return { isThere: false, cause: { reason, because: null } }
      })
      return [key, made]
    }),
  )
}
