/**
 * What executing a plan depends on.
 */
import type { ActionFailure } from '../failure/types.js'
import type { Catalog } from '../plan/catalog.js'
import type { Planner } from '../plan/plan-run.js'
import type { Database } from '../postgres/session.js'
import type { Durations } from '../state/runs.js'
import type { EventSink } from './events.js'

/** The result of loading a source, as the executor needs it. */
export interface LoadOutcome {
  readonly rows: number
  /** `2 files`, `nothing new`. */
  readonly outcome: string
  readonly failure?: ActionFailure
}

/** What executing needs. */
export interface ExecuteOptions {
  readonly database: Database
  readonly projectDir: string
  readonly jobs: number
  /** How often an action is tried again after a transient failure. */
  readonly retryLimit: number
  /** The longest time for which a swap may keep readers waiting before it gives way, in milliseconds. */
  readonly lockTimeoutMs: number
  /** How long a swap is tried for, in milliseconds. */
  readonly lockWaitMs: number
  /** Whether to wait for another run that is working on a target, rather than to fail. */
  readonly waitForOthers: boolean
  /** The id under which the run is recorded; null if it is not. */
  readonly runId: number | null
  /** What existed when the plan was made. */
  readonly catalog: Catalog
  /** Plans an action again, when something else exists. */
  readonly plan: Planner
  readonly durations: Durations
  readonly signal: AbortSignal
  readonly onEvent: EventSink
  /** Loads a source's new files. */
  readonly load: (
    source: string,
    onProgress: (fraction: number | null, message: string) => void,
  ) => Promise<LoadOutcome>
}
