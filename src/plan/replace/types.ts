/**
 * Putting a relation that has been made under another name in the place of an old one.
 */
import type { AssertionAction, Target } from '../../graph/types.js'
import type { Declared } from './attach-options.js'

/** Kinds of relation that can take each other's place. */
export type ReplaceableKind = 'table' | 'partitioned table' | 'view' | 'materialized view'

/** A view that this run makes anew after the action that replaces what it reads. */
export interface RebuiltView {
  readonly kind: 'view' | 'materialized view'
  /** Its query as it is now in the project. */
  readonly query: string
}

/** Such views by their keys. */
export type RebuiltViews = ReadonlyMap<string, RebuiltView>

/** Why a relation can't be replaced or changed. */
export interface Refusal {
  readonly message: string
  readonly hint: string
}

/** What has to hold of the project's views, to which a replacement may give other rows. */
export interface ViewGate {
  /** The inline assertions, by the key of what they are about; empty if the gate is off. */
  readonly audits: ReadonlyMap<string, readonly AssertionAction[]>
  readonly sampleRows: number
}

/** A replacement, before anything is known of what hangs off the old relation. */
export interface Replacement {
  readonly target: Target
  /** The new relation, which is there already, in the same schema. */
  readonly shadow: Target
  readonly kind: ReplaceableKind
  readonly declared: Declared
  /** Statements that give what belongs to the new relation (indexes, partitions) its final names. */
  readonly renames: readonly string[]
  /** Declared foreign keys of the new relation, and what they refer to. */
  readonly keys: DeclaredKeys
  readonly rebuiltLater: RebuiltViews
  readonly viewGate: ViewGate
}

/** Statements that make foreign keys: each keeps writers off the table that it refers to. */
export interface DeclaredKeys {
  readonly statements: readonly string[]
  readonly tables: readonly Target[]
}

/** The keys of what has none. */
export const NO_KEYS: DeclaredKeys = { statements: [], tables: [] }

/** The word for `DROP` and `ALTER`. */
export function kindWord(kind: ReplaceableKind): 'table' | 'view' | 'materialized view' {
  return kind === 'partitioned table' ? 'table' : kind
}
