/**
 * What a typed dry run finds, as plain data.
 */
import type { SourceSpot } from '../failure/types.js'

/** What a finding is about. */
export type FindingKind =
  /** PostgreSQL refuses a statement. */
  | 'sql'
  /** A declared relation does not exist. */
  | 'missing-source'
  /** What a table has and what its query gives do not go together. */
  | 'schema-change'
  /** The config names what is not there, or asks for what can't be done. */
  | 'config'
  /** A view that is not part of the run reads what would change. */
  | 'dependent-view'
  /** A unit test's two queries do not fit each other. */
  | 'unit-test'

/** Something that is wrong, or worth knowing. */
export interface Finding {
  readonly kind: FindingKind
  /** `schema.name` of the action, or the name of the unit test. */
  readonly about: string
  /** Others that have the same mistake from the same place, such as a function in `includes/`. */
  readonly others?: readonly string[]
  readonly message: string
  readonly at: SourceSpot
  readonly sqlstate?: string
  readonly detail?: string
  readonly hint?: string
}

/** Something that could not be checked; no failure. */
export interface NotChecked {
  readonly about: string
  /** `action`: the action as a whole; `statement`: one that is only executed in a run. */
  readonly what: 'action' | 'statement'
  readonly reason: string
  /** The action whose problem is the reason; null if it is nobody's problem. */
  readonly because: string | null
}

/** A column's name and type. */
export interface TypedColumn {
  readonly name: string
  readonly type: string
}

/** What would change in the columns of a relation that exists. */
export interface RelationChange {
  readonly relation: string
  readonly kind: RelationWord
  /** What it is now. */
  readonly was: RelationWord
  readonly added: readonly TypedColumn[]
  readonly removed: readonly TypedColumn[]
  readonly retyped: readonly {
    readonly name: string
    readonly from: string
    readonly to: string
  }[]
}

/** A kind of relation in words. */
export type RelationWord = 'table' | 'view' | 'materialized view' | 'foreign table' | 'other'

/** The result of a typed dry run. */
export interface ValidationReport {
  /** The run would fail; in the order of the files. */
  readonly problems: readonly Finding[]
  /** The run would work, but not as one may think; in the order of the files. */
  readonly remarks: readonly Finding[]
  /** Existing relations whose columns would change. */
  readonly changes: readonly RelationChange[]
  /** How many existing relations would keep their columns. */
  readonly unchanged: number
  /** Relations that do not exist yet. */
  readonly created: readonly { readonly relation: string; readonly kind: RelationWord }[]
  readonly notChecked: readonly NotChecked[]
  /** How many actions and unit tests the report is about. */
  readonly actions: number
  readonly tests: number
  readonly durationMs: number
}
