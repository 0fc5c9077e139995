/**
 * A plan is printable data: for every action the steps that will be executed, in order.
 * All SQL text is made in this folder; the executor adds nothing but transaction control.
 */
import type { ActionFailure } from '../failure/types.js'
import type { Action, AssertionAction, Target } from '../graph/types.js'

/** Where a text that a user wrote lies inside a step's SQL, so that errors point to the user's file. */
export interface UserSql {
  /** The compiled text, as core gave it. */
  readonly text: string
  /** Where it begins in the step's SQL, in characters. */
  readonly offset: number
  /** Gives the offset in `text` of an offset behind `offset`, where other names stand in the step's SQL. */
  readonly original?: (offset: number) => number
}

/** A long statement of the engine's that only reads the catalog, and what it does in a few words, for the dry run. */
export interface BriefSql {
  readonly sql: string
  readonly brief: string
}

/** Statements that are sent together. */
export interface SqlStep {
  readonly kind: 'sql'
  /** What it does, for the dry run and for failures: `create table`, `swap`, `merge`. */
  readonly label: string
  readonly sql: string
  /** How many statements it holds; null for a user's text, which may hold any number. */
  readonly statements: number | null
  readonly user?: UserSql
  /** True for the step whose row count is the action's. */
  readonly countsRows?: boolean
  /** True for operations, pre- and post-operations, which may do anything to the connection. */
  readonly isUserStatement?: boolean
  /**
   * Statements that take the exclusive locks which the step needs. They have the lock timeout together; if they
   * don't get them, everything of the step is undone and tried again later, so that readers don't queue up.
   */
  readonly locks?: readonly string[]
  /** Relations besides the action's own that these locks are on: whoever uses one of them is in the way. */
  readonly alsoLocked?: readonly Target[]
  /**
   * True if steps before this one keep others from writing elsewhere: when the locks can't be had for a while, these steps
   * are undone as well, so that two that wait for each other both give way.
   */
  readonly givesBack?: boolean
  /** A statement that is carried out under the locks before the others, and fails if things are not as they should be. */
  readonly guard?: BriefSql
  /** What to do about failures, by SQLSTATE, where PostgreSQL does not know. */
  readonly hints?: Readonly<Record<string, string>>
  /** If the step fails with one of these SQLSTATEs, its effects are undone and the other steps run instead. */
  readonly instead?: { readonly sqlstates: readonly string[]; readonly steps: readonly Step[] }
}

/** An inline assertion, evaluated before what it is about is published. */
export interface AuditStep {
  readonly kind: 'audit'
  readonly label: string
  /** One row with `failing_rows` and `sample`. */
  readonly sql: string
  readonly user: UserSql
  readonly assertion: AssertionAction
  /**
   * True for an assertion about another model. It speaks of that model as the project has it now, which may have columns
   * that are not there yet: then it says nothing, and a warning tells.
   */
  readonly mayNotFit?: boolean
}

/** A standalone assertion: one row with `failing_rows` and `sample`. */
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

/** What a look at the database leads to: more steps, or the reason why the action can't be executed. */
export type Decision =
  | {
      readonly steps: readonly Step[]
      readonly warnings?: readonly string[]
      /** What the action becomes, if that is not what the plan says. */
      readonly outcome?: string
    }
  | { readonly refusal: { readonly message: string; readonly hint?: string } }
  /** What was read changed while it was read: it is looked at again. */
  | { readonly isTorn: true }

/** Steps that depend on what is there when the action is executed. */
export interface DecideStep {
  readonly kind: 'decide'
  readonly label: string
  /** Statements, one of which gives a row with the column `facts`. */
  readonly sql: string
  /** What they do, in a few words, where they are too long for the dry run. */
  readonly brief?: string
  /** Pure: from the value of `facts` to the steps. */
  readonly decide: (facts: unknown) => Decision
  /** What would be decided now, for the dry run; missing where that can't be known. */
  readonly preview?: Decision
}

/** One step of an action. */
export type Step = SqlStep | AuditStep | AssertStep | LoadStep | DecideStep

/** Steps that share a transaction, or that can't run in any. */
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
  /** How many groups come before these that an earlier run has committed. */
  readonly groupsBefore: number
  /** What the action becomes, in a word for people: `created`, `rebuilt`, `merged`. */
  readonly outcome: string
  /** Set if the action can't be executed as its config says; then `groups` is empty. */
  readonly failure?: ActionFailure
  /** For assertions; `error` for every other action. */
  readonly severity: Severity
  /** Things that the config asks for and that are done differently or not at all. */
  readonly warnings: readonly string[]
  /** True for an inline assertion that the model's own transaction evaluates. */
  readonly isGate: boolean
}

/** Work at the end of a run, after all actions: dropping the expired partitions of one table. */
export interface ExpiryPlan {
  readonly target: Target
  readonly step: DecideStep
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
  /** False: models are published first and their assertions evaluated afterwards, as the stock command does. */
  readonly gate: boolean
}
