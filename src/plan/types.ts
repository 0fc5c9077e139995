/**
 * A plan is printable data: for every action the steps that will be executed, in order.
 * All SQL text is made in this folder; the executor adds nothing but transaction control.
 */
import type { ActionFailure } from '../failure/types.js'
import type { Action, Target } from '../graph/types.js'

/** Where a text that a user wrote lies inside a step's SQL, so that errors point to the user's file. */
export interface UserSql {
  /** The compiled text, as it stands in the step's SQL. */
  readonly text: string
  /** Where it begins in the step's SQL, in characters. */
  readonly offset: number
}

/** Statements that are sent together. */
export interface SqlStep {
  readonly kind: 'sql'
  /** What it does, for the dry run and for failures: `create table`, `swap`, `merge`. */
  readonly label: string
  readonly sql: string
  readonly user?: UserSql
  /** True for the step whose row count is the action's. */
  readonly countsRows?: boolean
  /** True for operations, pre- and post-operations, which may do anything to the connection. */
  readonly isUserStatement?: boolean
  /** If the step fails with this SQLSTATE, its effects are undone and these steps run instead. */
  readonly instead?: { readonly sqlstate: string; readonly steps: readonly Step[] }
}

/** A query that must give no row; the rows that it gives are named in the failure. */
export interface CheckStep {
  readonly kind: 'check'
  readonly label: string
  readonly sql: string
  /** What is wrong when there are rows; the first rows are added to it. */
  readonly message: string
  readonly hint?: string
}

/** An assertion's query: one row with `failing_rows` and `sample`. */
export interface AssertStep {
  readonly kind: 'assert'
  readonly label: string
  readonly sql: string
  readonly user: UserSql
}

/** Loads a source's new files. */
export interface LoadStep {
  readonly kind: 'load'
  readonly label: string
  readonly source: string
}

/** One step of an action. */
export type Step = SqlStep | CheckStep | AssertStep | LoadStep

/** Steps that share a transaction, or one that can't run in any. */
export interface StepGroup {
  readonly transaction: 'one' | 'none'
  readonly steps: readonly Step[]
}

/** `warn`: a failing assertion is recorded, dependents go on, the exit code stays 0. */
export type Severity = 'error' | 'warn'

/** What will be done for one action. */
export interface ActionPlan {
  readonly action: Action
  readonly groups: readonly StepGroup[]
  /** What the action becomes, in a word for people: `created`, `replaced`, `merged`. */
  readonly outcome: string
  /** Set if the action can't be executed as its config says; then `groups` is empty. */
  readonly failure?: ActionFailure
  /** For assertions; `error` for every other action. */
  readonly severity: Severity
  /** Things that the config asks for and that are done differently or not at all. */
  readonly warnings: readonly string[]
}

/** Work at the end of a run, after all actions: dropping the expired partitions of one table. */
export interface ExpiryPlan {
  readonly target: Target
  readonly sql: string
}

/** The whole run. */
export interface RunPlan {
  /** Schemas to create before anything else. */
  readonly schemas: readonly string[]
  readonly actions: readonly ActionPlan[]
  readonly expiries: readonly ExpiryPlan[]
}

/** What planning depends on besides the graph and the catalog. */
export interface PlanOptions {
  /** Rebuild incremental tables, unless they are protected. */
  readonly fullRefresh: boolean
  /** `vars.as_of` (YYYY-MM-DD) if set; expiry counts from it, else from today. */
  readonly asOf: string | null
  /** How many failing rows an assertion shows. */
  readonly sampleRows: number
}
