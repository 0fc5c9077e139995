/**
 * A terminal: finished actions scroll by, and below them lives a list of what runs now, with elapsed
 * time, a count and an estimate.
 */
import type { Ansis } from 'ansis'
import { createLogUpdate } from 'log-update'
import sliceAnsi from 'slice-ansi'
import { targetKey } from '../graph/target.js'
import type { EventSink } from '../run/events.js'
import { formatDuration } from './format.js'
import { plainLines } from './plain.js'

const REDRAW_MS = 100

interface Running {
  readonly key: string
  readonly startedAt: number
  note: string
}

/**
 * A sink for a terminal.
 * @param stream where the live list is drawn; it must be a TTY
 */
export function terminalSink(stream: NodeJS.WriteStream, color: Ansis): EventSink {
  const live = createLogUpdate(stream, { showCursor: false })
  const running = new Map<string, Running>()
  let timer: NodeJS.Timeout | undefined
  let startedAt = performance.now()
  let done = 0
  let total = 0
  let expectedMs: number | null = null

  const draw = (): void => {
    const now = performance.now()
    const width = stream.columns
    const rows = [...running.values()].slice(0, Math.max(1, stream.rows - 4)).map((item) => {
      const time = formatDuration(now - item.startedAt).padStart(7)
      return sliceAnsi(`${color.cyan(time)} ${item.key} ${color.dim(item.note)}`, 0, width)
    })
    live([...rows, sliceAnsi(color.dim(statusLine(now)), 0, width)].join('\n'))
  }
  const statusLine = (now: number): string => {
    const elapsed = now - startedAt
    const left = expectedMs === null ? null : expectedMs - elapsed
    const estimate = left === null || left <= 0 ? '' : `, about ${formatDuration(left)} left`
    return `${done}/${total} done, ${running.size} running, ${formatDuration(elapsed)}${estimate}`
  }
  const above = (text: string): void => {
    live.clear()
    stream.write(`${text}\n`)
  }

  return (event) => {
    const lines = plainLines(event, color)
    switch (event.type) {
      case 'run-started':
        if (lines !== null) above(lines)
        startedAt = performance.now()
        total = event.actions
        expectedMs = event.expectedMs
        timer = setInterval(draw, REDRAW_MS)
        timer.unref()
        return
      case 'action-started':
        running.set(targetKey(event.target), {
          key: targetKey(event.target),
          startedAt: performance.now(),
          note: event.actionType,
        })
        return
      case 'action-progress': {
        const item = running.get(targetKey(event.target))
        if (item !== undefined) item.note = event.message
        return
      }
      case 'run-finished':
        clearInterval(timer)
        live.clear()
        live.done()
        if (lines !== null) stream.write(`${lines}\n`)
        return
      case 'action-finished':
        running.delete(targetKey(event.result.target))
        done = event.done
        if (lines !== null) above(lines)
        return
      case 'phase':
      case 'warning':
        if (lines !== null) above(lines)
    }
  }
}
