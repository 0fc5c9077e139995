/**
 * The one stream of events. The library emits; every output (terminal, plain log, NDJSON, ...) is a sink.
 */
import type { ActionFailure } from '../failure/types.js'
import type { ActionType, Target } from '../graph/types.js'

/** How an action ended. `warned`: an assertion of severity `warn` found rows; it holds nobody up. */
export type ActionStatus = 'succeeded' | 'warned' | 'failed' | 'skipped' | 'disabled'

/** What became of one action. */
export interface ActionResult {
  readonly target: Target
  readonly type: ActionType
  readonly status: ActionStatus
  readonly fileName: string
  /** Wall-clock milliseconds, 0 if it was not started. */
  readonly durationMs: number
  /** Rows written (tables, loads, operations) or failing (assertions); null where nothing counts them. */
  readonly rows: number | null
  /** A word or two for people: `created`, `merged`, `2 files`, `unchanged`. */
  readonly outcome: string
  readonly failure?: ActionFailure
}

/** What a whole run did. */
export interface RunReport {
  readonly results: readonly ActionResult[]
  readonly startedAt: Date
  readonly durationMs: number
  readonly cancelled: boolean
}

/** Something that happened. `type` says what; times are milliseconds since the run's start. */
export type RunEvent =
  | {
      readonly type: 'phase'
      readonly phase: 'database' | 'compile' | 'plan' | 'execute'
      readonly message: string
    }
  | {
      readonly type: 'run-started'
      readonly actions: number
      readonly jobs: number
      readonly database: string
      /** Milliseconds that the actions took last time, summed; null if unknown. */
      readonly expectedMs: number | null
    }
  | {
      readonly type: 'action-started'
      readonly target: Target
      readonly actionType: ActionType
      readonly atMs: number
    }
  | {
      readonly type: 'action-progress'
      readonly target: Target
      /** 0 to 1, null where it is not known. */
      readonly fraction: number | null
      readonly message: string
    }
  | {
      readonly type: 'action-finished'
      readonly result: ActionResult
      readonly done: number
      readonly total: number
    }
  | {
      readonly type: 'warning'
      readonly message: string
      readonly file?: string
      readonly line?: number
    }
  | { readonly type: 'run-finished'; readonly report: RunReport }

/** Takes events; must not throw. */
export type EventSink = (event: RunEvent) => void

/** Exit code of a run: 0 if all is well (warnings included), 1 if something failed or it was cancelled. */
export function exitCodeOf(report: RunReport): 0 | 1 {
  return report.cancelled || report.results.some((result) => result.status === 'failed') ? 1 : 0
}
