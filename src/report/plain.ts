/**
 * Plain lines, one an event: what a log file or a CI page gets.
 */
import type { Ansis } from 'ansis'
import type { EventSink, RunEvent } from '../run/events.js'
import { actionLine } from './action-line.js'
import { formatDuration, plural } from './format.js'
import { failureBlocks, summaryTable, verdict } from './summary.js'

/** The lines of one event, without the closing line feed; null for events that plain output leaves out. */
export function plainLines(event: RunEvent, color: Ansis): string | null {
  switch (event.type) {
    case 'phase':
      return color.dim(event.message)
    case 'run-started':
      return startLine(event)
    case 'action-started':
    case 'action-progress':
      return null
    case 'action-finished':
      return actionLine(color, event.result, event.done, event.total)
    case 'warning':
      return `${color.yellow('warn')} ${event.file === undefined ? '' : `${event.file}${event.line === undefined ? '' : `:${event.line}`}: `}${event.message}`
    case 'run-finished':
      return [
        '',
        summaryTable(event.report, color),
        ...failureBlocks(event.report, color).map((block) => `\n${block}`),
        '',
        verdict(event.report, color),
      ].join('\n')
  }
}

function startLine(event: RunEvent & { type: 'run-started' }): string {
  const estimate = event.expectedMs === null ? '' : `, about ${formatDuration(event.expectedMs)}`
  return `${plural(event.actions, 'action')} on ${event.database}, ${event.jobs} at a time${estimate}`
}

/**
 * A sink that writes plain lines.
 * @param write takes text with its line feeds
 */
export function plainSink(write: (text: string) => void, color: Ansis): EventSink {
  return (event) => {
    const lines = plainLines(event, color)
    if (lines !== null) write(`${lines}\n`)
  }
}
