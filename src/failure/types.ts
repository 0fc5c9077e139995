/**
 * Failures are values. One closed union for the whole engine, rendered in one place (`render.ts`).
 */

/** A place in a file of the project. Lines and columns count from 1. */
export interface SourceSpot {
  /** Path from the project's root. */
  readonly file: string
  readonly line?: number
  readonly column?: number
  /** The text of that line, for the caret. */
  readonly text?: string
  /** How many characters the caret underlines; 1 if not given. */
  readonly length?: number
}

/** Something wrong in the project itself, found before anything is executed. */
export interface Problem {
  readonly kind:
    | 'syntax'
    | 'unknown-reference'
    | 'ambiguous-reference'
    | 'duplicate-action'
    | 'cycle'
    | 'config'
    | 'identifier-too-long'
    | 'unsupported'
    | 'compile'
    | 'timeout'
  readonly message: string
  readonly at?: SourceSpot
  /** `schema.name` of the action that it is about. */
  readonly action?: string
  /** What to do about it. */
  readonly hint?: string
}

/** A row of an assertion's sample, column by column, values as PostgreSQL's JSON has them. */
export type SampleRow = Readonly<Record<string, unknown>>

/** Why an action did not succeed. */
export type ActionFailure =
  | {
      readonly kind: 'sql'
      readonly message: string
      readonly sqlstate?: string
      readonly detail?: string
      readonly hint?: string
      readonly at?: SourceSpot
      /** What the engine was doing: the step's label. */
      readonly step?: string
    }
  | {
      readonly kind: 'assertion'
      readonly message: string
      readonly failingRows: number
      readonly sample: readonly SampleRow[]
      readonly at?: SourceSpot
    }
  | {
      /** Inline assertions have held back what they are about; their own results have the rows. */
      readonly kind: 'audit'
      readonly message: string
      readonly at?: SourceSpot
    }
  | {
      readonly kind: 'load'
      readonly message: string
      readonly hint?: string
      readonly at?: SourceSpot
    }
  | { readonly kind: 'connection'; readonly message: string; readonly hint?: string }
  | { readonly kind: 'timeout'; readonly message: string }
  | { readonly kind: 'cancelled'; readonly message: string }
  | { readonly kind: 'upstream'; readonly message: string; readonly cause: string }
  | {
      readonly kind: 'unsupported'
      readonly message: string
      readonly hint?: string
      readonly at?: SourceSpot
    }

/**
 * A failure that ends a whole command (not one action): wrong use, a database that can't be reached,
 * a project with problems. `main.ts` is the one place that catches it and turns it into an exit code.
 */
export class CommandError extends Error {
  /** 1: something failed; 2: wrong use or compilation problems. */
  readonly exitCode: 1 | 2
  readonly hint: string | undefined
  readonly problems: readonly Problem[]

  constructor(
    message: string,
    options: {
      exitCode?: 1 | 2
      hint?: string
      problems?: readonly Problem[]
      cause?: unknown
    } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'CommandError'
    this.exitCode = options.exitCode ?? 1
    this.hint = options.hint
    this.problems = options.problems ?? []
  }
}
