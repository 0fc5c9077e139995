/**
 * Every event as one line of JSON: `dataform run --json`.
 */
import { targetKey } from '../graph/target.js'
import type { ActionResult, EventSink, RunEvent } from '../run/events.js'

const resultJson = (result: ActionResult): object => ({
  ...result,
  target: targetKey(result.target),
  durationMs: Math.round(result.durationMs),
})

/** The JSON of one event. Targets are `schema.name`, times whole milliseconds or ISO 8601. */
export function eventJson(event: RunEvent): object {
  switch (event.type) {
    case 'action-started':
      return { ...event, target: targetKey(event.target), atMs: Math.round(event.atMs) }
    case 'action-progress':
      return { ...event, target: targetKey(event.target) }
    case 'action-finished':
      return { ...event, result: resultJson(event.result) }
    case 'run-finished':
      return {
        type: event.type,
        startedAt: event.report.startedAt.toISOString(),
        durationMs: Math.round(event.report.durationMs),
        cancelled: event.report.cancelled,
        results: event.report.results.map(resultJson),
      }
    case 'phase':
    case 'run-started':
    case 'warning':
      return event
  }
}

/** A sink that writes NDJSON. */
export function ndjsonSink(write: (text: string) => void): EventSink {
  return (event) => {
    write(`${JSON.stringify(eventJson(event))}\n`)
  }
}
