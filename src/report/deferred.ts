/**
 * A sink for events that come before the real one is loaded.
 */
import type { EventSink, RunEvent } from '../run/events.js'

/** Keeps events until `open` gives them, and all that follow, to a sink. */
export function deferredSink(): { readonly sink: EventSink; open(to: EventSink): void } {
  const waiting: RunEvent[] = []
  let target: EventSink = (event) => void waiting.push(event)
  return {
    sink: (event) => {
      target(event)
    },
    open: (to) => {
      target = to
      for (const event of waiting) to(event)
    },
  }
}
